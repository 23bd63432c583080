/** What `packetd log` does: sources to lane to outputs, and the account at the end. */
import type { PacketSink } from "../core/packet.ts";
import { captureAll } from "../lane/capture_loop.ts";
import { Guard } from "../lane/guard.ts";
import { Lane } from "../lane/lane.ts";
import { atMost, Stop } from "../lane/stop.ts";
import type { Predicate } from "../query/mod.ts";
import { Failure } from "./errors.ts";
import type { LogOptions } from "./log_options.ts";
import { Outputs } from "./outputs.ts";
import { Progress } from "./progress.ts";
import { sharedPorts } from "./rules.ts";
import { Selection } from "./selection.ts";
import { whySilent } from "./silence.ts";
import { onSignals } from "./signals.ts";
import { type Opened, openSources } from "./sources.ts";
import { summaryText } from "./summary.ts";
import { log, writeError } from "./talk.ts";
import { TimeLimit } from "./time_limit.ts";
import { whereOf } from "./where.ts";

/** Lines leave at least this often. */
const FLUSH_MS = 100;
/** How often a busy live capture tells its lane the time, and the sources are asked for news. */
const SECOND_MS = 1000;
/** After Ctrl-C, packets may still lie in the kernel's blocks, and a `tcpdump` in front of us writes what it held back. */
const LINGER_MS = { live: 50, file: 0, pipe: 1000 };

/** @throws UsageError, Failure, CaptureError or NativeError */
export async function runLog(options: LogOptions): Promise<void> {
  const stop = new Stop();
  let run: LogRun | undefined;
  const endSignals = onSignals(stop, { SIGUSR1: () => run?.summarise() });
  try {
    const where = await whereOf(options.where);
    for (const sentence of sharedPorts(options.rules)) log("WARN", "rules", sentence);
    const opening = openSources(options).then((opened) => run = new LogRun(options, where, opened, stop));
    await stop.or(opening.then(() => {})); // a pipe may keep its first bytes to itself
    if (stop.interrupted) await atMost(LINGER_MS.pipe, opening);
    if (run === undefined) log("WARN", "capture", "ended before the first bytes of the capture came");
    await run?.run();
  } finally {
    run?.close();
    endSignals();
  }
}

class LogRun {
  readonly #options: LogOptions;
  readonly #opened: Opened;
  readonly #stop: Stop;
  readonly #outputs: Outputs;
  readonly #selection: Selection;
  readonly #lane: Lane;
  readonly #progress: Progress | undefined;
  readonly #notesTold = new Map<string, number>();
  readonly #deadlineMs: number;
  #toldOfDrops = false;
  #flushedMs = 0;
  #lookedMs = 0;

  constructor(options: LogOptions, where: Predicate | undefined, opened: Opened, stop: Stop) {
    this.#options = options;
    this.#opened = opened;
    this.#stop = stop;
    this.#outputs = new Outputs(options, opened.kind === "live");
    this.#selection = new Selection({ ...options, where }, this.#outputs.sinks, () => stop.end());
    this.#lane = new Lane(options.rules, this.#selection, options);
    this.#deadlineMs = opened.kind === "file" ? Infinity : performance.now() + options.durationNs / 1e6;
    const isWatched = Deno.stderr.isTerminal() && (options.format === "none" || !Deno.stdout.isTerminal());
    if (isWatched && opened.reading !== undefined) this.#progress = new Progress(opened.reading);
  }

  async run(): Promise<void> {
    const { sources, kind } = this.#opened;
    await captureAll(sources, this.#entrance(), this.#stop, LINGER_MS[kind], (packets) => this.#turn(packets));
    this.#lane.close();
    await this.#outputs.close(this.#stop);
    this.#tellNews();
    const { failure, abandoned } = this.#outputs;
    if (failure !== undefined) throw new Failure(`standard output cannot be written: ${failure.message}`);
    if (!abandoned) this.summarise();
  }

  close(): void {
    for (const source of this.#opened.sources) source.close();
  }

  summarise(): void {
    this.#progress?.erase();
    const { ledger } = this.#lane;
    const { rejected, sources } = this.#opened;
    const chosen = this.#selection.chosen;
    writeError(summaryText({
      ledger,
      sources: sources.map((source) => ({ name: source.name, stats: source.stats() })),
      rejected,
      chosen,
      lostLines: this.#outputs.lostLines,
      silence: chosen === 0 ? whySilent(ledger, rejected, this.#options) : [],
    }));
  }

  /** Where packets go in: the limits of the user's wish, then the lane. */
  #entrance(): PacketSink {
    const { durationNs } = this.#options;
    const guard = new Guard(
      this.#lane.entrance,
      ({ stack, message }) => log("ERROR", "lane", `a fault in decoding, please report it: ${stack ?? message}`),
    );
    const entrance = this.#opened.filtered(guard);
    if (this.#opened.kind === "live" || durationNs === Infinity) return entrance;
    return new TimeLimit(entrance, durationNs, () => this.#stop.end());
  }

  async #turn(packets: number): Promise<void> {
    const now = performance.now();
    if (packets === 0 || now - this.#flushedMs >= FLUSH_MS) {
      this.#outputs.flush();
      this.#flushedMs = now;
    }
    const isTime = now - this.#lookedMs >= SECOND_MS;
    if (this.#opened.kind === "live") {
      if (packets === 0 || isTime) this.#tick();
    } else await this.#outputs.ready(this.#stop);
    if (isTime) {
      this.#lookedMs = now;
      this.#tellNews();
    }
    this.#progress?.show(now);
    if (now >= this.#deadlineMs || this.#outputs.abandoned || this.#outputs.failure !== undefined) this.#stop.end();
  }

  /** The lane's clock is never more than a second behind the wall's, so that timers run on an idle interface too. */
  #tick(): void {
    const millis = Date.now();
    this.#lane.tick(Math.trunc(millis / 1000), (millis % 1000) * 1e6);
  }

  /** What the sources have to say, each thing once. */
  #tellNews(): void {
    for (const source of this.#opened.sources) {
      const { dropped, notes } = source.stats();
      const told = this.#notesTold.get(source.name) ?? 0;
      if (notes.length > told) this.#progress?.erase();
      for (const note of notes.slice(told)) log("WARN", "capture", note);
      this.#notesTold.set(source.name, notes.length);
      if (dropped > 0 && !this.#toldOfDrops) {
        this.#toldOfDrops = true;
        log("WARN", "capture", `the kernel drops packets on (${source.name}): round trips will be missing`);
      }
    }
  }
}
