/** Who listens while a load runs. */
import type { Service, Stage } from "../../tests/live/stage.ts";

/** The traffic that is observed. */
export interface Traffic {
  readonly device: string;
  readonly protocol: string;
  readonly port: number;
  /** What the observer's command line begins with, to run it on a processor or in a network namespace of its own. */
  readonly within?: readonly string[];
}

/** What an observer says at its end; NaN for what it does not say. */
export interface Said {
  /** Packets that it took. */
  readonly packets: number;
  /** Packets that the kernel dropped before it. */
  readonly dropped: number;
  /** Packets that it passed over itself, with their whole flows, since there were too many. */
  readonly passedOver: number;
  /** Requests with their response. */
  readonly paired: number;
  /** The longest that its event loop was late. */
  readonly stallSeconds: number;
}

/** Says nothing. */
export const SILENT: Said = { packets: NaN, dropped: NaN, passedOver: NaN, paired: NaN, stallSeconds: NaN };

export interface Observing {
  readonly pid: number;
  /** Ends it, to be called when it has worked off all. */
  end(): Promise<Said>;
}

export interface Observer {
  readonly name: string;
  /** Returns when it listens. */
  start(stage: Stage, traffic: Traffic): Promise<Observing>;
}

/** Starts a program where the traffic wants its observer. */
export function launch(
  stage: Stage,
  { within = [] }: Traffic,
  name: string,
  commandLine: readonly string[],
  stopSignal: Deno.Signal,
): Promise<Service> {
  const [program, ...args] = [...within, ...commandLine];
  return stage.start(name, program, args, { stopSignal });
}
