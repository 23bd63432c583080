/** What is measured under load: a real server, and a generator that counts what it asked. */
import type { Programs } from "../../tests/live/programs.ts";
import type { Stage } from "../../tests/live/stage.ts";

/** What a generator says of itself at its end. */
export interface Counted {
  readonly requests: number;
  readonly perSecond: number;
}

export interface Load {
  /** Tells the loads of one server apart. */
  readonly name: string;
  /** Round trips that the generator makes besides those that it counts. */
  readonly aside?: number;
  /** Requests that may be under way when it stops: it does not count them, but they may be answered. */
  readonly underWay?: number;
  /** Asks at full speed for a few seconds. */
  run(): Promise<Counted>;
}

/** A server that answers on a port of 127.0.0.1. */
export interface Served {
  readonly protocol: string;
  readonly port: number;
  readonly loads: readonly Load[];
}

export interface Server {
  readonly name: string;
  /** CPU seconds that the Go packetd took of a round trip at least, as measured elsewhere on two cores. */
  readonly goSeconds?: number;
  /** What has to be installed. */
  readonly programs: Programs;
  /** Runs until the stage is closed. */
  serve(stage: Stage): Promise<Served>;
}

/** A number that a generator printed. Throws, with all that it printed, when it is not there. */
export function numberIn(output: string, pattern: RegExp): number {
  const found = pattern.exec(output);
  if (found === null) throw new Error(`the load generator did not say ${pattern}: ${output}`);
  return Number(found[1]);
}
