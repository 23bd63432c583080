/** All live tests. */

import { http } from "./http/live.ts";
import type { LiveTest } from "./harness.ts";

export const liveTests: readonly LiveTest[] = [
  http,
];
