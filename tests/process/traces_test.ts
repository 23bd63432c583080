/** Round trips as spans: their trace, kind, status and times. */
import assert from "node:assert/strict";
import { CLIENT, SERVER } from "../../src/process/span.ts";
import { PREFACE, request, response, settings } from "../protocols/_h2/frames.ts";
import { bytesOf, concat, Talk } from "../tools/build.ts";
import { byKey, type KeptSpan, trace } from "./spans.ts";

const rules = [{ protocol: "http", ports: [80], host: "" }];
const TRACE = "0af7651916cd43dd8448eb211c80319c", PARENT = "b7ad6b7169203331";
const sampled = `00-${TRACE}-${PARENT}-01`;
const empty = "Content-Length: 0\r\n\r\n";

const get = (headers = "") => `GET /a HTTP/1.1\r\nHost: h\r\n${headers}\r\n`;

function talk(request: string, response = `HTTP/1.1 200 OK\r\n${empty}`): Talk {
  return new Talk(80).handshake().client(request).server(response);
}

function only(spans: readonly KeptSpan[]): KeptSpan {
  assert.equal(spans.length, 1);
  return spans[0];
}

Deno.test("without a traceparent a span begins a trace of its own", () => {
  const packets = new Talk(80).handshake();
  for (let i = 0; i < 100; i++) packets.client(get()).server(`HTTP/1.1 200 OK\r\n${empty}`);
  const { spans, step } = trace(packets.packets, rules);
  assert.deepEqual(step.counts, { spans: 100, unsampled: 0 });
  assert.equal(new Set(spans.map(({ traceId }) => traceId)).size, 100);
  assert.equal(new Set(spans.map(({ spanId }) => spanId)).size, 100);
  for (const { parentId, traceFlags, traceState, failed, message, serviceName } of spans) {
    assert.deepEqual([parentId, traceFlags, traceState, failed, message], ["", 1, "", false, ""]);
    assert.equal(serviceName, "packetd");
  }
});

Deno.test("a request's traceparent makes it a child, with its tracestate", () => {
  const span = only(
    trace(talk(get(`traceparent: ${sampled}\r\nTracestate: a=1\r\ntracestate: b=2\r\n`)).packets, rules).spans,
  );
  assert.deepEqual([span.traceId, span.parentId, span.traceFlags, span.traceState], [TRACE, PARENT, 1, "a=1,b=2"]);
});

Deno.test("a response's traceparent counts where the request has none", () => {
  const answer = `HTTP/1.1 200 OK\r\nTraceparent: ${sampled}\r\n${empty}`;
  assert.equal(only(trace(talk(get(), answer).packets, rules).spans).traceId, TRACE);
  const other = `00-${"1".repeat(32)}-${"2".repeat(16)}-01`;
  assert.equal(
    only(trace(talk(get(`traceparent: ${other}\r\n`), answer).packets, rules).spans).traceId,
    "1".repeat(32),
  );
});

Deno.test("an invalid or a doubled traceparent names no trace", () => {
  for (const headers of ["traceparent: 00-zz\r\n", `traceparent: ${sampled}\r\ntraceparent: ${sampled}\r\n`]) {
    const span = only(trace(talk(get(headers + "tracestate: a=1\r\n")).packets, rules).spans);
    assert.notEqual(span.traceId, TRACE);
    assert.deepEqual([span.parentId, span.traceState], ["", ""]);
  }
});

Deno.test("what is not sampled is counted and not exported", () => {
  const { spans, step } = trace(talk(get(`traceparent: 00-${TRACE}-${PARENT}-00\r\n`)).packets, rules);
  assert.deepEqual(spans, []);
  assert.deepEqual(step.counts, { spans: 0, unsampled: 1 });
});

Deno.test("the kind is CLIENT only where the client is this host and the server is not", () => {
  const kindWhere = (...local: string[]) =>
    only(trace(talk(get()).packets, rules, { isLocal: (host) => local.includes(host) }).spans).kind;
  assert.equal(kindWhere("10.0.0.1"), CLIENT);
  assert.equal(kindWhere("10.0.0.2"), SERVER);
  assert.equal(kindWhere("10.0.0.1", "10.0.0.2"), SERVER);
  assert.equal(kindWhere(), SERVER, "a mirrored port");
});

Deno.test("errors of the protocol are errors of the span", () => {
  const span = only(trace(talk(get(), `HTTP/1.1 503 Service Unavailable\r\n${empty}`).packets, rules).spans);
  assert.deepEqual([span.failed, span.message], [true, "503 Service Unavailable"]);
});

Deno.test("a span lasts from the request to the response", () => {
  const packets = new Talk(80).handshake().client(get()).pause(250).server(`HTTP/1.1 200 OK\r\n${empty}`).packets;
  const { start, end } = only(trace(packets, rules).spans);
  assert.equal(start, 1_700_000_000_003_000_000n);
  assert.equal(end - start, 251_000_000n);
});

Deno.test("a clock that runs backwards gives a span without length", () => {
  const packets = talk(get()).packets.slice();
  packets[4] = { ...packets[4], sec: packets[4].sec - 10 };
  const { start, end } = only(trace(packets, rules).spans);
  assert.equal(end, start);
});

Deno.test("requests without an answer are spans only where that is asked for", () => {
  const packets = new Talk(80).handshake().client(get(`traceparent: ${sampled}\r\n`)).pause(2000).reset(1).packets;
  assert.deepEqual(trace(packets, rules).spans, []);
  const span = only(trace(packets, rules, { unanswered: true }).spans);
  assert.deepEqual([span.failed, span.message, span.traceId, span.name], [true, "no response", TRACE, "GET"]);
  assert.equal(span.end - span.start, 2_001_000_000n, "given up when its connection ended");
  assert.deepEqual(
    span.attributes.map(([key]) => key).filter((key) => key.includes("response")),
    [],
  );
});

Deno.test("a request whose time is over ends when it was over; its late answer is a span too", () => {
  const packets = new Talk(80).handshake().client(get()).pause(90_000).server(`HTTP/1.1 200 OK\r\n${empty}`).packets;
  const { spans } = trace(packets, rules, { unanswered: true });
  assert.deepEqual(spans.map(({ failed, start, end }) => [failed, end - start]), [
    [true, 60_000_000_000n],
    [false, 90_001_000_000n],
  ]);
});

Deno.test("secrets do not leave", () => {
  const span = only(
    trace(
      talk("GET /a?token=geheim HTTP/1.1\r\nAuthorization: Bearer geheim\r\nCookie: a=geheim\r\n\r\n").packets,
      rules,
    )
      .spans,
  );
  assert.equal(JSON.stringify(span.attributes).includes("geheim"), false);
  assert.deepEqual(byKey(span)["http.request.header.authorization"], ["***"]);
});

Deno.test("the service's name is chosen for each round trip", () => {
  const options = { serviceName: ({ flow }: { flow: { server: { port: number } } }) => `shop-${flow.server.port}` };
  assert.equal(only(trace(talk(get()).packets, rules, options).spans).serviceName, "shop-80");
});

Deno.test("HTTP/2 and gRPC bring traces along in their fields", () => {
  for (const protocol of ["http2", "grpc"]) {
    const type: Record<string, string> = protocol === "grpc" ? { "content-type": "application/grpc" } : {};
    const fields = { ...type, traceparent: sampled, tracestate: "a=1" };
    const packets = new Talk(50051).handshake()
      .client(concat(bytesOf(PREFACE), settings(), request(1, "/lab.Echo/Say", { method: "POST", fields })))
      .server(concat(settings(), response(1, { ends: true, fields: { ...type, "grpc-status": "0" } }))).packets;
    const span = only(trace(packets, [{ protocol, ports: [50051], host: "" }]).spans);
    assert.deepEqual([span.traceId, span.parentId, span.traceState], [TRACE, PARENT, "a=1"], protocol);
  }
});
