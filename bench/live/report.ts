/** What the runs of one load come to: medians, with their spread where they swing. */
import { median } from "../measure.ts";
import type { Row } from "../table.ts";
import type { Observation } from "./observation.ts";

/** Runs of one load, one after another; those with the same number belong together. By observer; "" is nobody. */
export type Runs = ReadonlyMap<string, readonly Observation[]>;

export interface Names {
  readonly tcpdump: string;
  /** Of packetd, those whose figures are set beside others'. */
  readonly log: string;
  readonly stats: string;
  readonly agent: string;
  readonly go: string;
}

/** @param goSeconds CPU that the Go packetd takes of a round trip where it is not installed; NaN where that is not known */
export function rowsOf(group: string, load: string, runs: Runs, names: Names, goSeconds: number): Row[] {
  const alone = runs.get("")!, tcpdump = runs.get(names.tcpdump)!, log = runs.get(names.log)!;
  const rate = (run: Observation) => run.perSecond;
  const row = (name: string, figure: string, compared: Pick<Row, "ratio" | "rival">): Row => ({
    group,
    name: `${load}: ${name}`,
    figure,
    ...compared,
  });
  const rows = [row(names.tcpdump, figure(tcpdump), inPairs(tcpdump, alone, rate, "rate alone"))];
  for (const [name, own] of runs) {
    if (name === "" || own === tcpdump) continue;
    rows.push(row(name, figure(own), inPairs(own, tcpdump, rate, "rate beside tcpdump")));
  }
  const stats = runs.get(names.stats)!, agent = runs.get(names.agent)!, go = runs.get(names.go);
  const micros = (own: readonly Observation[]) => microsText(median(own.map(cpuOfOne)));
  rows.push(row("CPU of stats", micros(stats), inPairs(stats, log, cpuOfOne, names.log)));
  if (go !== undefined) rows.push(row("CPU of the agent", micros(agent), inPairs(agent, go, cpuOfOne, names.go)));
  else if (!Number.isNaN(goSeconds)) {
    const ratio = median(agent.map(cpuOfOne)) / goSeconds;
    const rival = `${names.go}, ${microsText(goSeconds)} as measured elsewhere`;
    rows.push(row("CPU of the agent", micros(agent), { ratio, rival }));
  }
  return rows;
}

/** Runs of the same round beside each other: the median of their ratios, and between what these lie. */
function inPairs(
  own: readonly Observation[],
  others: readonly Observation[],
  of: (run: Observation) => number,
  rival: string,
): Pick<Row, "ratio" | "rival"> {
  const ratios = own.map((run, i) => of(run) / of(others[i]));
  const [least, most] = [Math.min(...ratios), Math.max(...ratios)].map((ratio) => rounded(ratio, 2));
  return { ratio: median(ratios), rival: `${rival} (${least} to ${most})` };
}

/** CPU seconds of a request that the generator counted. */
function cpuOfOne({ cpuSeconds, requests }: Observation): number {
  return cpuSeconds / requests;
}

/** What an observer did, in words. */
function figure(runs: readonly Observation[]): string {
  const middle = (of: (run: Observation) => number) => median(runs.map(of));
  const parts = [
    `${rounded(middle((run) => run.perSecond))}/s`,
    shares(runs.map((run) => run.pairedShare)),
    drops(runs.map((run) => run.dropped)),
    passedOver(runs.map((run) => run.passedOver)),
    known(
      middle((run) => run.cpuSeconds / run.packets * 1e6),
      (seconds) => `${rounded(seconds, 2)} CPU s per million packets`,
    ),
    known(middle(cpuOfOne), microsText),
    known(middle((run) => run.peakBytes), (bytes) => `${rounded(bytes / 2 ** 20)} MB`),
    known(Math.max(...runs.map((run) => run.stallSeconds)), (seconds) => `longest stall ${rounded(seconds * 1000)} ms`),
  ];
  return parts.filter((part) => part !== "").join(", ");
}

function microsText(seconds: number): string {
  return `${rounded(seconds * 1e6, 2)} us a round trip`;
}

function shares(all: readonly number[]): string {
  return known(median(all), (middle) => {
    const least = Math.min(...all), most = Math.max(...all);
    const swing = least === most ? "" : ` (${percent(least)} to ${percent(most)})`;
    return `${percent(middle)} paired${swing}`;
  });
}

function drops(all: readonly number[]): string {
  return known(median(all), (middle) => {
    const most = Math.max(...all);
    return `${middle} dropped${most === middle ? "" : ` (at most ${most})`}`;
  });
}

function passedOver(all: readonly number[]): string {
  const most = Math.max(...all);
  return most > 0 ? `up to ${most} passed over with their flows` : "";
}

/** Rounded down: only what is whole reads as 100 %. */
function percent(share: number): string {
  return `${Math.floor(share * 100_000) / 1000} %`;
}

function rounded(value: number, digits = 0): string {
  return value.toFixed(digits);
}

function known(value: number, text: (value: number) => string): string {
  return Number.isNaN(value) ? "" : text(value);
}
