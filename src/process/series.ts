/** What one label set of a metric has counted, and the samples that tell it. */
import type { Buckets } from "./buckets.ts";
import { rangeOf } from "./vmrange.ts";

/** What a sample's name has behind the metric's. */
export type Suffix = "" | "_bucket" | "_sum" | "_count";

/** Takes the samples of a series. @param bucket index into the metric's bucket texts; -1 for samples without bucket */
export type SampleVisitor = (suffix: Suffix, bucket: number, value: number) => void;

export interface Series {
  /** When it was updated last, in seconds on the clock that {@link MetricStorage.sweep} is told. */
  updatedSec: number;
  /** Gives the samples in the order in which they are shown: buckets, `_sum`, `_count`. */
  samples(visit: SampleVisitor): void;
}

export class Counter implements Series {
  updatedSec = 0;
  value = 0;

  /** @param sec time of what is counted */
  add(amount: number, sec: number): void {
    this.value += amount;
    this.updatedSec = sec;
  }

  samples(visit: SampleVisitor): void {
    visit("", -1, this.value);
  }
}

export class Gauge implements Series {
  updatedSec = 0;
  value = 0;

  set(value: number, sec: number): void {
    this.value = value;
    this.updatedSec = sec;
  }

  samples(visit: SampleVisitor): void {
    visit("", -1, this.value);
  }
}

/** A histogram of either kind. */
export interface Histogram extends Series {
  /** Counts a value; negative ones and NaN are ignored. */
  observe(value: number, sec: number): void;
}

/** Buckets with an upper bound, shown cumulatively. */
export class LeHistogram implements Histogram {
  updatedSec = 0;
  sum = 0;
  readonly #bounds: readonly number[];
  /** Values in each bucket alone. */
  readonly #counts: number[];

  constructor({ bounds }: Buckets) {
    this.#bounds = bounds;
    this.#counts = new Array(bounds.length + 1).fill(0);
  }

  observe(value: number, sec: number): void {
    if (!(value >= 0)) return;
    const bounds = this.#bounds;
    let bucket = 0;
    while (bucket < bounds.length && value > bounds[bucket]) bucket++;
    this.#counts[bucket]++;
    this.sum += value;
    this.updatedSec = sec;
  }

  samples(visit: SampleVisitor): void {
    let count = 0;
    for (let bucket = 0; bucket < this.#counts.length; bucket++) {
      count += this.#counts[bucket];
      visit("_bucket", bucket, count);
    }
    visit("_sum", -1, this.sum);
    visit("_count", -1, count);
  }
}

/** Ranges of which most are empty: only the others are held and shown. */
export class VmHistogram implements Histogram {
  updatedSec = 0;
  sum = 0;
  /** Numbers of the ranges that hold values, ascending, and how many each holds. */
  readonly #ranges: number[] = [];
  readonly #counts: number[] = [];

  observe(value: number, sec: number): void {
    if (!(value >= 0)) return;
    const range = rangeOf(value), ranges = this.#ranges;
    let at = 0, behind = ranges.length;
    while (at < behind) {
      const middle = (at + behind) >>> 1;
      if (ranges[middle] < range) at = middle + 1;
      else behind = middle;
    }
    if (ranges[at] === range) this.#counts[at]++;
    else {
      ranges.splice(at, 0, range);
      this.#counts.splice(at, 0, 1);
    }
    this.sum += value;
    this.updatedSec = sec;
  }

  samples(visit: SampleVisitor): void {
    if (this.#ranges.length === 0) return;
    let count = 0;
    for (let i = 0; i < this.#ranges.length; i++) {
      count += this.#counts[i];
      visit("_bucket", this.#ranges[i], this.#counts[i]);
    }
    visit("_sum", -1, this.sum);
    visit("_count", -1, count);
  }
}
