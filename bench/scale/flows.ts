/** What a packet costs with few flows, and with many, all of them live and each as likely as any other to be next. */
import { compared, median } from "../measure.ts";
import type { Row } from "../table.ts";
import { Thread, threadsInTurns } from "../thread.ts";
import type { Task } from "./flows_worker.ts";

const RUNS = 3;
const FEWEST = 10;
const FLOWS = [1000, 100_000, 1_000_000];

export async function scaleFlows(): Promise<Row[]> {
  const rows: Row[] = [];
  for (const flows of FLOWS) {
    const [mine, fewest] = await threadsInTurns(RUNS, () => talking(flows), () => talking(FEWEST));
    rows.push({
      group: "scale/flows",
      name: `packet of one of ${flows} flows`,
      figure: `${median(mine).toFixed(0)} ns`,
      ...compared(mine, fewest),
      rival: `one of ${FEWEST} (${median(fewest).toFixed(0)} ns)`,
    });
  }
  return rows;
}

/** Gives the nanoseconds of a packet. */
function talking(flows: number): Thread<Task, number> {
  return new Thread(new URL("flows_worker.ts", import.meta.url), { flows });
}
