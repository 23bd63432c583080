/** What several storages counted, added up in one, is what one would have counted. */
import assert from "node:assert/strict";
import { Ledger, sumOfLedgers } from "../../src/core/ledger.ts";
import { SECONDS } from "../../src/process/buckets.ts";
import { contractText } from "../../src/process/contract_text.ts";
import { addDeltas, takeDeltas } from "../../src/process/deltas.ts";
import { MetricStorage } from "../../src/process/storage.ts";

const LABELS = ["path", "status"];

function storage(vmHistogram: boolean, maxSeries = 100): MetricStorage {
  return new MetricStorage({ vmHistogram, maxSeries, expiredSec: 300 });
}

/** Counts one request. */
function count(storage: MetricStorage, path: string, status: string, seconds: number): void {
  const group = storage.group("http", LABELS), set = group.find([path, status]);
  group.counter("http_requests_total", "").of(set).add(1, 1000);
  group.histogram("http_request_duration_seconds", "", SECONDS).of(set).observe(seconds, 1000);
}

/** Lines of all samples, in an order of their own. */
function text(storage: MetricStorage): string[] {
  return [...contractText(storage)].join("").split("\n").sort();
}

for (const vmHistogram of [false, true]) {
  Deno.test(`two lanes count what one does: ${vmHistogram ? "vmrange" : "le"}`, () => {
    const one = storage(vmHistogram), sum = storage(vmHistogram);
    const lanes = [storage(vmHistogram), storage(vmHistogram)];
    sum.group("http", LABELS).counter("http_requests_total", "");
    sum.group("http", LABELS).histogram("http_request_duration_seconds", "", SECONDS);
    for (let i = 0; i < 1000; i++) {
      const request = [`/${i % 7}`, i % 5 === 0 ? "500" : "200", (i % 64) / 64] as const;
      count(one, ...request);
      count(lanes[i % 3 === 0 ? 0 : 1], ...request);
      if (i % 100 !== 99) continue;
      for (const lane of lanes) addDeltas(sum, structuredClone(takeDeltas(lane)), 1000);
    }
    assert.deepEqual(text(sum), text(one));
    assert.deepEqual(takeDeltas(lanes[0]), [], "what was taken is gone");
  });
}

Deno.test("the ceiling of series holds in the sum, and what was cut or folded in a lane is counted there", () => {
  const sum = storage(false, 10), lane = storage(false, 6);
  sum.group("http", LABELS).counter("http_requests_total", "");
  sum.group("http", LABELS).histogram("http_request_duration_seconds", "", SECONDS);
  for (let round = 0; round < 4; round++) {
    for (let i = 0; i < 8; i++) count(lane, `/${round}/${i}${"x".repeat(i === 0 ? 2000 : 0)}`, "200", 0.1);
    addDeltas(sum, takeDeltas(lane), 1000);
  }
  const group = sum.group("http", LABELS);
  assert.equal(group.size, 10, "what the lane folded is one of them");
  assert.equal(group.cut, 4);
  assert.ok(group.folded > 8);
  const counted = text(sum).filter((line) => line.startsWith("http_requests_total")).map((line) => line.split(" ")[1]);
  assert.equal(counted.reduce((total, value) => total + Number(value), 0), 32);
});

Deno.test("what was counted by labels that the sum has no more is given up", () => {
  const sum = storage(false), lane = storage(false);
  count(lane, "/", "200", 1);
  sum.group("http", ["path"]).counter("http_requests_total", "");
  addDeltas(sum, takeDeltas(lane), 1000);
  assert.equal(sum.group("http", ["path"]).size, 0);
});

Deno.test("accounts that came from other threads are added up, whatever is in them", () => {
  const ledgers = [1, 2].map((factor) => {
    const ledger = new Ledger(), http = ledger.of("http");
    Object.assign(ledger, { packets: 10 * factor, flowsShed: factor });
    ledger.missing.cut = factor;
    ledger.flowsExpired.udp = factor;
    ledger.undecoded.add("not IP", factor);
    ledger.of(`only ${factor}`).requests = factor;
    Object.assign(http, { requests: 5 * factor, paired: 3 * factor, sampledOut: factor });
    http.waiting.size = factor;
    http.reasons.add("odd", factor);
    return structuredClone(ledger) as Ledger;
  });
  const total = sumOfLedgers(ledgers), http = total.of("http");
  assert.deepEqual([total.packets, total.flowsShed, total.missing.cut, total.flowsExpired.udp], [30, 3, 3, 3]);
  assert.deepEqual([...total.undecoded.counts], [["not IP", 3]]);
  assert.deepEqual([http.requests, http.paired, http.sampledOut, http.pending], [15, 9, 3, 3]);
  assert.deepEqual([...http.reasons.counts], [["odd", 3]]);
  assert.ok(http.balanced());
  assert.equal(total.of("only 2").requests, 2);
});
