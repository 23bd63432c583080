/** One lane at work: what it captures, how that is decoded, and what becomes of the round trips. */
import type { Config } from "../config/config.ts";
import type { RoundTripSink } from "../core/roundtrip.ts";
import { JsonLines } from "../export/json_lines.ts";
import { LineSink } from "../export/line_sink.ts";
import { WatchedLines } from "../export/watched_lines.ts";
import { captureAll } from "../lane/capture_loop.ts";
import { Guard } from "../lane/guard.ts";
import { Lane, type LaneOptions } from "../lane/lane.ts";
import { Overload, overloadText } from "../lane/overload.ts";
import type { Stop } from "../lane/stop.ts";
import { protocols } from "../protocols/mod.ts";
import { compileExpression } from "../query/mod.ts";
import type { Watcher } from "../server/observed.ts";
import type { Capture } from "./capture.ts";
import { type Figures, NOTHING_LOST } from "./figures.ts";
import { Processing } from "./processing.ts";
import { RoundTrips } from "./round_trips.ts";
import type { Outlets, Work } from "./work.ts";

/** Lines leave at least this often. */
const FLUSH_MS = 100;
/** How often a busy capture looks after everything else. */
const SECOND_MS = 1000;
/** How often interfaces are looked for. */
const FOLLOW_MS = 2000;
/** After the wish for the end, packets may still lie in the kernel's blocks. */
const LINGER_MS = 50;

/** Which of how many lanes it is, the first being 0. They share what may be held in memory. */
export interface Place {
  readonly lane: number;
  readonly lanes: number;
}

const ALONE: Place = { lane: 0, lanes: 1 };

export class LaneWork implements Work {
  readonly #capture: Capture;
  readonly #outlets: Outlets;
  readonly #place: Place;
  readonly #roundTrips = new RoundTrips(() => this.#lane.clock);
  readonly #processing: Processing;
  readonly #lines: LineSink;
  /** Lines of round trips only: what was not answered is counted, and a span where that is wanted. */
  readonly #answered: RoundTripSink = {
    roundTrip: (roundTrip) => this.#lines.roundTrip(roundTrip),
    unanswered: () => {},
  };
  readonly #lane: Lane;
  readonly #guard: Guard;
  readonly #overload: Overload;
  #flushedMs = 0;
  #lookedMs = 0;
  #followedMs = 0;

  constructor(config: Config, capture: Capture, outlets: Outlets, place = ALONE) {
    this.#capture = capture;
    this.#outlets = outlets;
    this.#place = place;
    this.#processing = new Processing(config, outlets.storage, outlets.spans, () => this.#lane.clock);
    this.#lines = new LineSink(new JsonLines({ showSecrets: false }), [outlets.lines]);
    this.#lane = new Lane(config.sniffer.rules, this.#roundTrips, this.#laneOptions(config));
    this.#guard = new Guard(
      this.#lane.entrance,
      ({ stack, message }) =>
        outlets.say("ERROR", "lane", `a fault in decoding, please report it: ${stack ?? message}`),
    );
    this.#overload = new Overload(
      (parts) => this.#lane.keep(parts),
      (share) => outlets.say("WARN", "capture", overloadText(share)),
    );
    this.#direct(config);
  }

  async run(stop: Stop, turn: () => void): Promise<void> {
    await captureAll(this.#capture.sources, this.#guard, stop, LINGER_MS, (packets) => {
      this.#turn(packets);
      turn();
    }, true);
  }

  figures(): Figures {
    const lane = this.#lane, capture = this.#capture, processing = this.#processing;
    const { sec, nsec } = lane.clock;
    return {
      ledger: lane.ledger,
      clock: { sec, nsec },
      openFlows: lane.openFlows(),
      memory: lane.memory(),
      followed: this.#overload.share,
      interfaces: capture.counters(),
      isOpen: capture.isOpen,
      handled: this.#roundTrips.handled,
      surprises: this.#guard.surprises,
      unsampled: processing.unsampled,
      filters: processing.filters.map(({ name, seen, accepted, kept }) => ({ name, seen, accepted, kept })),
      lost: NOTHING_LOST,
    };
  }

  reconfigure(config: Config): void {
    const prepared = this.#processing.prepare(config);
    this.#capture.reconfigure(config.sniffer); // the last that may fail
    this.#processing.commit(prepared);
    this.#lane.reconfigure(config.sniffer.rules, this.#laneOptions(config));
    this.#direct(config);
  }

  reconfigured(): Promise<void> {
    return Promise.resolve();
  }

  /** Looks for interfaces that have come or gone. */
  follow(): void {
    this.#capture.follow();
    this.#outlets.followed?.();
  }

  watch(watcher: Watcher): () => void {
    const compileWhere = (text: string) => compileExpression(text, protocols);
    return this.#roundTrips.watch(new WatchedLines(watcher.wish, compileWhere, (line) => watcher.line(line)));
  }

  flush(): void {
    this.#lines.flush();
  }

  /** What is pending is accounted for, and everything handed on. */
  close(): void {
    this.#capture.close();
    this.#lane.close();
    this.flush();
  }

  #turn(packets: number): void {
    const now = performance.now();
    this.#overload.round(this.#capture.sources, now);
    if (packets === 0 || now - this.#flushedMs >= FLUSH_MS) {
      this.flush();
      this.#flushedMs = now;
    }
    const isTime = now - this.#lookedMs >= SECOND_MS;
    if (this.#capture.isLive && (packets === 0 || isTime)) this.#tick();
    if (!isTime) return;
    this.#lookedMs = now;
    if (this.#place.lane === 0 && now - this.#followedMs >= FOLLOW_MS) {
      this.#followedMs = now;
      this.follow();
    }
    this.#capture.tellNews();
    if (this.#capture.hasEnded) this.#lane.close();
  }

  /** The lane's clock is never more than a second behind the wall's, so that timers run on an idle interface too. */
  #tick(): void {
    const millis = Date.now();
    this.#lane.tick(Math.trunc(millis / 1000), (millis % 1000) * 1e6);
  }

  /** Tells the round trips where to go. */
  #direct({ exporter }: Config): void {
    const { pipelines } = this.#processing;
    this.#roundTrips.sinks = exporter.roundtrips.enabled ? [pipelines, this.#answered] : [pipelines];
  }

  #laneOptions({ sniffer, controller }: Config): LaneOptions {
    return {
      ipVersion: sniffer.ipVersion,
      idleSeconds: controller.connExpiredNs / 1e9,
      maxMemory: sniffer.maxMemoryBytes / this.#place.lanes,
      meter: this.#processing.meter,
      bodies: controller.httpBody.enabled ? controller.httpBody : undefined,
    };
  }
}
