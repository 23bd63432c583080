/** Spans on their way to a receiver that takes them. */
import assert from "node:assert/strict";
import type { Span } from "../../src/process/span.ts";
import { readRequest } from "../tools/otlp.ts";
import { balance, exportTo, give, numbered, Receiver, until } from "./otlp_receiver.ts";

Deno.test("a request is what OTLP wants, span by span", async () => {
  const receiver = new Receiver();
  const { exporter } = exportTo(receiver.url, { header: new Map([["X-Trace-Header", "lab"]]) });
  const child: Span = numbered("child");
  child.hasParent = true;
  child.parentId.set([1, 2, 3, 4, 5, 6, 7, 8]);
  child.traceId.fill(0xab);
  child.spanId.fill(0xcd);
  child.traceState = "a=1";
  child.kind = 3;
  child.startSec = child.endSec = 1_795_380_705;
  child.startNsec = 140_162_715;
  child.endNsec = 142_778_029;
  child.failed = true;
  child.message = "503 nö";
  child.attributes = [
    ["text", "é"],
    ["empty", ""],
    ["int", 516],
    ["negative", -3],
    ["double", { double: 1 }],
    ["list", ["a", "", "b"]],
    ["none", []],
  ];
  exporter.span(child);
  exporter.span(numbered("root"));
  await exporter.close(5000);
  await receiver.close();

  const [{ headers, body }] = receiver.requests;
  assert.equal(headers.get("content-type"), "application/x-protobuf");
  assert.equal(headers.get("content-length"), String(body.length));
  assert.equal(headers.get("x-trace-header"), "lab");
  assert.match(headers.get("user-agent")!, /^packetd\//);
  const [{ resource, scopeSpans }, ...others] = readRequest(body).resourceSpans;
  assert.deepEqual([others.length, scopeSpans.length, scopeSpans[0].scope], [0, 1, {}]);
  assert.deepEqual(
    resource.attributes.map(({ key, value }) => [key, value]).filter(([key]) => !/version/.test(String(key))),
    [
      ["service.name", { stringValue: "packetd" }],
      ["telemetry.sdk.name", { stringValue: "packetd" }],
      ["telemetry.sdk.language", { stringValue: "deno" }],
    ],
  );
  const [first, root] = scopeSpans[0].spans;
  assert.deepEqual(first, {
    traceId: "ab".repeat(16),
    spanId: "cd".repeat(8),
    parentSpanId: "0102030405060708",
    traceState: "a=1",
    name: "child",
    kind: 3,
    startTimeUnixNano: "1795380705140162715",
    endTimeUnixNano: "1795380705142778029",
    attributes: [
      { key: "text", value: { stringValue: "é" } },
      { key: "empty", value: { stringValue: "" } },
      { key: "int", value: { intValue: "516" } },
      { key: "negative", value: { intValue: "-3" } },
      { key: "double", value: { doubleValue: 1 } },
      { key: "list", value: { arrayValue: { values: ["a", "", "b"].map((stringValue) => ({ stringValue })) } } },
      { key: "none", value: { arrayValue: {} } },
    ],
    status: { code: 2, message: "503 nö" },
    flags: 0x301,
  });
  assert.deepEqual([root.parentSpanId, root.traceState, root.status, root.flags], [undefined, undefined, {}, 0x101]);
});

Deno.test("a request leaves when it is full, and what is left after the interval", async () => {
  const receiver = new Receiver();
  const { exporter } = exportTo(receiver.url);
  give(exporter, 25);
  await until(() => receiver.spans.length === 25);
  const sizes = receiver.requests.map(({ body }) => readRequest(body).resourceSpans[0].scopeSpans[0].spans.length);
  assert.deepEqual(sizes.sort(), [10, 10, 5]);
  await until(() => exporter.state().waitingSpans === 0);
  assert.deepEqual(receiver.spans.map(({ name }) => Number(name)).sort((a, b) => a - b), [...Array(25).keys()]);
  const { exported, waitingBytes, requests, reachable, lastError } = exporter.state();
  assert.deepEqual([exported, waitingBytes, requests, reachable, lastError], [25, 0, 3, true, undefined]);
  await exporter.close(1000);
  await receiver.close();
});

Deno.test("each service has its own resource in one request", async () => {
  const receiver = new Receiver();
  const { exporter } = exportTo(receiver.url);
  for (const name of ["shop", "bank", "shop"]) exporter.span(numbered(name, name));
  await exporter.close(5000);
  await receiver.close();
  assert.equal(receiver.requests.length, 1);
  assert.deepEqual(
    readRequest(receiver.requests[0].body).resourceSpans.map(({ resource, scopeSpans }) => [
      resource.attributes[0].value,
      scopeSpans[0].spans.map(({ name }) => name),
    ]),
    [[{ stringValue: "shop" }, ["shop", "shop"]], [{ stringValue: "bank" }, ["bank"]]],
  );
});

Deno.test("closing sends what waits; spans that come afterwards are counted", async () => {
  const receiver = new Receiver();
  const { exporter, said } = exportTo(receiver.url, { intervalNs: 3600e9 });
  give(exporter, 1234);
  await exporter.close(5000);
  assert.equal(receiver.spans.length, 1234);
  give(exporter, 1);
  assert.equal(exporter.state().dropped.shutdown, 1);
  assert.equal(balance(exporter), 0);
  assert.deepEqual(said, []);
  await exporter.close(5000);
  await receiver.close();
});

Deno.test("nothing is sent when there is nothing to send", async () => {
  const receiver = new Receiver();
  const { exporter } = exportTo(receiver.url, { intervalNs: 1e6 });
  await new Promise((resolve) => setTimeout(resolve, 50));
  await exporter.close(1000);
  await receiver.close();
  assert.equal(receiver.requests.length, 0);
});

Deno.test("a span that is too long is dropped, and those around it arrive", async () => {
  const receiver = new Receiver();
  const { exporter } = exportTo(receiver.url);
  const long = numbered("long");
  long.attributes = [["text", "x".repeat(2 ** 20)]];
  for (const span of [numbered("before"), long, numbered("after")]) exporter.span(span);
  await exporter.close(5000);
  await receiver.close();
  assert.deepEqual(receiver.spans.map(({ name }) => name), ["before", "after"]);
  assert.equal(exporter.state().dropped.too_long, 1);
});

Deno.test("requests stay below what receivers take, however many spans they may hold", async () => {
  const receiver = new Receiver();
  const { exporter } = exportTo(receiver.url, { batch: 1_000_000, intervalNs: 3600e9 });
  for (let i = 0; i < 10; i++) {
    const span = numbered(i);
    span.attributes = [["text", "x".repeat(700_000)]];
    exporter.span(span);
  }
  await exporter.close(5000);
  await receiver.close();
  assert.equal(receiver.spans.length, 10);
  for (const { body } of receiver.requests) assert.ok(body.length < 4 * 1024 * 1024);
});

Deno.test("the account as metrics of packetd itself", async () => {
  const receiver = new Receiver();
  const { exporter } = exportTo(receiver.url);
  give(exporter, 3);
  await exporter.close(5000);
  await receiver.close();
  const families = exporter.families();
  for (const { name, type } of families) assert.equal(name.endsWith("_total"), type === "counter", name);
  const value = (name: string) => families.find((family) => family.name === name)!.samples[0].value;
  assert.deepEqual([value("packetd_traces_exported_spans_total"), value("packetd_traces_receiver_up")], [3, 1]);
  const dropped = families.find(({ name }) => name === "packetd_traces_dropped_spans_total")!;
  assert.deepEqual(dropped.samples.map(({ labels }) => labels!.cause), [
    "queue_full",
    "too_long",
    "refused",
    "rejected",
    "undelivered",
    "shutdown",
  ]);
});

Deno.test("what can never work is said at once", () => {
  for (
    const [endpoint, header, message] of [
      ["localhost:4318", {}, /'localhost:4318' is neither an http nor an https URL/],
      ["", {}, /'' is no URL: give one such as http:/],
      ["http://h/", { "a b": "1" }, /header 'a b'/],
      ["http://h/", { "a": "1\r\nb: 2" }, /header 'a'/],
    ] as const
  ) assert.throws(() => exportTo(endpoint, { header: new Map(Object.entries(header)) }), { message });
});
