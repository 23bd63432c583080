/** What the runs of one load come to: medians, with their spread where they swing. */
import { median } from "../measure.ts";
import type { Row } from "../table.ts";
import type { Observation } from "./observation.ts";

/** CPU seconds a round trip that the Go packetd took of nginx with wrk at least, as measured elsewhere on two cores. */
const GO_SECONDS = 31e-6;

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

export function rowsOf(group: string, load: string, runs: Runs, names: Names): Row[] {
  const { tcpdump, log, stats, agent, go } = names;
  const alone = runs.get("")!, beside = runs.get(tcpdump)!;
  const rows: Row[] = [{
    group,
    name: `${load}: ${tcpdump}`,
    figure: figure(beside),
    ...kept(beside, alone, "rate alone"),
  }];
  for (const [name, own] of runs) {
    if (name === "" || name === tcpdump) continue;
    rows.push({ group, name: `${load}: ${name}`, figure: figure(own), ...kept(own, beside, "rate beside tcpdump") });
  }
  const compare = (name: string, figure: string, ratio: number, rival: string) =>
    rows.push({ group, name: `${load}: ${name}`, figure, ratio, rival });
  const [ofStats, ofLog] = [perRoundTrip(runs.get(stats)!), perRoundTrip(runs.get(log)!)];
  compare("CPU of stats", micros(ofStats), ofStats / ofLog, log);
  const ofAgent = perRoundTrip(runs.get(agent)!), installed = runs.get(go);
  if (installed !== undefined) compare("CPU of the agent", micros(ofAgent), ofAgent / perRoundTrip(installed), go);
  else if (group === "live/nginx") {
    compare(
      "CPU of the agent",
      micros(ofAgent),
      ofAgent / GO_SECONDS,
      `${go} as measured elsewhere, ${micros(GO_SECONDS)}`,
    );
  }
  return rows;
}

/** The share of the rate that is left, run by run. */
function kept(
  own: readonly Observation[],
  others: readonly Observation[],
  rival: string,
): Pick<Row, "ratio" | "rival"> {
  const shares = own.map(({ perSecond }, i) => perSecond / others[i].perSecond);
  return {
    ratio: median(shares),
    rival: `${rival} (${rounded(Math.min(...shares), 2)} to ${rounded(Math.max(...shares), 2)})`,
  };
}

/** What an observer did, in words. */
function figure(runs: readonly Observation[]): string {
  const middle = (of: (run: Observation) => number) => median(runs.map(of));
  const parts = [
    `${rounded(middle((run) => run.perSecond))}/s`,
    shares(runs.map((run) => run.pairedShare)),
    drops(runs.map((run) => run.dropped)),
    known(
      middle((run) => run.cpuSeconds / run.packets * 1e6),
      (seconds) => `${rounded(seconds, 2)} CPU s per million packets`,
    ),
    known(perRoundTrip(runs), micros),
    known(middle((run) => run.peakBytes), (bytes) => `${rounded(bytes / 2 ** 20)} MB`),
    known(Math.max(...runs.map((run) => run.stallSeconds)), (seconds) => `longest stall ${rounded(seconds * 1000)} ms`),
  ];
  return parts.filter((part) => part !== "").join(", ");
}

/** CPU seconds of a request that the generator counted. */
function perRoundTrip(runs: readonly Observation[]): number {
  return median(runs.map(({ cpuSeconds, requests }) => cpuSeconds / requests));
}

function micros(seconds: number): string {
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
