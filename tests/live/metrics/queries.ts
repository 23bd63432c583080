/** Questions in PromQL, and whether the answers are what `packetd log` printed. */
import { pause } from "../harness.ts";
import type { Observed, Printed } from "./observed.ts";

const POLL_MS = 250, PATIENCE_MS = 30_000;

/** One series of an answer. */
interface Answered {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: readonly [time: number, text: string];
}

/** What answers. */
export class Database {
  constructor(readonly port: number) {}

  /** Values by what `name` makes of a series' labels. */
  async query(query: string, name: (labels: Readonly<Record<string, string>>) => string): Promise<Map<string, number>> {
    const url = `http://127.0.0.1:${this.port}/api/v1/query?nocache=1&query=${encodeURIComponent(query)}`;
    const response = await fetch(url);
    const text = await response.text();
    if (!response.ok) throw new Error(`${query}: ${text}`);
    const answered: Answered[] = JSON.parse(text).data.result;
    return new Map(answered.map(({ metric, value }) => [name(metric), Number(value[1])]));
  }
}

/** All protocols' names, as a pattern. */
export function anyOf({ printed }: Observed): string {
  return [...printed.keys()].join("|");
}

/** `http_requests_total` as `http`. */
export function protocolOf({ __name__ }: Readonly<Record<string, string>>): string {
  return __name__.slice(0, __name__.indexOf("_"));
}

/** Asks until every protocol has as many as were printed. @returns what is wrong when that does not come about */
export async function unlikePrinted(
  { printed }: Observed,
  ask: () => Promise<ReadonlyMap<string, number>>,
): Promise<string[]> {
  const wanted = [...printed].map(([protocol, { count }]) => `${protocol}: ${count}`);
  let found: string[] = [];
  const limit = performance.now() + PATIENCE_MS;
  do {
    found = [...await ask()].map(([protocol, count]) => `${protocol}: ${count}`);
    if (found.toSorted().join() === wanted.toSorted().join()) return [];
    await pause(POLL_MS);
  } while (performance.now() < limit);
  return [`found ${found.join(", ")}`, `printed ${wanted.join(", ")}`];
}

/** Asks until the answer is empty. */
export async function notGone(ask: () => Promise<ReadonlyMap<string, number>>): Promise<string[]> {
  const limit = performance.now() + PATIENCE_MS;
  for (;;) {
    const found = await ask();
    if (found.size === 0) return [];
    if (performance.now() > limit) return [`still there: ${[...found.keys()].join(", ")}`];
    await pause(POLL_MS);
  }
}

/**
 * Whether quantiles are as exact as buckets let them be.
 *
 * @param around the least and the most that a histogram may say of a value
 */
export function unlikeQuantiles(
  { printed }: Observed,
  quantile: number,
  found: ReadonlyMap<string, number>,
  around: (seconds: number) => readonly [least: number, most: number],
): string[] {
  return [...printed].flatMap(([protocol, { seconds }]: [string, Printed]) => {
    const exact = seconds[Math.ceil(quantile * seconds.length) - 1];
    const told = found.get(protocol) ?? NaN;
    const [least, most] = around(exact);
    return told >= least && told <= most
      ? []
      : [`${protocol}: ${told}, but ${quantile} of all take at most ${exact} s`];
  });
}
