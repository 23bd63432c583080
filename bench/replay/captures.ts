/** The files that are replayed: each of at least a million packets and 300 MB, always the same. */
import type { Rule } from "../../src/core/rule.ts";
import { CaptureFile } from "../capture_file.ts";
import { makeHttpCapture } from "../http_capture.ts";
import { multiply, type Plan } from "../multiply.ts";
import { casesOf, protocolNames, usualConversation, type UsualName } from "../recorded.ts";
import type { Recording } from "../recording.ts";

export interface Capture {
  readonly name: string;
  /** How tshark reads the protocol; undefined where it is not compared. */
  readonly tshark?: { readonly filter: string; readonly decoder: string };
  /** Writes the file; returns the rules that decode it. */
  make(path: string): Promise<readonly Rule[]>;
}

const PACKETS = 1_000_000;
const HTTP_ROUND_TRIPS = 300_000;
/** How many times longer those are in which the start hardly counts. */
const LONG = 4;

/** Flows of the mix: half of them open at once, which is what the memory that packetd may use by default suffices for. */
const MIXED_FLOWS = 100_000;
/** Of these cases, connections with few packets: what is usual, one case a protocol. */
const MIXED: Readonly<Record<string, string>> = {
  amqp: "get-until-empty",
  dns: "record-types",
  grpc: "unary",
  http: "keep-alive",
  http2: "get-head-post",
  kafka: "new-group-protocol",
  mongodb: "command-is-first-key",
  mysql: "text-queries",
  postgresql: "extended-queries",
  redis: "transactions",
};

const HTTP = { filter: "http", decoder: "http" }, RESP = { filter: "resp", decoder: "resp" };

export const captures: readonly Capture[] = [
  { name: "http-keep-alive", tshark: HTTP, make: (path) => keepAlive(path, HTTP_ROUND_TRIPS) },
  { name: "http-keep-alive-long", make: (path) => keepAlive(path, LONG * HTTP_ROUND_TRIPS) },
  usual("http-10k", 10, HTTP),
  usual("http-100k", 10, HTTP),
  usual("redis", 25, RESP),
  { ...usual("redis", 25, undefined, LONG * PACKETS), name: "redis-long" },
  usual("redis-pipelined", 25, RESP),
  usual("grpc", 10, { filter: "grpc", decoder: "http2" }),
  usual("mysql", 10, { filter: "mysql", decoder: "mysql" }),
  { name: "mix", make: mix },
];

/** Requests for many different paths, with a browser's headers. */
function keepAlive(path: string, roundTrips: number): Promise<readonly Rule[]> {
  makeHttpCapture(path, roundTrips);
  return Promise.resolve([{ protocol: "http", ports: [80], host: "" }]);
}

function usual(name: UsualName, loops: number, tshark: Capture["tshark"], packets = PACKETS): Capture {
  return {
    name,
    tshark,
    async make(path) {
      const { recordings, rule } = await usualConversation(name);
      write(path, recordings, { open: 100, loops, packets });
      return [rule];
    },
  };
}

async function mix(path: string): Promise<readonly Rule[]> {
  const all = await Promise.all(protocolNames.map((name) => casesOf(name, (claim) => claim === MIXED[name])));
  // Of each protocol as many connections as of the others.
  const most = Math.max(...all.map(({ recordings }) => recordings.length));
  const recordings: Recording[] = [];
  for (let i = 0; i < most; i++) {
    for (const { recordings: own } of all) recordings.push(own[i % own.length]);
  }
  write(path, recordings, { open: MIXED_FLOWS / 2, loops: 1, copies: MIXED_FLOWS });
  return all.map(({ rule }) => rule);
}

/** Writes copies of recordings to a file; returns how many packets they have. */
export function write(path: string, recordings: readonly Recording[], plan: Plan): number {
  using file = new CaptureFile(path);
  return multiply(recordings, plan, file);
}
