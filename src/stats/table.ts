/** What is shown of a snapshot, row by row, and its text for people. */
import { timeText } from "../core/time.ts";
import { printable, shortened } from "../export/printable.ts";
import { roundedDurationText } from "../export/text_lines.ts";
import { COLUMNS, sorted } from "./columns.ts";
import { Group } from "./group.ts";
import { sparkline } from "./recent.ts";
import type { Snapshot } from "./stats.ts";

/** The most that is shown of a label, and the width of the sparkline. */
const LABEL_WIDTH = 80;
export const TREND_WIDTH = 20;

export interface Rows {
  readonly rows: readonly Group[];
  /** All that is not among the rows; undefined where nothing is left. */
  readonly rest: Group | undefined;
  /** How many groups the rest is. */
  readonly restGroups: number;
}

/** The first groups in order, and all others together. */
export function rowsOf(snapshot: Snapshot, sort: string, top: number): Rows {
  const ordered = sorted(snapshot, sort);
  const left = ordered.slice(top);
  if (left.length === 0) return { rows: ordered, rest: snapshot.other, restGroups: snapshot.folded };
  const rest = new Group([]);
  for (const group of left) rest.merge(group);
  if (snapshot.other !== undefined) rest.merge(snapshot.other);
  return { rows: ordered.slice(0, top), rest, restGroups: left.length + snapshot.folded };
}

/** One group of all. */
export function sumOf({ groups, other }: Snapshot): Group {
  const sum = new Group([]);
  for (const group of groups) sum.merge(group);
  if (other !== undefined) sum.merge(other);
  return sum;
}

/** What stands in the place of the labels of the rest: in the first one what it is, in the last how much of it. */
export function restLabels(dimensions: number, groups: number): string[] {
  const size = `${groups} ${groups === 1 ? "group" : "groups"}`;
  return dimensions === 1 ? [`other: ${size}`] : ["other", ...new Array(dimensions - 2).fill(""), size];
}

/** `2023-11-14T22:13:20Z to 2023-11-14T22:13:23.5Z, 3.5s`. */
export function rangeText({ fromSec, toSec }: Snapshot): string {
  if (!Number.isFinite(fromSec)) return "no packets";
  return `${instantText(fromSec)} to ${instantText(toSec)}, ${
    roundedDurationText(Math.round((toSec - fromSec) * 1e9))
  }`;
}

/** To the millisecond: what was added to a number of seconds is not told finer. */
function instantText(sec: number): string {
  const millis = Math.round(sec * 1000);
  return timeText(Math.floor(millis / 1000), (millis % 1000) * 1e6);
}

/** A label for one line of a terminal. */
export function labelText(label: string, width = LABEL_WIDTH): string {
  return shortened(printable(label), width);
}

/** The whole table, with a line above it that says what time it covers. */
export function tableText(snapshot: Snapshot, sort: string, top: number): string {
  const { rows, rest, restGroups } = rowsOf(snapshot, sort, top);
  const shown = rest === undefined ? rows : [...rows, rest];
  const until = Math.floor(snapshot.toSec);
  const lines = [[...snapshot.by, ...COLUMNS].map(({ name }) => name)];
  for (const group of shown) {
    const labels = group === rest ? restLabels(snapshot.by.length, restGroups) : group.labels;
    lines.push([
      ...labels.map((label) => labelText(label)),
      ...COLUMNS.map((column) => column.text(column.read(group, snapshot))),
    ]);
  }
  const trends = ["last minute", ...shown.map(({ recent }) => sparkline(recent.counts(until), TREND_WIDTH))];
  const text = aligned(lines, snapshot.by.length).map((line, i) => `${line}  ${trends[i]}`.trimEnd() + "\n").join("");
  const { count, errors, unanswered } = sumOf(snapshot);
  return `${rangeText(snapshot)}: ${count} answered, ${errors} with an error, ${unanswered} unanswered\n${text}`;
}

/** Lines of cells as columns: the first ones to the left, the others to the right. */
export function aligned(lines: readonly (readonly string[])[], left: number): string[] {
  const widths = lines[0].map((_, i) => Math.max(...lines.map((cells) => cells[i].length)));
  return lines.map((cells) =>
    cells.map((cell, i) => i < left ? cell.padEnd(widths[i]) : cell.padStart(widths[i])).join("  ")
  );
}
