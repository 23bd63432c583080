/** Where the agent's round trips go: through the pipelines, to the exporter of lines, and to whoever watches. */
import type { RoundTrip, RoundTripSink } from "../core/roundtrip.ts";
import type { Watcher } from "../server/observed.ts";

export class RoundTrips implements RoundTripSink {
  /** How many were answered, since the start. */
  handled = 0;
  rendersText = true;
  /** Exchanged as a whole when the configuration changes. */
  sinks: readonly RoundTripSink[] = [];
  readonly #watchers = new Set<Watcher>();

  roundTrip(roundTrip: RoundTrip): void {
    this.handled++;
    for (const sink of this.sinks) sink.roundTrip(roundTrip);
    if (this.#watchers.size > 0) { for (const watcher of this.#watchers) watcher.roundTrip(roundTrip); }
  }

  unanswered(roundTrip: RoundTrip): void {
    for (const sink of this.sinks) sink.unanswered(roundTrip);
  }

  /** @returns ends it */
  watch(watcher: Watcher): () => void {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  }

  get watchers(): number {
    return this.#watchers.size;
  }
}
