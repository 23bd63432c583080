/** Which round trips are printed: `--slow`, `--errors`, `--unanswered`, `--where`, `--count`. */
import type { RoundTrip, RoundTripSink } from "../core/roundtrip.ts";
import type { Predicate } from "../query/mod.ts";

export interface Choice {
  /** Only round trips whose response reports an error. */
  readonly errorsOnly: boolean;
  /** Only round trips that took at least this long. */
  readonly slowNs: number;
  /** Also requests without an answer; they are neither slow nor errors, so the other two do not hold them back. */
  readonly unanswered: boolean;
  /** Only what this holds for, answered or not. */
  readonly where?: Predicate;
  /** How many in all; Infinity for no end. */
  readonly count: number;
}

export class Selection implements RoundTripSink {
  readonly rendersText: boolean;
  /** How many were chosen. */
  chosen = 0;

  readonly #choice: Choice;
  readonly #sinks: readonly RoundTripSink[];
  readonly #onFull: () => void;

  /** @param onFull called when `count` is reached; nothing is chosen afterwards */
  constructor(choice: Choice, sinks: readonly RoundTripSink[], onFull: () => void) {
    this.#choice = choice;
    this.#sinks = sinks;
    this.rendersText = choice.where !== undefined || sinks.some((sink) => sink.rendersText !== false);
    this.#onFull = onFull;
  }

  roundTrip(roundTrip: RoundTrip): void {
    const { errorsOnly, slowNs, where } = this.#choice;
    if (slowNs > 0 && roundTrip.durationNs < slowNs) return;
    if (errorsOnly && !roundTrip.protocol.failed(roundTrip)) return;
    if (where !== undefined && !where(roundTrip)) return;
    if (this.#admit()) { for (const sink of this.#sinks) sink.roundTrip(roundTrip); }
  }

  unanswered(roundTrip: RoundTrip): void {
    const { unanswered, where } = this.#choice;
    if (!unanswered || (where !== undefined && !where(roundTrip))) return;
    if (this.#admit()) { for (const sink of this.#sinks) sink.unanswered(roundTrip); }
  }

  #admit(): boolean {
    if (this.chosen >= this.#choice.count) return false;
    if (++this.chosen >= this.#choice.count) this.#onFull();
    return true;
  }
}
