/** What the agent needs of those who capture and decode for it, in its own thread or in others. */
import type { Config } from "../config/config.ts";
import type { Say } from "../export/log_line.ts";
import type { LineOutput } from "../export/output.ts";
import type { Stop } from "../lane/stop.ts";
import type { SpanSink } from "../process/span.ts";
import type { MetricStorage } from "../process/storage.ts";
import type { Watcher } from "../server/observed.ts";
import type { Figures } from "./figures.ts";

export interface Work {
  /** What it has done so far. */
  figures(): Figures;
  /**
   * Works until the end is asked for, and then until everything that was captured has become what it becomes.
   *
   * @param turn is called often, between packets
   * @throws Error when it cannot go on
   */
  run(stop: Stop, turn: () => void): Promise<void>;
  /**
   * Goes on by another configuration.
   *
   * @throws Error that says why not; nothing has changed then
   */
  reconfigure(config: Config): void;
  /** Resolves when all of it goes by the newest configuration. */
  reconfigured(): Promise<void>;
  /** Sends round trips from now on to a watcher too. @returns ends it */
  watch(watcher: Watcher): () => void;
  /** Hands on lines that were made. */
  flush(): void;
  close(): void;
}

/** Where a lane's work goes. */
export interface Outlets {
  /** Where metrics are counted; undefined when none are. */
  readonly storage: MetricStorage | undefined;
  readonly spans: SpanSink;
  readonly lines: LineOutput;
  readonly say: Say;
  /** Told when interfaces were looked for. */
  followed?(): void;
}
