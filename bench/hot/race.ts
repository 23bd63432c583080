/** Two ways to do the same, one after the other, again and again. */
import { compared, inTurns, median, timed } from "../measure.ts";
import type { Row } from "../table.ts";

const RUNS = 5;

/** Does a piece of work; what it returns depends on all of it, so that the compiler can leave nothing out. */
export type Work = () => number;

/** @param times how often the work does what the row is about */
export function race(group: string, name: string, times: number, ours: Work, rival: string, theirs: Work): Row {
  const [mine, others] = inTurns(RUNS, () => timed(ours), () => timed(theirs));
  const each = (all: readonly number[]) => `${(median(all) / times).toFixed(1)} ns`;
  return { group, name, figure: each(mine), ...compared(mine, others), rival: `${rival} (${each(others)})` };
}
