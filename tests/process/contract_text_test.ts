/** The text of `/protocol/metrics`, byte by byte as the contract shows it. */
import assert from "node:assert/strict";
import { BYTES, SECONDS } from "../../src/process/buckets.ts";
import { contractText, sixDecimals } from "../../src/process/contract_text.ts";
import { MetricsStep } from "../../src/process/metrics.ts";
import { CHUNK } from "../../src/process/samples.ts";
import { MetricStorage } from "../../src/process/storage.ts";
import { TransportMetrics } from "../../src/process/transport.ts";
import { answered, flow, web } from "./round_trips.ts";

function storageWith(vmHistogram: boolean): MetricStorage {
  return new MetricStorage({ vmHistogram, expiredSec: 300, maxSeries: 50_000 });
}

function textOf(storage: MetricStorage): string {
  return [...contractText(storage)].join("");
}

Deno.test("a histogram without labels, as the contract's program shows it", () => {
  const storage = storageWith(false);
  const group = storage.group("http", []);
  const durations = group.histogram("http_request_duration_seconds", "", SECONDS);
  const values = [0.0005, 0.0005, 0.002851, 0.04, 0.04, 0.04, 0.04, 0.042, 0.042, 0.048, 0.166716];
  for (const value of values) durations.of(group.find([])).observe(value, 1);
  assert.equal(
    textOf(storage),
    `http_request_duration_seconds_bucket{le="0.001"} 2.000000
http_request_duration_seconds_bucket{le="0.005"} 3.000000
http_request_duration_seconds_bucket{le="0.01"} 3.000000
http_request_duration_seconds_bucket{le="0.05"} 10.000000
http_request_duration_seconds_bucket{le="0.1"} 10.000000
http_request_duration_seconds_bucket{le="0.25"} 11.000000
http_request_duration_seconds_bucket{le="0.5"} 11.000000
http_request_duration_seconds_bucket{le="1"} 11.000000
http_request_duration_seconds_bucket{le="2"} 11.000000
http_request_duration_seconds_bucket{le="5"} 11.000000
http_request_duration_seconds_bucket{le="10"} 11.000000
http_request_duration_seconds_bucket{le="20"} 11.000000
http_request_duration_seconds_bucket{le="30"} 11.000000
http_request_duration_seconds_bucket{le="60"} 11.000000
http_request_duration_seconds_bucket{le="120"} 11.000000
http_request_duration_seconds_bucket{le="300"} 11.000000
http_request_duration_seconds_bucket{le="600"} 11.000000
http_request_duration_seconds_bucket{le="+Inf"} 11.000000
http_request_duration_seconds_sum{} 0.462567
http_request_duration_seconds_count{} 11.000000
`,
  );
});

Deno.test("ranges with labels, as the contract's program shows them; the bucket's label is the last", () => {
  const storage = storageWith(true);
  const names = ["server_port", "method", "path", "remote_host", "status_code"];
  const group = storage.group("http", names);
  const requests = group.counter("http_requests_total", "");
  const durations = group.histogram("http_request_duration_seconds", "", SECONDS);
  const sizes = group.histogram("http_response_body_bytes", "", BYTES);
  const set = group.find(["80", "GET", "/", "10.99.0.2", "200"]);
  requests.of(set).add(2, 1);
  for (const value of [0.046, 0.003578]) durations.of(set).observe(value, 1);
  for (const value of [25, 25]) sizes.of(set).observe(value, 1);
  const labels = 'server_port="80",method="GET",path="/",remote_host="10.99.0.2",status_code="200"';
  assert.equal(
    textOf(storage),
    `http_requests_total{${labels}} 2.000000
http_request_duration_seconds_bucket{${labels},vmrange="3.162e-03...3.594e-03"} 1.000000
http_request_duration_seconds_bucket{${labels},vmrange="4.084e-02...4.642e-02"} 1.000000
http_request_duration_seconds_sum{${labels}} 0.049578
http_request_duration_seconds_count{${labels}} 2.000000
http_response_body_bytes_bucket{${labels},vmrange="2.448e+01...2.783e+01"} 2.000000
http_response_body_bytes_sum{${labels}} 50.000000
http_response_body_bytes_count{${labels}} 2.000000
`,
  );
});

Deno.test("counters come first, then gauges, then histograms, whatever was made first", () => {
  const storage = storageWith(false);
  const group = storage.group("mixed", []);
  group.histogram("sizes", "", BYTES).of(group.find([])).observe(1, 1);
  group.gauge("active", "").of(group.find([])).set(3, 1);
  group.counter("done_total", "").of(group.find([])).add(1, 1);
  const names = [...new Set(textOf(storage).split("\n").map((line) => line.split(/[{_]/)[0]))];
  assert.deepEqual(names, ["done", "active", "sizes", ""]);
});

Deno.test("the user's two requests", () => {
  const storage = storageWith(true);
  const step = new MetricsStep(storage, [web], new Map([["web", ["request.path", "server.port"]]]));
  const transport = new TransportMetrics(storage, []);
  step.roundTrip(answered({ path: "/", status: 200 }, 116_916_000));
  const direction = transport.direction("tcp", flow.client, flow.server);
  for (let i = 0; i < 24; i++) direction.packet(10);
  const text = textOf(storage);
  const expected = [
    'web_requests_total{server_port="80",path="/"} 1.000000',
    "layer4_packets_total{} 24.000000",
    'web_request_duration_seconds_bucket{server_port="80",path="/",vmrange="1.136e-01...1.292e-01"} 1.000000',
    'web_request_duration_seconds_sum{server_port="80",path="/"} 0.116916',
    'web_request_duration_seconds_count{server_port="80",path="/"} 1.000000',
  ];
  for (const line of expected) assert.ok(text.includes(line + "\n"), line);
});

Deno.test("nothing that a label value holds can end the value or the line", () => {
  const storage = storageWith(false);
  const group = storage.group("http", ["path"]);
  const requests = group.counter("http_requests_total", "");
  for (const path of ['/quote"back\\slash', 'a"} 1\nevil{b="c', "\\", "\r\u2028ä😀", ""]) {
    requests.of(group.find([path])).add(1, 1);
  }
  assert.deepEqual(textOf(storage).split("\n"), [
    'http_requests_total{path="/quote\\"back\\\\slash"} 1.000000',
    'http_requests_total{path="a\\"} 1\\nevil{b=\\"c"} 1.000000',
    'http_requests_total{path="\\\\"} 1.000000',
    'http_requests_total{path="\r\u2028ä😀"} 1.000000',
    'http_requests_total{path=""} 1.000000',
    "",
  ]);
});

Deno.test("numbers are those of %f", () => {
  const shown: [number, string][] = [ // as printf of C, Go and Python have them
    [0, "0.000000"],
    [1, "1.000000"],
    [0.1, "0.100000"],
    [1e-7, "0.000000"],
    [6e-7, "0.000001"],
    [123456789.123456789, "123456789.123457"],
    [0.0078125, "0.007812"],
    [0.0234375, "0.023438"],
    [123456789.0078125, "123456789.007812"],
    [-0.0078125, "-0.007812"],
    [2 ** 53, "9007199254740992.000000"],
    [1e21, "1000000000000000000000.000000"],
    [1e22, "10000000000000000000000.000000"],
    [1.5e300, BigInt(1.5e300) + ".000000"],
    [Infinity, "+Inf"],
    [-Infinity, "-Inf"],
    [NaN, "NaN"],
  ];
  for (const [value, text] of shown) assert.equal(sixDecimals(value), text);
});

Deno.test("much text comes in chunks of whole lines, and each series once though counting and deleting go on", () => {
  const storage = storageWith(false);
  const step = new MetricsStep(storage, [web], new Map([["web", ["request.path"]]]));
  const count = () => {
    for (let i = 0; i < 1000; i++) step.roundTrip(answered({ path: `/${i}`, status: 200 }));
  };
  count();
  let chunks = 0, text = "";
  for (const chunk of contractText(storage)) {
    assert.ok(chunk.endsWith("\n") && chunk.length < CHUNK + 10_000);
    text += chunk;
    if (++chunks === 5) {
      storage.reset();
      count();
    } else count();
  }
  assert.ok(chunks >= 5);
  const heads = text.split("\n").map((line) => line.slice(0, line.lastIndexOf(" ")));
  assert.equal(new Set(heads).size, heads.length);
});
