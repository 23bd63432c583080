/** What `packetd log` does: sources to lane to outputs, and the account at the end. */
import type { Level } from "../export/log_line.ts";
import type { Stop } from "../lane/stop.ts";
import type { Predicate } from "../query/mod.ts";
import { CaptureRun, capturing, type Run, type Worker } from "./capture_run.ts";
import { Failure } from "./errors.ts";
import type { LogOptions } from "./log_options.ts";
import { Outputs } from "./outputs.ts";
import { Progress } from "./progress.ts";
import { Selection } from "./selection.ts";
import { whySilent } from "./silence.ts";
import type { Opened } from "./sources.ts";
import { summaryText } from "./summary.ts";
import { log, writeError } from "./talk.ts";

/** Lines leave at least this often. */
const FLUSH_MS = 100;

/** @throws UsageError, Failure, CaptureError or NativeError */
export async function runLog(options: LogOptions): Promise<void> {
  await capturing(options, (opened, where, stop) => new LogRun(options, where, opened, stop));
}

class LogRun implements Run, Worker {
  readonly sink: Selection;
  readonly #options: LogOptions;
  readonly #stop: Stop;
  readonly #outputs: Outputs;
  readonly #capture: CaptureRun;
  readonly #progress: Progress | undefined;
  #flushedMs = 0;

  constructor(options: LogOptions, where: Predicate | undefined, opened: Opened, stop: Stop) {
    this.#options = options;
    this.#stop = stop;
    this.#outputs = new Outputs(options, opened.kind === "live");
    this.sink = new Selection({ ...options, where }, this.#outputs.sinks, () => stop.end());
    this.#capture = new CaptureRun(options, opened, stop, this);
    const isWatched = Deno.stderr.isTerminal() && (options.format === "none" || !Deno.stdout.isTerminal());
    if (isWatched && opened.reading !== undefined) this.#progress = new Progress(opened.reading);
  }

  async run(): Promise<void> {
    await this.#capture.run();
    await this.#outputs.close(this.#stop);
    this.#capture.tellNews();
    const { failure, abandoned } = this.#outputs;
    if (failure !== undefined) throw new Failure(`standard output cannot be written: ${failure.message}`);
    if (!abandoned) this.summarise();
  }

  close(): void {
    this.#capture.close();
  }

  summarise(): void {
    this.#progress?.erase();
    const facts = this.#capture.facts();
    const { chosen } = this.sink;
    writeError(summaryText({
      ...facts,
      chosen,
      lostLines: this.#outputs.lostLines,
      silence: chosen === 0 ? whySilent(facts.ledger, facts.rejected, this.#options) : [],
    }));
  }

  say(level: Level, from: string, message: string): void {
    this.#progress?.erase();
    log(level, from, message);
  }

  async turn(packets: number, nowMs: number): Promise<void> {
    if (packets === 0 || nowMs - this.#flushedMs >= FLUSH_MS) {
      this.#outputs.flush();
      this.#flushedMs = nowMs;
    }
    if (this.#capture.opened.kind !== "live") await this.#outputs.ready(this.#stop);
    this.#progress?.show(nowMs);
    if (this.#outputs.abandoned || this.#outputs.failure !== undefined) this.#stop.end();
  }
}
