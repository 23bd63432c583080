/** What a round trip into metrics costs where there are few series, and where there are many. */
import { MetricsStep } from "../../src/process/metrics.ts";
import { MetricStorage } from "../../src/process/storage.ts";
import { compared, inTurns, median } from "../measure.ts";
import { LABELS, taking, web } from "../process/round_trips.ts";
import type { Row } from "../table.ts";

const RUNS = 3;
const FEWEST = 10;
const SERIES = [1000, 10_000, 100_000];

export function scaleSeries(group: string): Row[] {
  const few = counting(FEWEST);
  return SERIES.map((paths): Row => {
    const [many, fewest] = inTurns(RUNS, counting(paths), few);
    return {
      group,
      name: `round trip into metrics with ${paths} paths`,
      figure: `${median(many).toFixed(0)} ns`,
      ...compared(many, fewest),
      rival: `with ${FEWEST} (${median(fewest).toFixed(0)} ns)`,
    };
  });
}

/** Paths are what makes series: each has one or two label sets. */
function counting(paths: number): () => number {
  const storage = new MetricStorage({ vmHistogram: false, expiredSec: 300, maxSeries: 1_000_000 });
  const step = new MetricsStep(storage, [web], new Map([["web", LABELS]]));
  return taking(paths, (roundTrip) => void step.roundTrip(roundTrip));
}
