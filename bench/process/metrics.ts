/** What counting costs: round trips into metrics beside other ways to find a series, and the text of many series. */
import { latin1 } from "../../src/bytes/text.ts";
import { Endpoint, type Flow } from "../../src/core/flow.ts";
import type { Protocol } from "../../src/core/protocol.ts";
import { RoundTrip } from "../../src/core/roundtrip.ts";
import { contractText } from "../../src/process/contract_text.ts";
import { LabelTree } from "../../src/process/label_tree.ts";
import { MetricsStep } from "../../src/process/metrics.ts";
import { MetricStorage } from "../../src/process/storage.ts";
import { seeded } from "../../tests/tools/random.ts";
import { median, timed } from "../measure.ts";
import type { Row } from "../table.ts";

const ROUND_TRIPS = 200_000;
const RUNS = 7;
const PATHS = 500;
const LABELS = ["server.port", "request.method", "request.path", "response.status_code"];

interface Asked {
  readonly method: string;
  readonly path: string;
  readonly status: number;
}

const web = {
  name: "web",
  title: "Web",
  labels: {
    "request.method": { name: "method", read: ({ detail }) => detail.method },
    "request.path": { name: "path", read: ({ detail }) => detail.path },
    "response.status_code": { name: "status_code", read: ({ detail }) => String(detail.status) },
  },
} as Pick<Protocol<Asked>, "name" | "title" | "labels"> as Protocol;

/** Round trips as they come from a decoder: their paths are strings that were never looked up before. */
function roundTrips(paths: number): RoundTrip<Asked>[] {
  const random = seeded(1);
  const flow: Flow = {
    transport: "tcp",
    client: new Endpoint(Uint8Array.of(10, 0, 0, 1), 40000),
    server: new Endpoint(Uint8Array.of(10, 0, 0, 2), 80),
    sawStart: true,
  };
  return Array.from({ length: ROUND_TRIPS }, (_, i) => {
    const bytes = new TextEncoder().encode(`/products/${Math.trunc(random() * paths)}/details`);
    const detail = { method: "GET", path: latin1(bytes, 0, bytes.length), status: i % 50 === 0 ? 404 : 200 };
    const roundTrip = new RoundTrip<Asked>(web as Protocol<Asked>, flow, detail, i, 0, 600);
    roundTrip.responseSec = i;
    roundTrip.responseNsec = Math.trunc(random() * 5e7);
    roundTrip.responseBytes = 1000 + i % 5000;
    roundTrip.answered = true;
    return roundTrip;
  });
}

/** Nanoseconds a round trip. */
function each(paths: number, work: (all: readonly RoundTrip<Asked>[]) => void): number {
  return median(Array.from({ length: RUNS }, () => {
    const all = roundTrips(paths);
    return timed(() => work(all)) / all.length;
  }));
}

function stepped(paths: number, vmHistogram: boolean, maxSeries: number): number {
  const storage = new MetricStorage({ vmHistogram, expiredSec: 300, maxSeries });
  const step = new MetricsStep(storage, [web], new Map([["web", LABELS]]));
  return each(paths, (all) => all.forEach((roundTrip) => step.roundTrip(roundTrip)));
}

/** Finding what belongs to four label values, by a key that is made of them. */
function keyed(key: (values: readonly string[]) => string): number {
  const found = new Map<string, { count: number }>();
  return lookedUp((values) => {
    const text = key(values);
    let at = found.get(text);
    if (at === undefined) found.set(text, at = { count: 0 });
    at.count++;
  });
}

function lookedUp(find: (values: readonly string[]) => void): number {
  const values = ["80", "", "", ""];
  return each(PATHS, (all) =>
    all.forEach(({ detail }) => {
      values[1] = detail.method;
      values[2] = detail.path;
      values[3] = String(detail.status);
      find(values);
    }));
}

function treeLookup(): number {
  const tree = new LabelTree<{ count: number }>(4);
  return lookedUp((values) => {
    let at = tree.find(values);
    if (at === undefined) tree.add([...values], at = { count: 0 });
    at.count++;
  });
}

function exposition(): Row {
  const sets = 50_000;
  const storage = new MetricStorage({ vmHistogram: false, expiredSec: 300, maxSeries: sets });
  const step = new MetricsStep(storage, [web], new Map([["web", LABELS]]));
  for (const roundTrip of roundTrips(sets * 4)) step.roundTrip(roundTrip);
  let bytes = 0, longest = 0, before = 0;
  const encoder = new TextEncoder();
  const written = median(Array.from({ length: 3 }, () =>
    timed(() => {
      bytes = 0;
      before = performance.now();
      for (const chunk of contractText(storage)) {
        bytes += encoder.encode(chunk).length;
        const now = performance.now();
        longest = Math.max(longest, now - before);
        before = now;
      }
    })));
  const copied = median(Array.from({ length: 3 }, () => timed(() => new Uint8Array(bytes).fill(1))));
  const mb = Math.round(bytes / 1e6);
  return {
    group: "process/metrics",
    name: `text of ${sets} label sets, ${mb} MB in chunks`,
    figure: `${Math.round(written / 1e6)} ms, ${Math.round(bytes / written * 1e3)} MB/s, ` +
      `longest chunk ${longest.toFixed(1)} ms`,
    ratio: written / copied,
    rival: `filling as many bytes (${Math.round(copied / 1e6)} ms)`,
  };
}

export function processMetrics(): Promise<Row[]> {
  const joined = keyed((values) => values.join("\xff")), json = keyed((values) => JSON.stringify(values));
  const tree = treeLookup();
  const row = (name: string, ns: number, rivalNs: number, rival: string): Row => ({
    group: "process/metrics",
    name,
    figure: `${ns.toFixed(0)} ns`,
    ratio: ns / rivalNs,
    rival: `${rival} (${rivalNs.toFixed(0)} ns)`,
  });
  const rival = "a map by joined label values, looked up only";
  return Promise.resolve([
    row("label set of 4 values, tree", tree, joined, "a map by joined label values"),
    row("label set of 4 values, tree", tree, json, "a map by JSON"),
    row(`round trip into le metrics, 4 labels, ${PATHS} paths`, stepped(PATHS, false, 50_000), joined, rival),
    row(`round trip into vmrange metrics, 4 labels, ${PATHS} paths`, stepped(PATHS, true, 50_000), joined, rival),
    row("round trip beyond the ceiling of series", stepped(1e9, false, 100), joined, rival),
    exposition(),
  ]);
}
