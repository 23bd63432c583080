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

/** Names the rows of which no pair lies in the envelope, to whichever side, and those that are not known. */
export function check(rows: readonly Row[], baseline = read()): { outside: string[]; unknown: string[] } {
  const outside: string[] = [], unknown: string[] = [];
  for (const row of rows) {
    if (row.spread === undefined) continue;
    const key = keyOf(row), known = baseline[key];
    if (known === undefined) {
      unknown.push(key);
      continue;
    }
    const [least, most] = known.spread, [low, high] = row.spread;
    if (low <= most && high >= least) continue;
    const envelope = `${least.toFixed(2)} to ${most.toFixed(2)}`;
    outside.push(`${key}: ${row.ratio.toFixed(2)} is ${low > most ? "above" : "below"} its envelope, ${envelope}`);
  }
  return { outside, unknown };
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
