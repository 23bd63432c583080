/** Tables on standard output, one each interval. */
import { StreamOutput } from "../export/stream_output.ts";
import type { Stop } from "../lane/stop.ts";
import { atMost } from "../lane/stop.ts";
import { csvHead, csvText, jsonText } from "../stats/data.ts";
import type { Snapshot } from "../stats/stats.ts";
import { tableText } from "../stats/table.ts";
import type { StatsOptions } from "./stats_options.ts";
import { log } from "./talk.ts";

/** How long a slow reader is waited for once a person wants the end. */
const GRACE_MS = 1000;

const encoder = new TextEncoder();

export class Tables {
  /** How many were printed. */
  printed = 0;
  readonly #options: StatsOptions;
  readonly #output = new StreamOutput(
    Deno.stdout,
    () => log("WARN", "export", "the reader of standard output is too slow: tables are dropped"),
  );
  #dueMs: number;

  constructor(options: StatsOptions) {
    this.#options = options;
    this.#dueMs = performance.now() + options.intervalNs / 1e6;
  }

  /** Whether the next one is due; true once for each. */
  isTime(nowMs: number): boolean {
    if (nowMs < this.#dueMs) return false;
    this.#dueMs = nowMs + this.#options.intervalNs / 1e6;
    return true;
  }

  print(snapshot: Snapshot): void {
    const bytes = encoder.encode(this.#text(snapshot));
    this.#output.write(bytes, 1);
    this.printed++;
  }

  /** Waits until all has left, unless a person wants the end. */
  async close(stop: Stop): Promise<void> {
    const drained = this.#output.drained();
    await stop.or(drained);
    if (stop.interrupted) await atMost(GRACE_MS, drained);
    this.#output.close();
  }

  get lostLines(): number {
    return this.#output.lostLines;
  }

  /** True once nobody reads. */
  get abandoned(): boolean {
    return this.#output.closed;
  }

  /** What made standard output fail, other than a reader that went away. */
  get failure(): Error | undefined {
    return this.#output.failure;
  }

  #text(snapshot: Snapshot): string {
    const { format, sort, top } = this.#options;
    if (format === "json") return jsonText(snapshot, sort, top);
    if (format === "csv") return (this.printed === 0 ? csvHead(snapshot) : "") + csvText(snapshot, sort, top);
    return (this.printed === 0 ? "" : "\n") + tableText(snapshot, sort, top);
  }
}
