/** The columns of the table: a name, a number of a group, and how it reads. */
import { didYouMean } from "../core/near_miss.ts";
import { bytesText, roundedDurationText } from "../export/text_lines.ts";
import type { Group } from "./group.ts";
import type { Snapshot } from "./stats.ts";

export interface Column {
  /** What `--sort` takes and the head of the column shows. */
  readonly name: string;
  /** The name with its unit, in JSON and CSV. */
  readonly key: string;
  /** The number; NaN where there is none. */
  read(group: Group, snapshot: Snapshot): number;
  text(value: number): string;
  /** Where the width does not do for all, those with the highest number are left out first. */
  readonly rank: number;
}

export const QUANTILES = [0.5, 0.9, 0.95, 0.99] as const;

const whole = (value: number) => String(value);
const duration = (value: number) => Number.isNaN(value) ? "-" : roundedDurationText(Math.round(value));

function quantile(q: number, rank: number): Column {
  const name = `p${q * 100}`;
  return { name, key: `${name}Ns`, read: ({ durations }) => Math.round(durations.quantileNs(q)), text: duration, rank };
}

export const COLUMNS: readonly Column[] = [
  {
    name: "rate",
    key: "ratePerSecond",
    read: ({ count }, { fromSec, toSec }) => toSec > fromSec ? count / (toSec - fromSec) : NaN,
    text: (value) => Number.isNaN(value) ? "-" : `${value < 99.95 ? value.toFixed(1) : value.toFixed(0)}/s`,
    rank: 1,
  },
  { name: "count", key: "count", read: ({ count }) => count, text: whole, rank: 0 },
  { name: "errors", key: "errors", read: ({ errors }) => errors, text: whole, rank: 2 },
  { name: "unanswered", key: "unanswered", read: ({ unanswered }) => unanswered, text: whole, rank: 8 },
  quantile(0.5, 3),
  quantile(0.9, 9),
  quantile(0.95, 7),
  quantile(0.99, 4),
  { name: "max", key: "maxNs", read: ({ durations }) => durations.maxNs, text: duration, rank: 6 },
  { name: "total", key: "totalNs", read: ({ durations }) => durations.totalNs, text: duration, rank: 5 },
  { name: "sent", key: "requestBytes", read: ({ requestBytes }) => requestBytes, text: bytesText, rank: 11 },
  { name: "received", key: "responseBytes", read: ({ responseBytes }) => responseBytes, text: bytesText, rank: 10 },
];

/**
 * What rows are ordered by: a column, the largest first, or a dimension, by the alphabet.
 *
 * @throws Error that names what is not known and what is
 */
export function checkSort(name: string, by: readonly { readonly name: string }[]): void {
  const names = [...COLUMNS, ...by].map((known) => known.name);
  if (names.includes(name)) return;
  throw new Error(`there is no column '${name}'${didYouMean(name, names) || ";"} there are ${names.join(", ")}`);
}

/** The groups in order; equal ones by their labels, so that the same groups always have the same order. */
export function sorted(snapshot: Snapshot, sort: string): Group[] {
  const column = COLUMNS.find(({ name }) => name === sort);
  const place = snapshot.by.findIndex(({ name }) => name === sort);
  const numbers = new Map(
    column === undefined ? [] : snapshot.groups.map((group) => [group, orZero(column, group, snapshot)]),
  );
  return snapshot.groups.toSorted((a, b) =>
    (column === undefined ? 0 : numbers.get(b)! - numbers.get(a)!) ||
    (place < 0 ? 0 : compareText(a.labels[place], b.labels[place])) || compareLabels(a.labels, b.labels)
  );
}

function orZero(column: Column, group: Group, snapshot: Snapshot): number {
  const value = column.read(group, snapshot);
  return Number.isNaN(value) ? -1 : value;
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** The order of two lists of labels. */
export function compareLabels(a: readonly string[], b: readonly string[]): number {
  for (let i = 0; i < a.length; i++) {
    const order = compareText(a[i], b[i]);
    if (order !== 0) return order;
  }
  return 0;
}
