/** All live tests. */
import { dns } from "./dns/live.ts";
import { grpc } from "./grpc/live.ts";
import { h2 } from "./h2/live.ts";
import type { LiveTest } from "./harness.ts";
import { http } from "./http/live.ts";
import { kafka } from "./kafka/live.ts";
import { mongo } from "./mongo/live.ts";
import { mysql } from "./mysql/live.ts";
import { postgres } from "./postgres/live.ts";
import { rabbitmq } from "./rabbitmq/live.ts";
import { redis } from "./redis/live.ts";

export const liveTests: readonly LiveTest[] = [
  dns,
  grpc,
  h2,
  http,
  kafka,
  mongo,
  mysql,
  postgres,
  rabbitmq,
  redis,
];
