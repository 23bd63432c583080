/** Where a lane's round trips go: through the pipelines, to the exporter of lines, and to whoever watches. */
import type { RoundTrip, RoundTripSink } from "../core/roundtrip.ts";
import type { WatchedLines } from "../export/watched_lines.ts";

export class RoundTrips implements RoundTripSink {
  /** How many were answered, since the start. */
  handled = 0;
  rendersText = true;
  /** Exchanged as a whole when the configuration changes. */
  sinks: readonly RoundTripSink[] = [];
  readonly #watched = new Set<WatchedLines>();

  roundTrip(roundTrip: RoundTrip): void {
    this.handled++;
    for (const sink of this.sinks) sink.roundTrip(roundTrip);
    if (this.#watched.size > 0) { for (const lines of this.#watched) lines.roundTrip(roundTrip); }
  }

  unanswered(roundTrip: RoundTrip): void {
    for (const sink of this.sinks) sink.unanswered(roundTrip);
  }

  /** @returns ends it */
  watch(lines: WatchedLines): () => void {
    this.#watched.add(lines);
    return () => this.#watched.delete(lines);
  }
}
