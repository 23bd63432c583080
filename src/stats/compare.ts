/**
 * Two captures side by side: how each quantile changed. A change is only told where enough round trips lie above the
 * quantile on both sides, and where it is more than what two sketches may differ by.
 */
import { COLUMNS, compareLabels, QUANTILES } from "./columns.ts";
import { csvCell } from "./data.ts";
import { RELATIVE_ERROR } from "./durations.ts";
import { Group } from "./group.ts";
import type { Snapshot } from "./stats.ts";
import { aligned, labelText, rangeText } from "./table.ts";

/** Durations that must lie above a quantile, so that chance does not move it far. */
const ABOVE = 5;

/** Of one quantile: both values in nanoseconds, and the change as a share of the first; NaN where it cannot be said. */
export interface Change {
  readonly before: number;
  readonly after: number;
  readonly change: number;
  /** Whether there are too few round trips to say. */
  readonly isUnsure: boolean;
}

export interface Pair {
  readonly labels: readonly string[];
  readonly before: Group;
  readonly after: Group;
}

/** The groups of both, those together that have the same labels, in order of what `sort` reads in either. */
export function pairsOf(before: Snapshot, after: Snapshot, sort: string): Pair[] {
  const pairs = new Map<string, { labels: readonly string[]; before: Group; after: Group }>();
  for (const group of before.groups) {
    pairs.set(JSON.stringify(group.labels), { labels: group.labels, before: group, after: new Group(group.labels) });
  }
  for (const group of after.groups) {
    const key = JSON.stringify(group.labels), known = pairs.get(key);
    if (known === undefined) pairs.set(key, { labels: group.labels, before: new Group(group.labels), after: group });
    else known.after = group;
  }
  const column = COLUMNS.find(({ name }) => name === sort);
  const weight = (pair: Pair) =>
    column === undefined ? 0 : Math.max(column.read(pair.before, before) || 0, column.read(pair.after, after) || 0);
  const place = before.by.findIndex(({ name }) => name === sort);
  const moved = (labels: readonly string[]) => place < 0 ? labels : [labels[place], ...labels];
  return [...pairs.values()].sort((a, b) => weight(b) - weight(a) || compareLabels(moved(a.labels), moved(b.labels)));
}

/** What became of a quantile. */
export function changeOf({ before, after }: Pick<Pair, "before" | "after">, q: number): Change {
  const first = before.durations.quantileNs(q), second = after.durations.quantileNs(q);
  const isUnsure = Math.min(before.count, after.count) * (1 - q) < ABOVE;
  return { before: first, after: second, change: first > 0 ? second / first - 1 : NaN, isUnsure };
}

/** `+25%`, `=` within the error of the quantiles, `?` where there are too few, `new` and `gone` where one has none. */
export function changeText({ before, after, change, isUnsure }: Change): string {
  if (Number.isNaN(before)) return Number.isNaN(after) ? "" : "new";
  if (Number.isNaN(after)) return "gone";
  if (isUnsure) return "?";
  if (Math.abs(after - before) <= RELATIVE_ERROR * (after + before)) return "=";
  if (Number.isNaN(change)) return "";
  return change > 9.995 ? `x${(change + 1).toFixed(0)}` : `${change > 0 ? "+" : ""}${(change * 100).toFixed(0)}%`;
}

/** The table for people. */
export function compareText(before: Snapshot, after: Snapshot, sort: string, top: number): string {
  const pairs = pairsOf(before, after, sort);
  const duration = COLUMNS.find(({ name }) => name === "max")!.text;
  const heads = QUANTILES.flatMap((q) => [`p${q * 100}`, "then", "change"]);
  const lines = [[...before.by.map(({ name }) => name), "count", "then", "errors", "then", ...heads]];
  for (const pair of pairs.slice(0, top)) {
    const counts = [pair.before.count, pair.after.count, pair.before.errors, pair.after.errors].map(String);
    const quantiles = QUANTILES.flatMap((q) => {
      const change = changeOf(pair, q);
      return [duration(change.before), duration(change.after), changeText(change)];
    });
    lines.push([...pair.labels.map((label) => labelText(label)), ...counts, ...quantiles]);
  }
  const text = aligned(lines, before.by.length).map((line) => line.trimEnd() + "\n").join("");
  const left = pairs.length - Math.min(top, pairs.length);
  const rest = left > 0 ? `and ${left} more groups\n` : "";
  const folded = before.folded + after.folded;
  const lost = folded > 0 ? `${folded} small groups are not compared: there were too many\n` : "";
  return `${rangeText(before)}\nthen ${rangeText(after)}\n${text}${rest}${lost}` +
    "= the same within 2 %; ? too few round trips to say\n";
}

function record(pair: Pair, before: Snapshot): Record<string, string | number | null> {
  const all: Record<string, string | number | null> = {};
  before.by.forEach(({ name }, i) => all[name] = pair.labels[i]);
  all.count = pair.before.count;
  all.countThen = pair.after.count;
  all.errors = pair.before.errors;
  all.errorsThen = pair.after.errors;
  const number = (value: number) => Number.isNaN(value) ? null : value;
  for (const q of QUANTILES) {
    const { before: first, after: second, change, isUnsure } = changeOf(pair, q);
    all[`p${q * 100}Ns`] = number(first);
    all[`p${q * 100}NsThen`] = number(second);
    all[`p${q * 100}Change`] = isUnsure ? null : number(change);
  }
  return all;
}

/** One line of JSON. A change is a share of the first value; null where there are too few round trips to say. */
export function compareJson(before: Snapshot, after: Snapshot, sort: string, top: number): string {
  const groups = pairsOf(before, after, sort).slice(0, top).map((pair) => record(pair, before));
  return JSON.stringify({ groups }) + "\n";
}

/** The same as CSV. */
export function compareCsv(before: Snapshot, after: Snapshot, sort: string, top: number): string {
  const records = pairsOf(before, after, sort).slice(0, top).map((pair) => record(pair, before));
  const empty = record({ labels: before.by.map(() => ""), before: new Group([]), after: new Group([]) }, before);
  const line = (cells: readonly (string | number | null)[]) => cells.map(csvCell).join(",") + "\r\n";
  return [Object.keys(empty), ...records.map((all) => Object.values(all))].map(line).join("");
}
