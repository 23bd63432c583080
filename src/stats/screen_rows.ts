/** The table as it fits into a screen: as many columns and rows as there is room for, the most wanted ones first. */
import { shortened } from "../export/printable.ts";
import { COLUMNS } from "./columns.ts";
import { Group } from "./group.ts";
import { sparkline } from "./recent.ts";
import type { Snapshot } from "./stats.ts";
import { labelText, restLabels } from "./table.ts";

/** The least width that the labels get, and how wide the sparkline is on a narrow and on a wide screen. */
const LEAST_LABELS = 28;
const NARROW_TREND = 10, WIDE_TREND = 20, WIDE = 110;
/** Columns up to this rank are more wanted than the sparkline. */
const RANK_BEFORE_TREND = 4;

export interface ScreenRows {
  readonly head: string;
  readonly rows: readonly { readonly text: string; readonly isSelected: boolean }[];
}

interface Room {
  readonly sort: string;
  readonly columns: number;
  /** Lines for rows. */
  readonly space: number;
  /** Index of the selected group, which is always shown. */
  readonly at: number;
}

/** @param ordered the groups in the order in which they are shown */
export function screenRows(snapshot: Snapshot, ordered: readonly Group[], room: Room): ScreenRows {
  const { space, at } = room;
  const hidden = ordered.length > space || snapshot.other !== undefined;
  const places = Math.max(0, hidden ? space - 1 : space);
  const first = Math.max(0, Math.min(at - places + 1, ordered.length - places));
  const shown = ordered.slice(first, first + places);
  const groups = hidden ? [...shown, restOf(snapshot, ordered, shown)] : shown;
  const labels = groups.map((group, i) =>
    i < shown.length
      ? group.labels.map((label) => labelText(label, room.columns))
      : restLabels(snapshot.by.length, ordered.length - shown.length + snapshot.folded)
  );
  const trend = room.columns >= WIDE ? WIDE_TREND : NARROW_TREND;
  const numbers = chosenColumns(snapshot, groups, room, trend);
  const until = Math.floor(snapshot.toSec);
  const cells = groups.map(({ recent }, i) => [
    ...numbers.columns.map(({ texts, width }) => texts[i].padStart(width)),
    ...(numbers.hasTrend ? [sparkline(recent.counts(until), trend)] : []),
  ]);
  const heads = numbers.columns.map(({ name, width }) => name.padStart(width));
  if (numbers.hasTrend) heads.push("minute".padEnd(trend));
  const left = fitted([snapshot.by.map(({ name }) => name), ...labels], numbers.left);
  return {
    head: [left[0], ...heads].join(" "),
    rows: groups.map((_, i) => ({
      text: [left[i + 1], ...cells[i]].join(" "),
      isSelected: i < shown.length && first + i === at,
    })),
  };
}

function restOf(snapshot: Snapshot, ordered: readonly Group[], shown: readonly Group[]): Group {
  const rest = new Group([]), isShown = new Set(shown);
  for (const group of ordered) if (!isShown.has(group)) rest.merge(group);
  if (snapshot.other !== undefined) rest.merge(snapshot.other);
  return rest;
}

/** The columns for which there is room; the one that rows are ordered by is always among them. */
function chosenColumns(snapshot: Snapshot, groups: readonly Group[], { sort, columns }: Room, trend: number) {
  let left = columns - LEAST_LABELS;
  let hasTrend = false;
  const all = COLUMNS.map((column) => {
    const texts = groups.map((group) => column.text(column.read(group, snapshot)));
    const name = column.name === sort ? `*${column.name}` : column.name;
    return { ...column, name, texts, rank: column.name === sort ? -1 : column.rank, width: widest([name, ...texts]) };
  });
  const chosen = new Set<string>();
  for (const { name, rank, width } of all.toSorted((a, b) => a.rank - b.rank)) {
    if (rank > RANK_BEFORE_TREND && !hasTrend && left > trend) {
      hasTrend = true;
      left -= trend + 1;
    }
    if (width + 1 > left) break;
    chosen.add(name);
    left -= width + 1;
  }
  return { columns: all.filter(({ name }) => chosen.has(name)), hasTrend, left: LEAST_LABELS + left };
}

/** The labels of all lines in one text each, of the same width; the last label gives way where there is no room. */
function fitted(lines: readonly (readonly string[])[], width: number): string[] {
  const widths = lines[0].map((_, i) => widest(lines.map((cells) => cells[i])));
  const last = widths.length - 1;
  const before = widths.slice(0, last).reduce((sum, each) => sum + each + 1, 0);
  const room = Math.max(8, width - before);
  return lines.map((cells) => {
    const texts = cells.map((cell, i) => i < last ? cell.padEnd(widths[i]) : shortened(cell, room).padEnd(room));
    return shortened(texts.join(" "), width);
  });
}

function widest(texts: readonly string[]): number {
  return texts.reduce((most, { length }) => Math.max(most, length), 0);
}
