/** What remote write sends: the message, its headers, the order of time, and how a series ends. */
import assert from "node:assert/strict";
import { RemoteWrite } from "../../src/export/remote_write.ts";
import { BYTES, SECONDS } from "../../src/process/buckets.ts";
import { MetricStorage } from "../../src/process/storage.ts";
import { VERSION } from "../../src/core/version.ts";
import { until } from "../agent/support.ts";
import { labelsText, TestReceiver, timeSeries } from "./remote_write_receiver.ts";
import { exporterOf, NEVER_NS, storageOf } from "./remote_write_support.ts";

const SOON_NS = 30e6;
const golden = new URL("remote_write_golden.jsonl", import.meta.url);

interface GoldenSeries {
  readonly labels: [name: string, value: string][];
  readonly value: number;
}

/** What the contract's request counted. */
function goldenStorage(): MetricStorage {
  const storage = new MetricStorage({ vmHistogram: false, expiredSec: 300, maxSeries: 1000 });
  const http = storage.group("http", ["server_port", "method", "path", "remote_host", "status_code"]);
  const home = http.find(["80", "GET", "/", "10.99.0.2", "200"]);
  http.counter("http_requests_total", "").of(home).add(2, 1);
  const durations = http.histogram("http_request_duration_seconds", "", SECONDS).of(home);
  for (const seconds of [0.0005, 0.042547059]) durations.observe(seconds, 1);
  const redis = storage.group("redis", ["server_address", "command"]);
  const sizes = redis.histogram("redis_response_body_bytes", "", BYTES).of(redis.find(["10.99.0.2", "GET"]));
  for (const bytes of [2, 3, 20_000]) sizes.observe(bytes, 1);
  const mongodb = storage.group("mongodb", ["service", "source", "ok"]);
  const commands = mongodb.counter("mongodb_requests_total", "");
  for (const service of ["", "getLog"]) commands.of(mongodb.find([service, "admin", "1"])).add(2, 1);
  const connections = storage.group("connections", []);
  connections.gauge("tcp_active_conns", "").of(connections.find([])).set(6, 1);
  return storage;
}

Deno.test("the contract's series, with labels in order and without empty ones, as the specification asks", async () => {
  await using receiver = await TestReceiver.open();
  const header = new Map([["X-Metric-Header", "lab"]]);
  const { exporter } = exporterOf(goldenStorage(), receiver.url, { header });
  const fromMs = Date.now();
  await exporter.close(5000);

  const lines = (await Deno.readTextFile(golden)).trim().split("\n");
  const wanted = lines.map((line) => JSON.parse(line) as GoldenSeries).map(({ labels, value }) => {
    const named = labels.filter(([, text]) => text !== "").sort(([a], [b]) => a < b ? -1 : 1);
    return `${named.map(([name, text]) => `${name}=${text}`).join(" ")} ${value}`;
  });
  const sent = receiver.series.map((series) => `${labelsText(series)} ${series.samples[0].value}`);
  assert.deepEqual(sent.sort(), wanted.sort());

  const times = new Set(receiver.series.flatMap(({ samples }) => samples.map(({ timestamp }) => timestamp)));
  assert.equal(times.size, 1);
  assert.ok([...times].every((time) => time >= fromMs && time <= Date.now()));
  assert.equal(receiver.received.length, 1);
  const [{ headers, url }] = receiver.received;
  assert.equal(url, "/api/v1/write");
  assert.equal(headers["content-encoding"], "snappy");
  assert.equal(headers["content-type"], "application/x-protobuf");
  assert.equal(headers["x-prometheus-remote-write-version"], "0.1.0");
  assert.equal(headers["user-agent"], `packetd/${VERSION}`);
  assert.equal(headers["x-metric-header"], "lab");
});

Deno.test("every interval one push, the first after one interval; timestamps grow", async () => {
  await using receiver = await TestReceiver.open();
  const { storage, count } = storageOf();
  count("/a");
  const { exporter } = exporterOf(storage, receiver.url, { intervalNs: SOON_NS });
  assert.equal(exporter.state().pushes, 0);
  await until("three pushes", () => receiver.taken.length >= 3 || undefined);
  await exporter.close(5000);
  assert.equal(receiver.connections, 1);
  const times = receiver.samplesOf("__name__=web_requests_total method=GET path=/a").map(({ timestamp }) => timestamp);
  assert.deepEqual(times, [...new Set(times)].sort((a, b) => a - b));
  const { pushes, samples, requests, failed, waiting, trouble, dropped } = exporter.state();
  assert.deepEqual([pushes, samples, requests, failed], [times.length, times.length, times.length, 0]);
  assert.deepEqual(waiting, { requests: 0, samples: 0, bytes: 0 });
  assert.deepEqual(Object.values(dropped), [0, 0, 0, 0, 0]);
  assert.equal(trouble, "");
});

Deno.test("nothing is sent when there is nothing", async () => {
  await using receiver = await TestReceiver.open();
  const { exporter } = exporterOf(storageOf().storage, receiver.url);
  await exporter.close(5000);
  assert.equal(receiver.received.length, 0);
});

Deno.test("ranges are series with the label vmrange, only those that hold something", async () => {
  await using receiver = await TestReceiver.open();
  const { storage, observe } = storageOf({ vmHistogram: true });
  for (const seconds of [0.0012, 0.0012, 0]) observe("/a", seconds);
  const { exporter } = exporterOf(storage, receiver.url);
  await exporter.close(5000);
  const name = "web_request_duration_seconds", rest = "method=GET path=/a";
  assert.deepEqual(receiver.series.map((series) => `${labelsText(series)}: ${series.samples[0].value}`), [
    `__name__=${name}_bucket ${rest} vmrange=0...1.000e-09: 1`,
    `__name__=${name}_bucket ${rest} vmrange=1.136e-03...1.292e-03: 2`,
    `__name__=${name}_sum ${rest}: 0.0024`,
    `__name__=${name}_count ${rest}: 3`,
  ]);
});

Deno.test("text of any language and of hostile clients arrives as it is", async () => {
  await using receiver = await TestReceiver.open();
  const { storage, count } = storageOf();
  const paths = ["/ä", "/世界", '/"quoted"\\', "/two\nlines", `/${"l".repeat(1000)}`, "/\u{1f600}", "/\0"];
  for (const path of paths) count(path);
  const { exporter } = exporterOf(storage, receiver.url);
  await exporter.close(5000);
  assert.deepEqual(receiver.series.map(({ labels }) => labels.find(([name]) => name === "path")![1]), paths);
});

Deno.test("a large push is cut into requests, each series whole in one, and lets timers have their turns", async () => {
  await using receiver = await TestReceiver.open();
  const { storage, count, observe } = storageOf();
  const sets = 4000;
  for (let i = 0; i < sets; i++) {
    count(`/items/${i}`);
    observe(`/items/${i}`, 0.002);
  }
  const { exporter } = exporterOf(storage, receiver.url);
  let turns = 0;
  const timer = setInterval(() => turns++, 1);
  await exporter.close(30_000);
  clearInterval(timer);
  const sizes = receiver.taken.map(({ body }) => timeSeries(body).length);
  assert.ok(sizes.length > 10 && Math.max(...sizes) < 7000, `${sizes}`);
  assert.equal(new Set(receiver.series.map(labelsText)).size, sets * 21);
  assert.equal(exporter.state().samples, sets * 21);
  assert.ok(turns > 10, `${turns} turns`);
});

Deno.test("a series that expires is sent once more with what it counted last, and ends with a marker", async () => {
  await using receiver = await TestReceiver.open();
  const { storage, count, observe } = storageOf();
  count("/a", 1000);
  observe("/a", 0.002);
  count("/b", 1500);
  const { exporter } = exporterOf(storage, receiver.url, { intervalNs: SOON_NS });
  await until("a push", () => receiver.taken.length > 0 || undefined);
  count("/a", 1000);
  storage.sweep(1400);
  await exporter.close(5000);
  const samples = receiver.samplesOf("__name__=web_requests_total method=GET path=/a");
  const [last, marker] = samples.slice(-2);
  assert.deepEqual([last.value, last.isStale, marker.isStale], [2, false, true]);
  assert.equal(marker.timestamp, last.timestamp + 1);
  assert.ok(samples.slice(0, -2).every(({ value, timestamp }) => value === 1 && timestamp < last.timestamp));
  const bucket = receiver.samplesOf("__name__=web_request_duration_seconds_bucket le=+Inf method=GET path=/a");
  assert.ok(bucket.at(-1)!.isStale);
  assert.ok(receiver.samplesOf("__name__=web_requests_total method=GET path=/b").every(({ isStale }) => !isStale));
});

Deno.test("what is reset and comes back begins anew behind the marker, and no timestamp comes twice", async () => {
  await using receiver = await TestReceiver.open();
  const { storage, count } = storageOf();
  const { exporter } = exporterOf(storage, receiver.url, { intervalNs: SOON_NS });
  for (let round = 0; round < 20; round++) {
    count("/a");
    count("/a");
    await new Promise((resolve) => setTimeout(resolve, 10));
    storage.reset();
  }
  count("/a");
  await exporter.close(5000);
  const samples = receiver.samplesOf("__name__=web_requests_total method=GET path=/a");
  const times = samples.map(({ timestamp }) => timestamp);
  assert.deepEqual(times, [...new Set(times)].sort((a, b) => a - b));
  assert.equal(samples.filter(({ isStale }) => isStale).length, 20);
  samples.forEach(({ isStale }, i) => isStale && assert.equal(samples[i - 1].value, 2));
  assert.equal(samples.at(-1)!.value, 1);
});

Deno.test("a series that begins anew while a push is written waits for the next push", async () => {
  await using receiver = await TestReceiver.open();
  const { storage, count, observe } = storageOf();
  const last = "/items/4999";
  for (let i = 0; i < 5000; i++) {
    observe(`/items/${i}`, 1);
    count(`/items/${i}`, i === 4999 ? 1000 : 2000);
  }
  observe(last, 1);
  const group = storage.groups[0];
  const { exporter } = exporterOf(storage, receiver.url);
  const closing = exporter.close(30_000);
  await new Promise((resolve) => setTimeout(resolve)); // the push has begun
  // Of this label set, the counter is old and the histogram is not.
  group.families.find(({ kind }) => kind === "histogram")!.of(group.find([last, "GET"])).updatedSec = 2000;
  storage.sweep(2100);
  count(last, 2100);
  await closing;
  assert.deepEqual(receiver.samplesOf(`__name__=web_requests_total method=GET path=${last}`), []);
});

Deno.test("labels that a reload changes: the old series end, the new ones begin", async () => {
  await using receiver = await TestReceiver.open();
  const { storage, count } = storageOf();
  count("/a");
  const { exporter } = exporterOf(storage, receiver.url);
  const group = storage.group("web", ["path"]);
  group.counter("web_requests_total", "").of(group.find(["/a"])).add(1, 1000);
  await exporter.close(5000);
  assert.deepEqual(
    receiver.series.map((series) => [labelsText(series), series.samples.map(({ isStale }) => isStale)]),
    [
      ["__name__=web_requests_total method=GET path=/a", [false, true]],
      ["__name__=web_requests_total path=/a", [false]],
    ],
  );
});

Deno.test("other options at run time: what waits goes to the new receiver, and nothing is lost", async () => {
  await using receiver = await TestReceiver.open((_, response) => response.writeHead(503).end("later"));
  const { storage, count } = storageOf();
  count("/a");
  const { exporter, options, said } = exporterOf(storage, receiver.url, { intervalNs: SOON_NS });
  await until("two requests wait", () => exporter.state().waiting.requests >= 2 || undefined);
  assert.equal(exporter.state().trouble, "HTTP 503: later");
  await using other = await TestReceiver.open();
  const header = new Map([["Authorization", "Bearer other"]]);
  exporter.reconfigure({ ...options, endpoint: other.url, header, intervalNs: NEVER_NS });
  await until("all have left", () => exporter.state().waiting.requests === 0 || undefined);
  await exporter.close(5000);
  const { pushes, samples, endpoint, trouble } = exporter.state();
  assert.deepEqual([samples, endpoint, trouble], [pushes, other.url, ""]);
  assert.equal(receiver.taken.length, 0);
  const times = other.series.flatMap(({ samples }) => samples.map(({ timestamp }) => timestamp));
  assert.deepEqual(times, [...new Set(times)].sort((a, b) => a - b));
  assert.equal(times.length, pushes);
  assert.ok(other.taken.every(({ headers }) => headers.authorization === "Bearer other"));
  assert.match(said.at(-1)!, /INFO metrics .* takes samples again/);
});

Deno.test("a user and a password of the URL become a header, and are not shown", async () => {
  await using receiver = await TestReceiver.open((_, response) => response.writeHead(401).end());
  const { storage, count } = storageOf();
  count("/a");
  const endpoint = receiver.url.replace("//", "//us%40er:pass%3aword@") + "?token=secret";
  const { exporter, said } = exporterOf(storage, endpoint);
  await exporter.close(5000);
  const [{ headers, url }] = receiver.received;
  assert.equal(atob(headers.authorization!.replace("Basic ", "")), "us@er:pass:word");
  assert.equal(url, "/api/v1/write?token=secret");
  assert.doesNotMatch(JSON.stringify([exporter.state(), said]), /pass|secret/);
});

Deno.test("more series expire than are kept: they are counted", async () => {
  await using receiver = await TestReceiver.open();
  const { storage, count } = storageOf({ maxSeries: 300_000 });
  const { exporter } = exporterOf(storage, receiver.url);
  for (let i = 0; i < 200_010; i++) count(`/${i}`);
  storage.reset();
  await exporter.close(60_000);
  assert.equal(exporter.state().dropped.expired, 10);
  assert.equal(exporter.state().samples, 400_000);
});

Deno.test("its own metrics tell the account", async () => {
  await using receiver = await TestReceiver.open();
  const { storage, count } = storageOf();
  count("/a");
  const { exporter } = exporterOf(storage, receiver.url);
  await exporter.close(5000);
  const values = exporter.families().flatMap(({ name, samples }) =>
    samples.map(({ labels, value }) => [name.replace("packetd_remote_write_", "") + (labels?.cause ?? ""), value])
  );
  const { pushes_total, samples_total, requests_total, receiver_up, dropped_samples_totalrefused } = Object.fromEntries(
    values,
  );
  assert.deepEqual([pushes_total, samples_total, requests_total, receiver_up, dropped_samples_totalrefused], [
    1,
    1,
    1,
    1,
    0,
  ]);
});

Deno.test("what can never work is said at once", () => {
  const { storage } = storageOf();
  const header = new Map([["not a name", "x"]]);
  assert.throws(
    () => new RemoteWrite(storage, { endpoint: "http://h/", header, intervalNs: 1e9, timeoutNs: 1e9 }, () => {}),
    TypeError,
  );
  assert.equal(storage.expiryListeners.size, 0);
});
