/**
 * One conversation of each protocol as it usually goes, recorded from real servers over a link with Ethernet's segments
 * (`bench/recorded/`), and the recorded cases of the tests, taken apart to be played many times over.
 */
import type { Rule } from "../src/core/rule.ts";
import { protocols } from "../src/protocols/mod.ts";
import { claimsOf, loadCase } from "../tests/tools/cases.ts";
import { packetsOf } from "../tests/tools/replay.ts";
import { type Recording, recordingsOf } from "./recording.ts";

export interface Recorded {
  readonly recordings: readonly Recording[];
  readonly rule: Rule;
}

interface Usual {
  readonly file: string;
  readonly port: number;
  /** How often the client speaks before what can be repeated; undefined where ids in the messages forbid that. */
  readonly opening?: number;
}

const usual = {
  /** RabbitMQ 3.10: one connection publishes with confirms, one consumes and acknowledges; 256 bytes a message. */
  amqp: { file: "amqp", port: 15672 },
  /** BIND 9.18, asked by dig for records of many types. */
  dns: { file: "../../tests/cases/dns/record-types/input.pcap", port: 53 },
  /** Go's library: unary calls with 300 bytes each way. */
  grpc: { file: "grpc", port: 15051, opening: 3 },
  /** nginx 1.22, asked by curl with a browser's headers for text of 10 KB, and of 100 KB. */
  "http-10k": { file: "http-10k", port: 8080, opening: 0 },
  "http-100k": { file: "http-100k", port: 8080, opening: 0 },
  /** nghttpd 1.52, asked by h2load with a browser's headers for a page of 2 KB. */
  http2: { file: "http2", port: 18090, opening: 3 },
  /** Kafka 4.3: a producer that sends at once (256 bytes a record), and a consumer. */
  kafka: { file: "kafka", port: 19092 },
  /** FerretDB 1.24, asked by Node's driver: finds, and an insert in ten commands. */
  mongodb: { file: "mongodb", port: 17017 },
  /** MariaDB 10.11: SELECTs of a hundred rows with six columns, 8 KB. */
  mysql: { file: "mysql", port: 13306, opening: 1 },
  /** PostgreSQL 15, by pgbench with prepared statements: one row, an update, twenty rows. */
  postgresql: { file: "postgresql", port: 15432 },
  /** Redis 7, by redis-benchmark: SET, and GET, of 512 bytes. */
  redis: { file: "redis", port: 6379, opening: 0 },
  /** The same with 3 bytes, 16 commands at a time. */
  "redis-pipelined": { file: "redis-pipelined", port: 6379, opening: 0 },
} satisfies Record<string, Usual>;

export type UsualName = keyof typeof usual;

export const usualNames = Object.keys(usual) as readonly UsualName[];

/** A protocol's conversation as it usually goes. */
export async function usualConversation(name: UsualName): Promise<Recorded> {
  const { file, port, opening }: Usual = usual[name];
  const path = new URL(`recorded/${file.includes(".") ? file : `${file}.pcap.gz`}`, import.meta.url).pathname;
  const recordings = recordingsOf(await packetsOf(path), opening);
  return {
    // Where some of a capture's connections can be repeated, the others only looked something up.
    recordings: opening === undefined ? recordings : recordings.filter(({ loop }) => loop !== undefined),
    rule: { protocol: name.split("-")[0], ports: [port], host: "" },
  };
}

/** The recorded cases of a protocol that give round trips, and how many they give. */
export async function casesOf(
  protocol: string,
  isWanted = (_claim: string) => true,
): Promise<Recorded & { readonly roundTrips: number }> {
  let roundTrips = 0;
  const recordings: Recording[] = [];
  const ports = new Set<number>();
  for (const claim of claimsOf(protocol).filter(isWanted)) {
    const { packets, rules, expected } = await loadCase(protocol, claim);
    if (expected.length === 0) continue;
    recordings.push(...recordingsOf(packets));
    for (const port of rules[0].ports) ports.add(port);
    roundTrips += expected.length;
  }
  return { recordings, rule: { protocol, ports: [...ports], host: "" }, roundTrips };
}

/** The names of all protocols. */
export const protocolNames: readonly string[] = protocols.map(({ name }) => name);
