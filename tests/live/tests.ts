/** All live tests. */
import { dns } from "./dns/live.ts";
import type { LiveTest } from "./harness.ts";
import { http } from "./http/live.ts";

export const liveTests: readonly LiveTest[] = [
  dns,
  http,
];
