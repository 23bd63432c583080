/** The registry: one line a protocol. Ports, filters, labels, documentation and tests are all derived from it. */
import type { Protocol } from "../core/protocol.ts";
import { amqp } from "./amqp/mod.ts";
import { dns } from "./dns/mod.ts";
import { grpc } from "./grpc/mod.ts";
import { http } from "./http/mod.ts";
import { http2 } from "./http2/mod.ts";
import { kafka } from "./kafka/mod.ts";
import { mongodb } from "./mongodb/mod.ts";
import { mysql } from "./mysql/mod.ts";
import { postgresql } from "./postgresql/mod.ts";
import { redis } from "./redis/mod.ts";

export const protocols: readonly Protocol[] = [
  amqp,
  dns,
  grpc,
  http,
  http2,
  kafka,
  mongodb,
  mysql,
  postgresql,
  redis,
];
