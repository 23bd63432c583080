/** What counting costs: round trips into metrics beside other ways to find a series, and the text of many series. */
import { contractText } from "../../src/process/contract_text.ts";
import { LabelTree } from "../../src/process/label_tree.ts";
import { MetricsStep } from "../../src/process/metrics.ts";
import { MetricStorage } from "../../src/process/storage.ts";
import { compared, inTurns, median, timed } from "../measure.ts";
import type { Row } from "../table.ts";
import { LABELS, roundTrips, type Take, taking, web } from "./round_trips.ts";

const RUNS = 3;
const PATHS = 500;
const SETS = 50_000;

export function processMetrics(group: string): Row[] {
  const joined = () => keyed((values) => values.join("\xff"));
  const lookedUp = "a map by joined label values, looked up only";
  const rows = [
    row("label set of 4 values, tree", PATHS, inTree, "a map by joined label values", joined),
    row(
      "label set of 4 values, tree, against JSON",
      PATHS,
      inTree,
      "a map by JSON",
      () => keyed((values) => JSON.stringify(values)),
    ),
    row(`round trip into le metrics, 4 labels, ${PATHS} paths`, PATHS, () => counted(false, SETS), lookedUp, joined),
    row(
      `round trip into vmrange metrics, 4 labels, ${PATHS} paths`,
      PATHS,
      () => counted(true, SETS),
      lookedUp,
      joined,
    ),
    row("round trip beyond the ceiling of series", 1e9, () => counted(false, 100), lookedUp, joined),
    exposition(),
  ];
  return rows.map((row) => ({ group, ...row }));
}

/** @param paths how many different ones the round trips ask for */
function row(name: string, paths: number, ours: () => Take, rival: string, theirs: () => Take): Omit<Row, "group"> {
  const [mine, others] = inTurns(RUNS, taking(paths, ours()), taking(paths, theirs()));
  const each = (all: readonly number[]) => `${median(all).toFixed(0)} ns`;
  return { name, figure: each(mine), ...compared(mine, others), rival: `${rival} (${each(others)})` };
}

function counted(vmHistogram: boolean, maxSeries: number): Take {
  const storage = new MetricStorage({ vmHistogram, expiredSec: 300, maxSeries });
  const step = new MetricsStep(storage, [web], new Map([["web", LABELS]]));
  return (roundTrip) => void step.roundTrip(roundTrip);
}

/** Finding what belongs to four label values, by a key that is made of them. */
function keyed(key: (values: readonly string[]) => string): Take {
  const found = new Map<string, { count: number }>();
  return lookedUp((values) => {
    const text = key(values);
    let at = found.get(text);
    if (at === undefined) found.set(text, at = { count: 0 });
    at.count++;
  });
}

function inTree(): Take {
  const tree = new LabelTree<{ count: number }>(4);
  return lookedUp((values) => {
    let at = tree.find(values);
    if (at === undefined) tree.add([...values], at = { count: 0 });
    at.count++;
  });
}

function lookedUp(find: (values: readonly string[]) => void): Take {
  const values = ["80", "", "", ""];
  return ({ detail }) => {
    values[1] = detail.method;
    values[2] = detail.path;
    values[3] = String(detail.status);
    find(values);
  };
}

function exposition(): Omit<Row, "group"> {
  const storage = new MetricStorage({ vmHistogram: false, expiredSec: 300, maxSeries: SETS });
  const step = new MetricsStep(storage, [web], new Map([["web", LABELS]]));
  for (const roundTrip of roundTrips(SETS * 4)) step.roundTrip(roundTrip);
  const encoder = new TextEncoder();
  let bytes = 0, longest = 0;
  const write = () => {
    bytes = 0;
    let before = performance.now();
    for (const chunk of contractText(storage)) {
      bytes += encoder.encode(chunk).length;
      const now = performance.now();
      longest = Math.max(longest, now - before);
      before = now;
    }
  };
  write();
  const [written, filled] = inTurns(RUNS, () => timed(write), () => timed(() => new Uint8Array(bytes).fill(1)));
  const ms = (all: readonly number[]) => `${Math.round(median(all) / 1e6)} ms`;
  return {
    name: `text of ${SETS} label sets in chunks`,
    figure: `${ms(written)}, ${Math.round(bytes / median(written) * 1e3)} MB/s, longest chunk ${longest.toFixed(1)} ms`,
    ...compared(written, filled),
    rival: `filling as many bytes (${ms(filled)})`,
  };
}
