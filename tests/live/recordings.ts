/** Recorded traffic of all ten protocols, for tests of the systems that packetd feeds. */
import { claimsOf, loadCase } from "../tools/cases.ts";
import type { Line } from "./lines.ts";

/** Recordings without loss, so that what is made of them does not depend on when they are heard. */
const CLAIMS: Readonly<Record<string, readonly string[]>> = {
  amqp: ["acks-multiple", "confirms-multiple-and-nacks"],
  dns: ["errors", "record-types"],
  grpc: ["errors", "grpc-js", "unary"],
  http: ["keep-alive", "no-body", "pipelined"],
  http2: ["get-head-post", "hundred-streams"],
  kafka: ["newest-versions-of-4.3", "pipelined-200"],
  mongodb: ["commands-and-errors", "compressed-zstd"],
  mysql: ["multi-results", "text-queries"],
  postgresql: ["extended-queries", "simple-queries"],
  redis: ["commands-of-today", "pipelined-1000"],
};

export interface Rule {
  readonly protocol: string;
  /** The servers'; no other protocol has the same. */
  readonly ports: readonly number[];
}

export interface Recordings {
  /** Files, all of Ethernet. */
  readonly captures: readonly string[];
  readonly rules: readonly Rule[];
  /** As many as they hold together. */
  readonly roundTrips: number;
}

export async function recordings(): Promise<Recordings> {
  const captures: string[] = [], rules: Rule[] = [];
  let roundTrips = 0;
  for (const [protocol, claims] of Object.entries(CLAIMS)) {
    const ports = new Set<number>();
    for (const claim of claims) {
      if (!claimsOf(protocol).includes(claim)) throw new Error(`there is no case ${protocol}/${claim} any more`);
      captures.push(new URL(`../cases/${protocol}/${claim}/input.pcap`, import.meta.url).pathname);
      for (const line of (await loadCase(protocol, claim)).expected) {
        ports.add(serverPort(JSON.parse(line)));
        roundTrips++;
      }
    }
    rules.push({ protocol, ports: [...ports] });
  }
  return { captures, rules, roundTrips };
}

/** The lower one of the two ports: clients of the recordings have high ones. */
export function serverPort({ Request, Response }: Line): number {
  return Math.min(Request.Port, Response?.Port ?? Infinity);
}
