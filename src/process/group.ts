/** Metric families that are labelled alike, and the label sets that were seen: a table, with a series in each cell. */
import { owned } from "../bytes/text.ts";
import { type Buckets, BYTES, SECONDS } from "./buckets.ts";
import { LabelTree } from "./label_tree.ts";
import { Counter, Gauge, type Histogram, LeHistogram, type Series, VmHistogram } from "./series.ts";
import { rangeTexts } from "./vmrange.ts";

/** Characters of a label value that are kept; a longer one is cut and ends in `…`. */
export const LABEL_CHARACTERS = 1024;
/** What all labels of the series read into which those fold that the ceiling leaves no room. */
export const OTHER = "_other";

export type Kind = "counter" | "gauge" | "histogram" | "vmhistogram";

/** Values of the bucket label by bucket number, and as OpenMetrics has them. */
export interface BucketLabel {
  readonly name: "le" | "vmrange";
  readonly texts: readonly string[];
  readonly openMetricsTexts: readonly string[];
}

const VMRANGE: BucketLabel = { name: "vmrange", texts: rangeTexts, openMetricsTexts: rangeTexts };
const LE = new Map<Buckets, BucketLabel>([SECONDS, BYTES].map((buckets) => [buckets, { name: "le", ...buckets }]));

/**
 * One combination of label values: a handle that may be kept, and that costs no lookup while it is {@link live}. One
 * that is not live counts rightly too; finding it anew with {@link MetricGroup.find} makes it fast again.
 */
export class LabelSet {
  live = true;
  /** By index of the family; undefined for what was not updated, or not for too long. */
  readonly series: (Series | undefined)[];

  /** @param values in the order of the group's label names */
  constructor(readonly values: readonly string[], families: number) {
    this.series = new Array(families).fill(undefined);
  }
}

/** A metric: all series of one name. */
export class Family<S extends Series = Series> {
  readonly #index: number;
  readonly #make: () => S;

  constructor(
    readonly group: MetricGroup,
    readonly name: string,
    readonly kind: Kind,
    readonly help: string,
    readonly bucketLabel: BucketLabel | undefined,
    index: number,
    make: () => S,
  ) {
    this.#index = index;
    this.#make = make;
  }

  /** The series of a label set, made when first asked for: to be updated now, not to be kept. */
  of(set: LabelSet): S {
    return set.series[this.#index] as S | undefined ?? this.#open(set);
  }

  /** The series of a label set if there is one. */
  peek(set: LabelSet): S | undefined {
    return set.series[this.#index] as S | undefined;
  }

  #open(set: LabelSet): S {
    const home = set.live ? set : this.group.find(set.values);
    const known = this.peek(home);
    if (known !== undefined) return known;
    const series = this.#make();
    home.series[this.#index] = series;
    return series;
  }
}

/** Told of a series that is deleted, with what it counted last. */
export type ExpiryListener = (family: Family, set: LabelSet, series: Series) => void;

/** What all groups of a storage have in common. */
export interface GroupOptions {
  readonly vmHistogram: boolean;
  /** Label sets beyond which new ones fold into one, so that each metric has at most one series more. */
  readonly maxSeries: number;
  /** Told of each series that is deleted. */
  readonly expired: ExpiryListener;
}

export class MetricGroup {
  /** Times that a new label set found no room and was counted as {@link OTHER}; label values that were cut. */
  folded = 0;
  cut = 0;
  readonly #families: Family[] = [];
  readonly #options: GroupOptions;
  readonly #tree: LabelTree<LabelSet>;
  readonly #sets = new Set<LabelSet>();
  readonly #others: readonly string[];

  constructor(readonly name: string, readonly labelNames: readonly string[], options: GroupOptions) {
    this.#options = options;
    this.#tree = new LabelTree(labelNames.length);
    this.#others = labelNames.map(() => OTHER);
  }

  get families(): readonly Family[] {
    return this.#families;
  }

  get size(): number {
    return this.#sets.size;
  }

  counter(name: string, help: string): Family<Counter> {
    return this.#add(name, "counter", help, undefined, () => new Counter());
  }

  gauge(name: string, help: string): Family<Gauge> {
    return this.#add(name, "gauge", help, undefined, () => new Gauge());
  }

  /** @param buckets for the kind of histogram that has fixed ones */
  histogram(name: string, help: string, buckets: Buckets): Family<Histogram> {
    if (this.#options.vmHistogram) return this.#add(name, "vmhistogram", help, VMRANGE, () => new VmHistogram());
    return this.#add(name, "histogram", help, LE.get(buckets), () => new LeHistogram(buckets));
  }

  #add<S extends Series>(
    name: string,
    kind: Kind,
    help: string,
    bucketLabel: BucketLabel | undefined,
    make: () => S,
  ): Family<S> {
    const known = this.#families.find((family) => family.name === name);
    if (known !== undefined) return known as Family<S>;
    const family = new Family(this, name, kind, help, bucketLabel, this.#families.length, make);
    this.#families.push(family);
    return family;
  }

  /** The label set of these values, which are borrowed. Costs no garbage where it is known. */
  find(values: readonly string[]): LabelSet {
    return this.#tree.find(values) ?? this.#open(values);
  }

  #open(values: readonly string[]): LabelSet {
    let shown: readonly string[] = values.map((value) => this.#shortened(value));
    let set = this.#tree.find(shown);
    if (set === undefined && this.#sets.size >= this.#options.maxSeries) {
      this.folded++;
      set = this.#tree.find(shown = this.#others);
    }
    if (set !== undefined) return set;
    set = new LabelSet(shown.map(owned), this.#families.length);
    this.#tree.add(set.values, set);
    this.#sets.add(set);
    return set;
  }

  #shortened(value: string): string {
    if (value.length <= LABEL_CHARACTERS) return value.toWellFormed();
    this.cut++;
    return value.slice(0, LABEL_CHARACTERS - 1).toWellFormed() + "…";
  }

  /** The label sets as they are now, for whoever shows them bit by bit while counting goes on. */
  labelSets(): LabelSet[] {
    return [...this.#sets];
  }

  /** Deletes series that were updated last before `beforeSec`. Times after `nowSec` are those of a wrong clock. */
  sweep(beforeSec: number, nowSec: number): void {
    for (const set of this.#sets) {
      let left = 0;
      for (let i = 0; i < set.series.length; i++) {
        const series = set.series[i];
        if (series === undefined) continue;
        if (series.updatedSec > nowSec) series.updatedSec = nowSec;
        if (series.updatedSec >= beforeSec) left++;
        else {
          set.series[i] = undefined;
          this.#options.expired(this.#families[i], set, series);
        }
      }
      if (left > 0) continue;
      set.live = false;
      this.#sets.delete(set);
      this.#tree.delete(set.values);
    }
  }
}
