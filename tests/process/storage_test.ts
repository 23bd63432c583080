/** Series come and go: expiry, ceilings, handles that were kept, and who is told. */
import assert from "node:assert/strict";
import { BYTES } from "../../src/process/buckets.ts";
import { contractText } from "../../src/process/contract_text.ts";
import { LABEL_CHARACTERS } from "../../src/process/group.ts";
import { MetricStorage, type StorageOptions } from "../../src/process/storage.ts";

function made(options: Partial<StorageOptions> = {}) {
  const storage = new MetricStorage({ vmHistogram: false, expiredSec: 300, maxSeries: 50_000, ...options });
  const group = storage.group("test", ["path"]);
  const requests = group.counter("requests_total", "Requests");
  const rows = group.counter("rows", "Rows");
  const count = (path: string, sec: number) => requests.of(group.find([path])).add(1, sec);
  return { storage, group, requests, rows, count };
}

function textOf(storage: MetricStorage): string[] {
  return [...contractText(storage)].join("").split("\n").slice(0, -1);
}

Deno.test("what is updated stays; what is not is deleted after more than the time, and begins at 0 again", () => {
  const { storage, count } = made();
  count("/a", 1000);
  count("/a", 1000);
  count("/b", 1100);
  storage.sweep(1300);
  assert.deepEqual(textOf(storage), ['requests_total{path="/a"} 2.000000', 'requests_total{path="/b"} 1.000000']);
  storage.sweep(1301);
  assert.deepEqual(textOf(storage), ['requests_total{path="/b"} 1.000000']);
  count("/a", 1302);
  assert.ok(textOf(storage).includes('requests_total{path="/a"} 1.000000'));
});

Deno.test("series of one label set expire each by itself", () => {
  const { storage, group, requests, rows } = made();
  const set = group.find(["/a"]);
  rows.of(set).add(7, 1000);
  requests.of(set).add(1, 1200);
  storage.sweep(1400);
  assert.deepEqual(textOf(storage), ['requests_total{path="/a"} 1.000000']);
  assert.equal(group.find(["/a"]), set);
  assert.ok(set.live);
});

Deno.test("a label set that was kept counts on after it expired, alone or where another took its place", () => {
  const { storage, group, requests, count } = made();
  const kept = group.find(["/a"]);
  requests.of(kept).add(5, 1000);
  storage.sweep(2000);
  assert.equal(kept.live, false);
  assert.deepEqual(textOf(storage), []);
  requests.of(kept).add(1, 2001);
  count("/a", 2002);
  requests.of(kept).add(1, 2003);
  assert.deepEqual(textOf(storage), ['requests_total{path="/a"} 3.000000']);
  assert.equal(group.size, 1);
});

Deno.test("a time that lies in the future does not keep a series for ever", () => {
  const { storage, count } = made();
  count("/a", 4_000_000_000);
  storage.sweep(1000);
  storage.sweep(1300);
  assert.equal(textOf(storage).length, 1);
  storage.sweep(1301);
  assert.deepEqual(textOf(storage), []);
});

Deno.test("beyond the ceiling new label sets fold into one series, known ones count on, and room is used again", () => {
  const { storage, group, count } = made({ maxSeries: 3 });
  for (let i = 0; i < 10; i++) count(`/${i}`, 1000);
  count("/1", 1200);
  assert.equal(group.folded, 7);
  assert.deepEqual(textOf(storage), [
    'requests_total{path="/0"} 1.000000',
    'requests_total{path="/1"} 2.000000',
    'requests_total{path="/2"} 1.000000',
    'requests_total{path="_other"} 7.000000',
  ]);
  storage.sweep(1400);
  assert.deepEqual(textOf(storage), ['requests_total{path="/1"} 2.000000']);
  count("/9", 1401);
  assert.ok(textOf(storage).includes('requests_total{path="/9"} 1.000000'));
});

Deno.test("however many label sets come, no more than the ceiling are held", () => {
  const { storage, group, count } = made({ maxSeries: 100 });
  for (let sec = 0; sec < 1000; sec++) {
    for (let i = 0; i < 100; i++) count(`/${sec}/${i}`, sec);
    if (sec % 150 === 0) storage.sweep(sec);
    assert.ok(group.size <= 101);
  }
  storage.sweep(10_000);
  assert.equal(group.size, 0);
});

Deno.test("long label values are cut and counted, and what is cut alike is one series", () => {
  const { storage, group, count } = made();
  const longest = "x".repeat(LABEL_CHARACTERS);
  count(longest, 1);
  count(longest + "a", 1);
  count(longest + "b", 1);
  assert.equal(group.cut, 2);
  assert.deepEqual(textOf(storage), [
    `requests_total{path="${longest}"} 1.000000`,
    `requests_total{path="${longest.slice(1)}…"} 2.000000`,
  ]);
});

Deno.test("values that are no Unicode text are shown with U+FFFD, in one series", () => {
  const { storage, group, count } = made();
  count("/\ud800", 1);
  count("/\ud800", 1);
  count("/\udfff", 1);
  assert.equal(group.size, 1);
  assert.deepEqual(textOf(storage), ['requests_total{path="/\ufffd"} 3.000000']);
});

Deno.test("without labels there is one series, which never folds", () => {
  const storage = new MetricStorage({ vmHistogram: false, expiredSec: 300, maxSeries: 1 });
  const group = storage.group("test", []);
  const requests = group.counter("requests_total", "Requests");
  for (let i = 0; i < 5; i++) requests.of(group.find([])).add(1, i);
  assert.deepEqual(textOf(storage), ["requests_total{} 5.000000"]);
  storage.sweep(1000);
  requests.of(group.find([])).add(1, 1001);
  assert.deepEqual(textOf(storage), ["requests_total{} 1.000000"]);
});

Deno.test("who listens is told of every series that expires or is reset, with what it counted last", () => {
  const { storage, group, count } = made();
  const sizes = group.histogram("bytes", "Bytes", BYTES);
  const told: string[] = [];
  storage.expiryListeners.add((family, set, series) => {
    let samples = 0;
    series.samples(() => samples++);
    told.push(`${family.name} ${set.values} ${samples}`);
  });
  count("/a", 1000);
  sizes.of(group.find(["/a"])).observe(1, 1000);
  count("/b", 1500);
  storage.sweep(1500);
  assert.deepEqual(told, ["requests_total /a 1", "bytes /a 18"]);
  storage.reset();
  assert.deepEqual(told.slice(2), ["requests_total /b 1"]);
  assert.deepEqual(textOf(storage), []);
  count("/b", 1501);
  assert.deepEqual(textOf(storage), ['requests_total{path="/b"} 1.000000']);
});
