/** The table for programs: a line of JSON, or CSV (RFC 4180). Durations are nanoseconds, times RFC 3339. */
import { COLUMNS } from "./columns.ts";
import type { Group } from "./group.ts";
import type { Snapshot } from "./stats.ts";
import { rowsOf } from "./table.ts";

function time(sec: number): string | null {
  return Number.isFinite(sec) ? new Date(Math.round(sec * 1000)).toISOString() : null;
}

function numbers(group: Group, snapshot: Snapshot): Record<string, number | null> {
  return Object.fromEntries(COLUMNS.map(({ key, read }) => {
    const value = read(group, snapshot);
    return [key, Number.isNaN(value) ? null : value];
  }));
}

/** One line. `lastMinute` has the answered requests of each of its seconds. */
export function jsonText(snapshot: Snapshot, sort: string, top: number): string {
  const { rows, rest, restGroups } = rowsOf(snapshot, sort, top);
  const until = Math.floor(snapshot.toSec);
  const lastMinute = (group: Group) => Number.isFinite(until) ? group.recent.counts(until) : [];
  const groups = rows.map((group) => ({
    ...Object.fromEntries(snapshot.by.map(({ name }, i) => [name, group.labels[i]])),
    ...numbers(group, snapshot),
    lastMinute: lastMinute(group),
  }));
  const other = rest === undefined
    ? undefined
    : { groups: restGroups, ...numbers(rest, snapshot), lastMinute: lastMinute(rest) };
  return JSON.stringify({ from: time(snapshot.fromSec), to: time(snapshot.toSec), groups, other }) + "\n";
}

export function csvCell(value: string | number | null): string {
  const text = String(value ?? "");
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function csvLine(cells: readonly (string | number | null)[]): string {
  return cells.map(csvCell).join(",") + "\r\n";
}

/** The line of names. */
export function csvHead({ by }: Snapshot): string {
  return csvLine(["from", "to", ...by.map(({ name }) => name), ...COLUMNS.map(({ key }) => key)]);
}

/** A line for each group; the rest reads `(other)` in each of its labels. */
export function csvText(snapshot: Snapshot, sort: string, top: number): string {
  const { rows, rest } = rowsOf(snapshot, sort, top);
  const line = (labels: readonly string[], group: Group) =>
    csvLine([time(snapshot.fromSec), time(snapshot.toSec), ...labels, ...Object.values(numbers(group, snapshot))]);
  const text = rows.map((group) => line(group.labels, group)).join("");
  return rest === undefined ? text : text + line(snapshot.by.map(() => "(other)"), rest);
}
