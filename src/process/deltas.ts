/**
 * What was counted in one storage, to be added to another: lanes count for themselves, in storages that are emptied each
 * time that they hand over, and one storage has it all, its ceilings included.
 */
import type { ExpiryListener, LabelSet, MetricGroup } from "./group.ts";
import type { MetricStorage } from "./storage.ts";

/** What a group counted, as plain data. */
export interface GroupDelta {
  readonly name: string;
  readonly labelNames: readonly string[];
  /** Names of the metrics, by their number. */
  readonly families: readonly string[];
  readonly folded: number;
  readonly cut: number;
  /** Values of all label sets, one set after the other. */
  readonly values: readonly string[];
  /** Of each series: number of the label set, number of the metric, and the series' own figures. */
  readonly numbers: Float64Array<ArrayBuffer>;
}

class Gathering {
  readonly values: string[] = [];
  readonly numbers: number[] = [];
  sets = 0;
  set: LabelSet | undefined;
}

/** Takes all that a storage counted out of it. */
export function takeDeltas(storage: MetricStorage): GroupDelta[] {
  const gathered = new Map<MetricGroup, Gathering>();
  const gather: ExpiryListener = (family, set, series) => {
    let into = gathered.get(family.group);
    if (into === undefined) gathered.set(family.group, into = new Gathering());
    if (into.set !== set) {
      into.set = set;
      into.sets++;
      for (const value of set.values) into.values.push(value);
    }
    into.numbers.push(into.sets - 1, family.group.families.indexOf(family));
    series.figures(into.numbers);
  };
  storage.expiryListeners.add(gather);
  storage.reset();
  storage.expiryListeners.delete(gather);
  return [...gathered].map(([group, { values, numbers }]) => {
    const { name, labelNames, folded, cut } = group;
    group.folded = group.cut = 0;
    const families = group.families.map((family) => family.name);
    return { name, labelNames, families, folded, cut, values, numbers: Float64Array.from(numbers) };
  });
}

/** Adds what was taken elsewhere. A group that has other labels by now has given its series up. */
export function addDeltas(storage: MetricStorage, deltas: readonly GroupDelta[], sec: number): void {
  for (const delta of deltas) {
    const group = storage.groups.find(({ name }) => name === delta.name);
    if (group === undefined || group.labelNames.join() !== delta.labelNames.join()) continue;
    group.folded += delta.folded;
    group.cut += delta.cut;
    const families = delta.families.map((name) => group.families.find((family) => family.name === name)!);
    const { values, numbers } = delta, width = group.labelNames.length;
    let number = -1, set: LabelSet | undefined;
    for (let at = 0; at < numbers.length;) {
      if (numbers[at] !== number) {
        number = numbers[at];
        set = group.find(values.slice(number * width, (number + 1) * width));
      }
      at = families[numbers[at + 1]].of(set!).addFigures(numbers, at + 2, sec);
    }
  }
}
