/** Counts round trips by group, since the beginning or within a window that moves along with the packets' clock. */
import type { RoundTrip, RoundTripSink } from "../core/roundtrip.ts";
import type { Instant } from "../core/time.ts";
import type { Dimension } from "./dimensions.ts";
import type { Group } from "./group.ts";
import { GROUPS, Tally } from "./tally.ts";

/** Parts of a window: the oldest one goes as a whole. */
const SLICES = 10;

/** The table at one time. Its groups go on counting. */
export interface Snapshot {
  readonly by: readonly Dimension[];
  /** The time that is covered, in seconds of the Unix epoch. */
  readonly fromSec: number;
  readonly toSec: number;
  readonly groups: readonly Group[];
  /** What found no place among them; undefined where all did. */
  readonly other: Group | undefined;
  /** How many groups are in `other`; one that came and went several times counts each time. */
  readonly folded: number;
}

export interface StatsOptions {
  readonly by: readonly Dimension[];
  /** Infinity for all since the beginning. */
  readonly windowNs: number;
  readonly groups?: number;
}

export class Stats implements RoundTripSink {
  readonly #options: StatsOptions;
  #by: readonly Dimension[];
  /** Parts of the window by their number, in the order in which they began. A clock that jumps makes no more of them. */
  readonly #slices = new Map<number, Tally>();
  /** Counted from here on: since when, where that is later than the first packet. */
  #sinceSec = -Infinity;
  #labels: string[];

  constructor(options: StatsOptions) {
    this.#options = options;
    this.#by = options.by;
    this.#labels = options.by.map(() => "");
  }

  get by(): readonly Dimension[] {
    return this.#by;
  }

  get rendersText(): boolean {
    return this.#by.some(({ rendersText }) => rendersText !== false);
  }

  roundTrip(roundTrip: RoundTrip): void {
    this.#groupOf(roundTrip, roundTrip.responseSec, roundTrip.responseNsec).answered(roundTrip);
  }

  unanswered(roundTrip: RoundTrip): void {
    this.#groupOf(roundTrip, roundTrip.requestSec, roundTrip.requestNsec).withoutAnswer(roundTrip);
  }

  /** The labels of the group that a round trip belongs to; borrowed. */
  labelsOf(roundTrip: RoundTrip): readonly string[] {
    const by = this.#by, labels = this.#labels;
    for (let i = 0; i < by.length; i++) labels[i] = by[i].read(roundTrip);
    return labels;
  }

  /** Forgets all, and goes on by these dimensions. */
  reset(by: readonly Dimension[], now: Instant): void {
    this.#by = by;
    this.#labels = by.map(() => "");
    this.#slices.clear();
    this.#sinceSec = now.sec + now.nsec / 1e9;
  }

  /** @param firstSec,lastSec the time of the packets so far, in seconds of the Unix epoch */
  snapshot(firstSec: number, lastSec: number): Snapshot {
    const newest = this.#sliceOf(lastSec);
    for (const slice of this.#slices.keys()) if (slice <= newest - SLICES) this.#slices.delete(slice);
    const tallies = [...this.#slices].filter(([slice]) => slice <= newest).map(([, tally]) => tally);
    let tally = tallies[0] ?? new Tally(this.#by.length, this.#options.groups);
    if (tallies.length > 1) {
      tally = new Tally(this.#by.length, this.#options.groups);
      for (const slice of tallies) tally.merge(slice);
    }
    const windowSec = this.#options.windowNs / 1e9;
    const windowFrom = windowSec === Infinity ? -Infinity : (newest - SLICES + 1) * windowSec / SLICES;
    return {
      by: this.#by,
      fromSec: Math.min(lastSec, Math.max(firstSec, this.#sinceSec, windowFrom)),
      toSec: lastSec,
      groups: tally.groups,
      other: tally.folded > 0 ? tally.other : undefined,
      folded: tally.folded,
    };
  }

  #groupOf(roundTrip: RoundTrip, sec: number, nsec: number): Group {
    const slice = this.#sliceOf(sec + nsec / 1e9);
    let tally = this.#slices.get(slice);
    if (tally === undefined) {
      tally = new Tally(this.#by.length, this.#options.groups ?? GROUPS);
      this.#slices.set(slice, tally);
      if (this.#slices.size > 2 * SLICES) this.#slices.delete(this.#slices.keys().next().value!);
    }
    return tally.of(this.labelsOf(roundTrip));
  }

  #sliceOf(sec: number): number {
    const { windowNs } = this.#options;
    return windowNs === Infinity ? 0 : Math.floor(sec / (windowNs / 1e9 / SLICES));
  }
}
