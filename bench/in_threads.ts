/** Benches of single functions, each in fresh threads: how V8 compiles them differs from one to the next. */
import { bytes } from "./hot/bytes.ts";
import { flows } from "./hot/flows.ts";
import { text } from "./hot/text.ts";
import { processMetrics } from "./process/metrics.ts";
import { scaleSeries } from "./scale/series.ts";
import type { Row } from "./table.ts";
import { Thread } from "./thread.ts";

const THREADS = 3;

/** Each is given its own name. */
export const groups: Readonly<Record<string, (group: string) => Row[]>> = {
  "hot/flows": flows,
  "hot/bytes": bytes,
  "hot/text": text,
  "process/metrics": processMetrics,
  "scale/series": scaleSeries,
};

export const groupsInThreads: Readonly<Record<string, () => Promise<Row[]>>> = Object.fromEntries(
  Object.keys(groups).map((group) => [group, () => inThreads(group)]),
);

async function inThreads(group: string): Promise<Row[]> {
  const runs: Row[][] = [];
  for (let i = 0; i < THREADS; i++) {
    using thread = new Thread<string, Row[]>(new URL("in_threads_worker.ts", import.meta.url), group);
    runs.push(await thread.run());
  }
  return runs[0].map((_, i) => together(runs.map((rows) => rows[i])));
}

/** The row in the middle, with the spread of all. */
function together(rows: readonly Row[]): Row {
  const middle = rows.toSorted((a, b) => a.ratio - b.ratio)[rows.length >> 1];
  const bounds = rows.flatMap(({ spread = [NaN, NaN] }) => spread);
  return { ...middle, spread: [Math.min(...bounds), Math.max(...bounds)] };
}
