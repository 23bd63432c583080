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
  /** Appends what it counted, as numbers that another series of its kind can add. */
  figures(numbers: number[]): void;
  /** Adds figures that begin at `at`. @returns where they end */
  addFigures(numbers: ArrayLike<number>, at: number, sec: number): number;
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

  figures(numbers: number[]): void {
    numbers.push(this.value);
  }

  addFigures(numbers: ArrayLike<number>, at: number, sec: number): number {
    this.add(numbers[at], sec);
    return at + 1;
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

  figures(numbers: number[]): void {
    numbers.push(this.value);
  }

  /** The newest value holds. */
  addFigures(numbers: ArrayLike<number>, at: number, sec: number): number {
    this.set(numbers[at], sec);
    return at + 1;
  }
}

/** A histogram of either kind. Its figures: the sum, how many buckets hold values, and of each its number and count. */
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

  figures(numbers: number[]): void {
    numbers.push(this.sum, this.#counts.reduce((held, count) => count > 0 ? held + 1 : held, 0));
    this.#counts.forEach((count, bucket) => count > 0 && numbers.push(bucket, count));
  }

  addFigures(numbers: ArrayLike<number>, at: number, sec: number): number {
    this.sum += numbers[at++];
    this.updatedSec = sec;
    for (let held = numbers[at++]; held > 0; held--) this.#counts[numbers[at++]] += numbers[at++];
    return at;
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
    this.#count(rangeOf(value), 1);
    this.sum += value;
    this.updatedSec = sec;
  }

  #count(range: number, count: number): void {
    const ranges = this.#ranges;
    let at = 0, behind = ranges.length;
    while (at < behind) {
      const middle = (at + behind) >>> 1;
      if (ranges[middle] < range) at = middle + 1;
      else behind = middle;
    }
    if (ranges[at] === range) this.#counts[at] += count;
    else {
      ranges.splice(at, 0, range);
      this.#counts.splice(at, 0, count);
    }
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

  figures(numbers: number[]): void {
    numbers.push(this.sum, this.#ranges.length);
    this.#ranges.forEach((range, i) => numbers.push(range, this.#counts[i]));
  }

  addFigures(numbers: ArrayLike<number>, at: number, sec: number): number {
    this.sum += numbers[at++];
    this.updatedSec = sec;
    for (let held = numbers[at++]; held > 0; held--) this.#count(numbers[at++], numbers[at++]);
    return at;
  }
}
