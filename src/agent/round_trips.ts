/** Where a lane's round trips go: through the pipelines, to the exporter of lines, and to whoever watches. */
import type { RoundTrip, RoundTripSink } from "../core/roundtrip.ts";
import { elapsedNs, type Instant } from "../core/time.ts";
import type { WatchedLines } from "../export/watched_lines.ts";

const LONG_AGO: Instant = { sec: 0, nsec: 0 };

export class RoundTrips implements RoundTripSink {
  /** How many were answered, since the start. */
  handled = 0;
  #sinks: readonly RoundTripSink[] = [];
  #sinksRenderText = false;
  readonly #clock: () => Instant;
  /** What watchers are shown, each with the time from which on requests are kept for it. */
  readonly #watched = new Map<WatchedLines, Instant>();

  /** @param clock the packets' clock */
  constructor(clock: () => Instant) {
    this.#clock = clock;
  }

  /** Exchanged as a whole when the configuration changes. */
  set sinks(sinks: readonly RoundTripSink[]) {
    this.#sinks = sinks;
    this.#sinksRenderText = sinks.some(({ rendersText }) => rendersText !== false);
  }

  get rendersText(): boolean {
    return this.#sinksRenderText || this.#watched.size > 0;
  }

  roundTrip(roundTrip: RoundTrip): void {
    this.handled++;
    for (const sink of this.#sinks) sink.roundTrip(roundTrip);
    if (this.#watched.size === 0) return;
    for (const [lines, { sec, nsec }] of this.#watched) {
      if (elapsedNs(sec, nsec, roundTrip.requestSec, roundTrip.requestNsec) > 0) lines.roundTrip(roundTrip);
    }
  }

  unanswered(roundTrip: RoundTrip): void {
    for (const sink of this.#sinks) sink.unanswered(roundTrip);
  }

  /** Tells of the round trips from now on: those that begin now, where nothing is kept of others. @returns ends it */
  watch(lines: WatchedLines): () => void {
    const { sec, nsec } = this.rendersText ? LONG_AGO : this.#clock();
    this.#watched.set(lines, { sec, nsec });
    return () => this.#watched.delete(lines);
  }
}
