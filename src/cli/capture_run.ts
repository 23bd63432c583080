/** What every command that captures does: sources to lane, what the sources have to say, and the facts at the end. */
import type { PacketSink } from "../core/packet.ts";
import type { RoundTripSink } from "../core/roundtrip.ts";
import type { Level } from "../export/log_line.ts";
import { captureAll } from "../lane/capture_loop.ts";
import { Guard } from "../lane/guard.ts";
import { Lane, type LaneOptions } from "../lane/lane.ts";
import { Overload, overloadText } from "../lane/overload.ts";
import { atMost, Stop } from "../lane/stop.ts";
import type { Predicate } from "../query/mod.ts";
import type { CaptureOptions } from "./capture_options.ts";
import { sharedPorts } from "./rules.ts";
import { onSignals } from "./signals.ts";
import { type Opened, openSources } from "./sources.ts";
import type { SummaryFacts } from "./summary.ts";
import { log } from "./talk.ts";
import { TimeLimit } from "./time_limit.ts";
import { whereOf } from "./where.ts";

/** How often a busy live capture tells its lane the time, and the sources are asked for news. */
const SECOND_MS = 1000;
/** After Ctrl-C, packets may still lie in the kernel's blocks, and a `tcpdump` in front of us writes what it held back. */
const LINGER_MS = { live: 50, file: 0, pipe: 1000 };

/** A command at work, once its sources are open. */
export interface Run {
  run(): Promise<void>;
  close(): void;
  /** Gives the account as it is now. */
  summarise(): void;
}

/** What a command does while packets come. */
export interface Worker {
  /** Takes the round trips. */
  readonly sink: RoundTripSink;
  /** Called after each round with the number of packets that it brought. */
  turn(packets: number, nowMs: number): void | Promise<void>;
  /** Says something on standard error. */
  say(level: Level, from: string, message: string): void;
}

/**
 * Opens the sources, runs what `begin` makes, and closes it again however it ends.
 *
 * @throws UsageError, Failure, CaptureError or NativeError
 */
export async function capturing(
  options: CaptureOptions,
  begin: (opened: Opened, where: Predicate | undefined, stop: Stop) => Run,
): Promise<void> {
  const stop = new Stop();
  let run: Run | undefined;
  const endSignals = onSignals(stop, { SIGUSR1: () => run?.summarise() });
  try {
    const where = await whereOf(options.where);
    for (const sentence of sharedPorts(options.rules)) log("WARN", "rules", sentence);
    const opening = openSources(options).then((opened) => run = begin(opened, where, stop));
    await stop.or(opening.then(() => {})); // a pipe may keep its first bytes to itself
    if (stop.interrupted) await atMost(LINGER_MS.pipe, opening);
    if (run === undefined) log("WARN", "capture", "ended before the first bytes of the capture came");
    await run?.run();
  } finally {
    run?.close();
    endSignals();
  }
}

export class CaptureRun {
  readonly lane: Lane;
  readonly opened: Opened;
  readonly #options: CaptureOptions;
  readonly #stop: Stop;
  readonly #worker: Worker;
  readonly #notesTold = new Map<string, number>();
  readonly #deadlineMs: number;
  readonly #overload: Overload;
  #toldOfDrops = false;
  #lookedMs = 0;

  constructor(options: CaptureOptions & LaneOptions, opened: Opened, stop: Stop, worker: Worker) {
    this.#options = options;
    this.opened = opened;
    this.#stop = stop;
    this.#worker = worker;
    this.lane = new Lane(options.rules, worker.sink, options);
    this.#overload = new Overload(
      (parts) => this.lane.keep(parts),
      (share) => worker.say("WARN", "capture", overloadText(share)),
    );
    this.#deadlineMs = opened.kind === "file" ? Infinity : performance.now() + options.durationNs / 1e6;
  }

  /** @param front puts a sink of the command's own in front of the lane */
  async run(front: (sink: PacketSink) => PacketSink = (sink) => sink): Promise<void> {
    const { sources, kind } = this.opened;
    const turn = (packets: number) => this.#turn(packets);
    await captureAll(sources, this.#entrance(front), this.#stop, LINGER_MS[kind], turn);
    this.lane.close();
  }

  close(): void {
    for (const source of this.opened.sources) source.close();
  }

  /** What the summary is made of, apart from what the command did with it. */
  facts(): Pick<SummaryFacts, "ledger" | "sources" | "rejected"> {
    const { sources, rejected } = this.opened;
    return {
      ledger: this.lane.ledger,
      sources: sources.map((source) => ({ name: source.name, stats: source.stats() })),
      rejected,
    };
  }

  /** What the sources have to say, each thing once. */
  tellNews(): void {
    for (const source of this.opened.sources) {
      const { dropped, notes } = source.stats();
      const told = this.#notesTold.get(source.name) ?? 0;
      for (const note of notes.slice(told)) this.#worker.say("WARN", "capture", note);
      this.#notesTold.set(source.name, notes.length);
      if (dropped > 0 && !this.#toldOfDrops) {
        this.#toldOfDrops = true;
        const loss = `the kernel drops packets on (${source.name}): round trips will be missing`;
        this.#worker.say("WARN", "capture", loss);
      }
    }
  }

  /** Where packets go in: the limits of the user's wish, then the lane. */
  #entrance(front: (sink: PacketSink) => PacketSink): PacketSink {
    const { durationNs } = this.#options;
    const guard = new Guard(
      this.lane.entrance,
      ({ stack, message }) =>
        this.#worker.say("ERROR", "lane", `a fault in decoding, please report it: ${stack ?? message}`),
    );
    const entrance = this.opened.filtered(front(guard));
    if (this.opened.kind === "live" || durationNs === Infinity) return entrance;
    return new TimeLimit(entrance, durationNs, () => this.#stop.end());
  }

  async #turn(packets: number): Promise<void> {
    const now = performance.now();
    this.#overload.round(this.opened.sources, now);
    const isTime = now - this.#lookedMs >= SECOND_MS;
    if (this.opened.kind === "live" && (packets === 0 || isTime)) this.#tick();
    if (isTime) {
      this.#lookedMs = now;
      this.tellNews();
    }
    await this.#worker.turn(packets, now);
    if (now >= this.#deadlineMs) this.#stop.end();
  }

  /** The lane's clock is never more than a second behind the wall's, so that timers run on an idle interface too. */
  #tick(): void {
    const millis = Date.now();
    this.lane.tick(Math.trunc(millis / 1000), (millis % 1000) * 1e6);
  }
}
