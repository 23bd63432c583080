/** One line of a bench's result: always beside something measured in the same run. */
export interface Row {
  readonly group: string;
  readonly name: string;
  /** What was measured, with its unit in words. */
  readonly figure: string;
  /** How many times the rival's: the median of pairs that ran one after another. */
  readonly ratio: number;
  /** The least and the most of these pairs; rows without are not held to the baseline. */
  readonly spread?: Spread;
  readonly rival: string;
}

export type Spread = readonly [least: number, most: number];

/** Stands for what could not be measured, and says why. */
export function skipped(group: string, reason: string): Row {
  return { group, name: "skipped", figure: reason, ratio: NaN, rival: "" };
}

/** Aligned text of rows. */
export function table(rows: readonly Row[]): string {
  const cells = rows.map((row) => [row.group, row.name, row.figure, ratioText(row), row.rival]);
  const all = [["group", "what", "figure", "ratio", "to"], ...cells];
  const widths = all[0].map((_, i) => Math.max(...all.map((line) => line[i].length)));
  return all.map((line) => line.map((cell, i) => cell.padEnd(widths[i])).join("  ").trimEnd()).join("\n");
}

function ratioText({ ratio, spread }: Row): string {
  if (Number.isNaN(ratio)) return "";
  const range = spread === undefined ? "" : ` (${spread.map((bound) => bound.toFixed(2)).join(" to ")})`;
  return `${ratio.toFixed(2)} x${range}`;
}
