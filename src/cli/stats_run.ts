/** What `packetd stats` does: round trips into groups, and groups into tables, or onto the screen. */
import type { Level } from "../export/log_line.ts";
import type { Stop } from "../lane/stop.ts";
import type { Predicate } from "../query/mod.ts";
import { LastRoundTrips } from "../stats/last.ts";
import { type Snapshot, Stats } from "../stats/stats.ts";
import { CaptureRun, capturing, type Run, type Worker } from "./capture_run.ts";
import { Failure } from "./errors.ts";
import { Progress } from "./progress.ts";
import { type Choice, Selection } from "./selection.ts";
import { whySilent } from "./silence.ts";
import type { Opened } from "./sources.ts";
import type { StatsOptions } from "./stats_options.ts";
import { summaryText } from "./summary.ts";
import { log, writeError, writeOutput } from "./talk.ts";
import type { StatsScreen } from "./stats_screen.ts";
import { Tables } from "./stats_tables.ts";
import { Extent, TimeRange } from "./time_range.ts";

/** @throws UsageError, Failure, CaptureError or NativeError */
export async function runStats(options: StatsOptions): Promise<void> {
  if (options.compare !== "") return await runCompare(options);
  const screen = isWatched(options) ? (await import("./stats_screen.ts")).StatsScreen : undefined;
  await capturing(options, (opened, where, stop) => new StatsRun(options, where, opened, stop, { screen }));
}

/** The capture of `--pcap.file`, then that of `--compare`, each with its account; and both side by side. */
async function runCompare(options: StatsOptions): Promise<void> {
  const { compareCsv, compareJson, compareText } = await import("../stats/compare.ts");
  const snapshots: Snapshot[] = [];
  let interrupted = false;
  for (const file of [options.file, options.compare]) {
    const one = { ...options, file };
    await capturing(one, (opened, where, stop) =>
      new StatsRun(one, where, opened, stop, {
        take: (snapshot) => {
          snapshots.push(snapshot);
          interrupted ||= stop.interrupted;
        },
      }));
    if (interrupted || snapshots.length === 0) return;
  }
  const text = { table: compareText, json: compareJson, csv: compareCsv }[options.format];
  writeOutput(text(snapshots[0], snapshots[1], options.sort, options.top));
}

/** Whether a person sits at the terminal who wants the screen. */
function isWatched({ file, format, once }: StatsOptions): boolean {
  return file === "" && format === "table" && !once && Deno.stdout.isTerminal() && Deno.stdin.isTerminal();
}

/** Where tables go, if not to standard output. */
interface Takers {
  /** What shows them at a terminal: only loaded for who sits there. */
  readonly screen?: typeof StatsScreen;
  /** Takes the one at the end. */
  readonly take?: (snapshot: Snapshot) => void;
}

class StatsRun implements Run, Worker {
  readonly sink: Selection;
  readonly #options: StatsOptions;
  readonly #stop: Stop;
  readonly #stats: Stats;
  readonly #range: TimeRange;
  readonly #capture: CaptureRun;
  readonly #tables: Tables;
  readonly #progress: Progress | undefined;
  readonly #screen: StatsScreen | undefined;
  readonly #take: ((snapshot: Snapshot) => void) | undefined;

  constructor(
    options: StatsOptions,
    where: Predicate | undefined,
    opened: Opened,
    stop: Stop,
    { screen: Screen, take }: Takers,
  ) {
    this.#options = options;
    this.#stop = stop;
    this.#take = take;
    this.#stats = new Stats(options);
    this.#range = new TimeRange(this.#stats, options.from, options.to);
    const last = new LastRoundTrips((roundTrip) => this.#stats.labelsOf(roundTrip).join("\0"));
    const choice: Choice = { ...options, where, unanswered: true, count: Infinity };
    this.sink = new Selection(choice, Screen !== undefined ? [this.#range, last] : [this.#range], () => {});
    this.#capture = new CaptureRun(options, opened, stop, this);
    this.#tables = new Tables(options);
    if (Screen !== undefined) {
      const snapshot = () => this.#snapshot(this.#capture.lane.clock.sec);
      this.#screen = new Screen({
        options,
        capture: this.#capture,
        stats: this.#stats,
        last,
        choice,
        stop,
        snapshot,
      });
    }
    if (Deno.stderr.isTerminal() && opened.kind === "file") this.#progress = new Progress(opened.reading!);
  }

  async run(): Promise<void> {
    const startSec = this.#capture.opened.kind === "live" ? Date.now() / 1000 : Infinity;
    await this.#capture.run((lane) => this.#range.extent = new Extent(lane, startSec));
    this.#capture.tellNews();
    this.#progress?.erase();
    if (this.#screen !== undefined) await this.#screen.leave();
    else if (this.#take !== undefined) this.#take(this.#snapshot());
    else if (!this.#options.once || this.#tables.printed === 0) this.#tables.print(this.#snapshot());
    await this.#tables.close(this.#stop);
    const { failure } = this.#tables;
    if (failure !== undefined) throw new Failure(`standard output cannot be written: ${failure.message}`);
    if (!this.#tables.abandoned) this.summarise();
  }

  close(): void {
    this.#screen?.close();
    this.#capture.close();
  }

  summarise(): void {
    if (this.#screen?.isOpen) return this.#screen.say("INFO", "stats", "the account is given at the end");
    this.#progress?.erase();
    const facts = this.#capture.facts();
    const { chosen } = this.sink;
    const asked = { ...this.#options, unanswered: true };
    writeError(summaryText({
      ...facts,
      chosen,
      lostLines: this.#tables.lostLines,
      silence: chosen === 0 ? whySilent(facts.ledger, facts.rejected, asked) : [],
    }));
  }

  say(level: Level, from: string, message: string): void {
    if (this.#screen?.isOpen) return this.#screen.say(level, from, message);
    this.#progress?.erase();
    log(level, from, message);
  }

  turn(_packets: number, nowMs: number): void {
    this.#progress?.show(nowMs);
    if (this.#screen !== undefined) return this.#screen.turn(nowMs);
    if (this.#capture.opened.kind !== "file" && this.#tables.isTime(nowMs)) {
      this.#tables.print(this.#snapshot(this.#capture.lane.clock.sec));
      if (this.#options.once) this.#stop.end();
    }
    if (this.#tables.abandoned || this.#tables.failure !== undefined) this.#stop.end();
  }

  /** @param nowSec where the clock is, when it may be ahead of the last packet */
  #snapshot(nowSec = -Infinity): Snapshot {
    return this.#stats.snapshot(this.#range.firstSec, Math.max(this.#range.lastSec, nowSec));
  }
}
