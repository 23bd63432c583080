/** All live tests. */
import { dns } from "./dns/live.ts";
import { grpc } from "./grpc/live.ts";
import { h2 } from "./h2/live.ts";
import type { LiveTest, SystemTest } from "./harness.ts";
import { http } from "./http/live.ts";
import { kafka } from "./kafka/live.ts";
import { lanes } from "./lanes/live.ts";
import { lossy } from "./lossy/live.ts";
import { prometheus } from "./metrics/prometheus.ts";
import { victoriametrics } from "./metrics/victoriametrics.ts";
import { mongo } from "./mongo/live.ts";
import { mysql } from "./mysql/live.ts";
import { otlp } from "./otlp/live.ts";
import { postgres } from "./postgres/live.ts";
import { rabbitmq } from "./rabbitmq/live.ts";
import { redis } from "./redis/live.ts";

export const liveTests: readonly (LiveTest | SystemTest)[] = [
  dns,
  grpc,
  h2,
  http,
  kafka,
  lanes,
  lossy,
  mongo,
  mysql,
  otlp,
  postgres,
  prometheus,
  rabbitmq,
  redis,
  victoriametrics,
];
