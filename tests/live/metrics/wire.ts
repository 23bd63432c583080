/**
 * Recorded traffic of all ten protocols, sent again over a wire of its own: a pair of virtual Ethernet devices. What comes
 * out of it belongs to nobody on this machine, so nothing answers, and whoever listens there hears the same packets.
 */
import { claimsOf, loadCase } from "../../tools/cases.ts";
import type { Stage } from "../harness.ts";

/** Recordings without loss, so that what is made of them does not depend on when they are heard. */
const CLAIMS: Readonly<Record<string, readonly string[]>> = {
  amqp: ["acks-multiple", "confirms-multiple-and-nacks"],
  dns: ["errors", "record-types"],
  grpc: ["grpc-js", "unary"],
  http: ["keep-alive", "no-body"],
  http2: ["get-head-post", "hundred-streams"],
  kafka: ["newest-versions-of-4.3", "pipelined-200"],
  mongodb: ["commands-and-errors", "compressed-zstd"],
  mysql: ["multi-results", "text-queries"],
  postgresql: ["extended-queries", "simple-queries"],
  redis: ["commands-of-today", "pipelined-1000"],
};
const PACKETS_PER_SECOND = 2000;
/** Recorded on loopback, segments are as long as that lets them be. */
const MTU = 65535;

export interface Rule {
  readonly protocol: string;
  readonly ports: readonly number[];
}

export class Wire {
  readonly #stage: Stage;
  readonly #captures: readonly string[];
  readonly #sender: string;

  private constructor(
    stage: Stage,
    captures: readonly string[],
    /** What is said on the wire. */
    readonly rules: readonly Rule[],
    /** Round trips of one replay. */
    readonly roundTrips: number,
  ) {
    this.#stage = stage;
    this.#captures = captures;
    this.#sender = `pd${Deno.pid}a`;
  }

  /** Name of the device to listen on. */
  get device(): string {
    return `pd${Deno.pid}b`;
  }

  static async open(stage: Stage): Promise<Wire> {
    const captures: string[] = [], rules: Rule[] = [];
    let roundTrips = 0;
    for (const [protocol, claims] of Object.entries(CLAIMS)) {
      const ports = new Set<number>();
      for (const claim of claims) {
        if (!claimsOf(protocol).includes(claim)) throw new Error(`there is no case ${protocol}/${claim} any more`);
        captures.push(new URL(`../../cases/${protocol}/${claim}/input.pcap`, import.meta.url).pathname);
        for (const line of (await loadCase(protocol, claim)).expected) {
          ports.add(serverPort(JSON.parse(line)));
          roundTrips++;
        }
      }
      rules.push({ protocol, ports: [...ports] });
    }
    const wire = new Wire(stage, captures, rules, roundTrips);
    await wire.#lay();
    return wire;
  }

  /** Sends everything once. */
  async replay(): Promise<void> {
    const rate = `--pps=${PACKETS_PER_SECOND}`;
    await this.#stage.run("tcpreplay", ["--quiet", rate, "--intf1", this.#sender, ...this.#captures]);
  }

  async #lay(): Promise<void> {
    const ip = (...args: string[]) => this.#stage.run("ip", ["link", ...args]);
    const ends = [this.#sender, this.device];
    await ip("add", this.#sender, "mtu", `${MTU}`, "type", "veth", "peer", "name", this.device, "mtu", `${MTU}`);
    this.#stage.atEnd(() => ip("delete", this.#sender));
    // The system has nothing to say there.
    for (const end of ends) {
      await Deno.writeTextFile(`/proc/sys/net/ipv6/conf/${end}/disable_ipv6`, "1").catch(() => {});
    }
    for (const end of ends) await ip("set", end, "up");
  }
}

/** The lower one of the two ports: clients of the recordings have high ones. */
export function serverPort(
  { Request, Response }: { Request: { Port: number }; Response: { Port: number } | null },
): number {
  return Math.min(Request.Port, Response?.Port ?? Infinity);
}
