/** What the rows came to before, in `baseline.json`, and whether they still do. */
import type { Row, Spread } from "./table.ts";

interface Known {
  readonly ratio: number;
  /** The envelope: what single pairs of that run came to. */
  readonly spread: Spread;
}

/** By group and name. */
type Baseline = Record<string, Known>;

const file = new URL("baseline.json", import.meta.url);

function keyOf({ group, name }: Row): string {
  return `${group}: ${name}`;
}

function read(): Baseline {
  try {
    return JSON.parse(Deno.readTextFileSync(file));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return {};
    throw error;
  }
}

/** Says of each row that has left its envelope, to either side, by how much. */
export function outside(rows: readonly Row[]): string[] {
  const baseline = read();
  const said: string[] = [];
  for (const row of rows) {
    const known = baseline[keyOf(row)];
    if (known === undefined || Number.isNaN(row.ratio)) continue;
    const [least, most] = known.spread;
    if (row.ratio >= least && row.ratio <= most) continue;
    said.push(
      `${keyOf(row)}: ${row.ratio.toFixed(2)} x ${row.rival} is ${row.ratio > most ? "above" : "below"} ` +
        `its envelope, ${least.toFixed(2)} to ${most.toFixed(2)}`,
    );
  }
  return said;
}

/** Makes these rows the baseline; what was not measured now stays as it was. */
export function write(rows: readonly Row[]): void {
  const baseline = read();
  const rounded = (value: number) => Number(value.toPrecision(4));
  for (const row of rows) {
    if (row.spread === undefined) continue;
    const [least, most] = row.spread;
    baseline[keyOf(row)] = { ratio: rounded(row.ratio), spread: [rounded(least), rounded(most)] };
  }
  const sorted = Object.fromEntries(Object.entries(baseline).sort(([a], [b]) => a < b ? -1 : 1));
  Deno.writeTextFileSync(file, JSON.stringify(sorted, null, 2) + "\n");
}
