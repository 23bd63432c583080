/** The processor `roundtripsfilter`: which round trips the steps behind it get. */
import type { RoundTrip } from "../core/roundtrip.ts";
import type { Step } from "./step.ts";

export interface FilterOptions {
  /** The processor's name. */
  readonly name: string;
  /** Only round trips that this accepts go on; undefined for all. */
  readonly where?: (roundTrip: RoundTrip) => boolean;
  /** Round trips that this accepts do not go on; undefined for none. */
  readonly drop?: (roundTrip: RoundTrip) => boolean;
  /** Share of those that go on which is kept, above 0 and at most 1. */
  readonly sample: number;
}

/** What became of the round trips that a filter saw. */
export interface FilterCounts {
  /** The processor's name. */
  readonly name: string;
  /** How many came, how many of those the conditions accepted, and how many of those the sampling kept. */
  readonly seen: number;
  readonly accepted: number;
  readonly kept: number;
}

/** 2^32 divided by the golden ratio, made odd. */
const STRIDE = 0x9e3779b9;

/**
 * Samples by count, not by flow: a few long connections carry most traffic, so that a share of the flows may be any
 * share of the round trips. Each one accepted moves a position by the golden ratio of the circle, and is kept when that
 * lies in the share's part of it. So the share holds to within a few round trips at any time, the same input gives the
 * same output, and traffic that repeats itself (every second request a health check) is sampled evenly, which every
 * n-th of all would not do.
 */
export class FilterStep implements Step, FilterCounts {
  readonly name: string;
  /** A condition may ask for anything that requests and responses say. */
  readonly rendersText: boolean;
  seen = 0;
  accepted = 0;
  kept = 0;
  readonly #where: FilterOptions["where"];
  readonly #drop: FilterOptions["drop"];
  readonly #keptPart: number;
  #position = 0;

  constructor({ name, where, drop, sample }: FilterOptions) {
    this.name = name;
    this.rendersText = where !== undefined || drop !== undefined;
    this.#where = where;
    this.#drop = drop;
    this.#keptPart = sample * 2 ** 32;
  }

  roundTrip(roundTrip: RoundTrip): boolean {
    this.seen++;
    if (this.#where !== undefined && !this.#where(roundTrip)) return false;
    if (this.#drop !== undefined && this.#drop(roundTrip)) return false;
    this.accepted++;
    const keeps = this.#position < this.#keptPart;
    this.#position = (this.#position + STRIDE) >>> 0;
    if (keeps) this.kept++;
    return keeps;
  }

  unanswered(roundTrip: RoundTrip): boolean {
    return this.roundTrip(roundTrip);
  }
}
