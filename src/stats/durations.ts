/**
 * Quantiles of durations in bounded memory: DDSketch (https://www.vldb.org/pvldb/vol12/p2195-masson.pdf), which is
 * within 1 % of a duration that was there, and can be added to another.
 */
import { LogCollapsingLowestDenseDDSketch } from "npm:@datadog/sketches-js@2.1.1";

/** The most by which a quantile differs from the exact one, as a share of it. */
export const RELATIVE_ERROR = 0.01;
/** Bins of a sketch: those from 1 ns to 11 days are 1727, so that none is ever given up. */
const BINS = 2048;

export class Durations {
  readonly #sketch = new LogCollapsingLowestDenseDDSketch({ relativeAccuracy: RELATIVE_ERROR, binLimit: BINS });

  get count(): number {
    return this.#sketch.count;
  }

  /** Nanoseconds of all together. */
  get totalNs(): number {
    return this.#sketch.sum;
  }

  /** NaN where there is none. */
  get maxNs(): number {
    return this.count === 0 ? NaN : this.#sketch.max;
  }

  add(ns: number): void {
    this.#sketch.accept(ns);
  }

  merge(other: Durations): void {
    this.#sketch.merge(other.#sketch);
  }

  /** The smallest duration that a share `q` of them do not exceed, in nanoseconds; NaN where there is none. */
  quantileNs(q: number): number {
    const { count, min, max } = this.#sketch;
    // The sketch's quantile 0 is the first of them and 1 the last; half a step more is safe from rounding.
    const place = Math.min(1, Math.max(0, Math.ceil(q * count) - 0.5) / Math.max(1, count - 1));
    return Math.min(max, Math.max(min, this.#sketch.getValueAtQuantile(place)));
  }
}
