/** All metrics of the traffic: what is counted, until nothing more comes of it. */
import { type ExpiryListener, type Family, MetricGroup } from "./group.ts";

export interface StorageOptions {
  /** Histograms with VictoriaMetrics' ranges instead of buckets with upper bounds. */
  readonly vmHistogram: boolean;
  /** A series that was not updated for longer is deleted, and begins at 0 when it comes back. */
  readonly expiredSec: number;
  /** Label sets of a metric beyond which new ones are counted in one series whose labels all read `_other`. */
  readonly maxSeries: number;
}

/** Counts in a place of its own, since it is asked to for every packet, until somebody wants to know. */
export interface Deferred {
  /** Puts what was counted since the last time into its series. @param sec time of what was counted */
  settle(sec: number): void;
}

export class MetricStorage {
  /** Told of each series that expires or is reset. */
  readonly expiryListeners = new Set<ExpiryListener>();
  readonly #options: StorageOptions;
  #groups: readonly MetricGroup[] = [];
  readonly #deferred: Deferred[] = [];
  #nowSec = 0;

  constructor(options: StorageOptions) {
    this.#options = options;
  }

  /** After so many seconds without an update a series is deleted. */
  get expiredSec(): number {
    return this.#options.expiredSec;
  }

  /** What is counted, up to now. */
  get groups(): readonly MetricGroup[] {
    this.#settle();
    return this.#groups;
  }

  /** Has something settled before anybody reads next. */
  defer(deferred: Deferred): void {
    this.#deferred.push(deferred);
  }

  /** All metrics, in the order in which they were made. */
  get families(): Family[] {
    return this.groups.flatMap((group) => group.families);
  }

  /**
   * A group of metrics that are labelled alike: one that was made before, which goes on counting, or a new one. A group
   * of that name with other labels gives way, as if all its series had expired.
   *
   * @param name for the account of {@link storageFamilies}
   */
  group(name: string, labelNames: readonly string[]): MetricGroup {
    const before = this.#groups.find((group) => group.name === name);
    if (before !== undefined && before.labelNames.join() === labelNames.join()) return before;
    before?.sweep(Infinity, this.#nowSec);
    const { vmHistogram, maxSeries } = this.#options;
    const expired: ExpiryListener = (family, set, series) => {
      for (const listener of this.expiryListeners) listener(family, set, series);
    };
    const group = new MetricGroup(name, labelNames, { vmHistogram, maxSeries, expired });
    this.#groups = [...this.#groups.filter((other) => other !== before), group];
    return group;
  }

  /** The newest time that was told. */
  get nowSec(): number {
    return this.#nowSec;
  }

  /** Takes the time of what is counted next. @returns the newest time so far, for updates: it never runs backwards */
  advance(sec: number): number {
    if (sec > this.#nowSec) this.#nowSec = sec;
    return this.#nowSec;
  }

  /**
   * Deletes what was not updated for too long. To be called every half of that time.
   *
   * @param nowSec on the clock of the updates: the packets'
   */
  sweep(nowSec: number): void {
    this.#settle();
    this.#nowSec = nowSec;
    for (const group of this.#groups) group.sweep(nowSec - this.#options.expiredSec, nowSec);
  }

  /** Forgets all series. */
  reset(): void {
    this.#settle();
    for (const group of this.#groups) group.sweep(Infinity, this.#nowSec);
  }

  #settle(): void {
    for (const deferred of this.#deferred) deferred.settle(this.#nowSec);
    this.#deferred.length = 0;
  }
}
