/** Spans by OpenTelemetry's semantic conventions. */
import assert from "node:assert/strict";
import type { SpanFacts } from "../../src/core/protocol.ts";
import type { SpanAttribute } from "../../src/core/span.ts";
import { rewrite } from "../../src/process/semconv.ts";
import { CLIENT, SERVER, Span } from "../../src/process/span.ts";
import { protocols } from "../../src/protocols/mod.ts";
import { claimsOf, loadCase } from "../tools/cases.ts";
import { trace } from "./spans.ts";

interface Rewritten {
  readonly name: string;
  readonly failed: boolean;
  readonly message: string;
  readonly attributes: Record<string, unknown>;
}

function rewritten(facts: SpanFacts, { failed = false, message = "", kind = SERVER as Span["kind"] } = {}): Rewritten {
  const span = Object.assign(new Span(), { failed, message, kind });
  rewrite(facts, span);
  assert.equal(new Set(span.attributes.map(([key]) => key)).size, span.attributes.length, "no key twice");
  return {
    name: span.name,
    failed: span.failed,
    message: span.message,
    attributes: Object.fromEntries(span.attributes),
  };
}

function http(attributes: SpanAttribute[]): SpanFacts {
  return {
    name: "GET",
    attributes: [
      ["http.request.method", "GET"],
      ...attributes,
      ["server.address", "10.0.0.2"],
      ["server.port", 80],
      ["client.remote.host", "shop"],
    ],
  };
}

Deno.test("HTTP: the target is path and query; a client's span has the whole URL", () => {
  const facts = http([["url.full", "/a?b=c&d"], ["url.scheme", ""]]);
  assert.deepEqual(rewritten(facts), {
    name: "GET",
    failed: false,
    message: "",
    attributes: {
      "http.request.method": "GET",
      "url.path": "/a",
      "url.query": "b=c&d",
      "url.scheme": "http",
      "server.address": "10.0.0.2",
      "server.port": 80,
      "http.request.header.host": ["shop"],
    },
  });
  assert.equal(rewritten(facts, { kind: CLIENT }).attributes["url.full"], "http://shop/a?b=c&d");
  const absolute = rewritten(http([["url.full", "https://u@h:1/x"], ["url.scheme", "https"]]), { kind: CLIENT });
  assert.deepEqual([absolute.attributes["url.path"], absolute.attributes["url.full"]], ["/x", "https://shop/x"]);
  for (const target of ["*", "h:443"]) {
    assert.equal("url.path" in rewritten(http([["url.full", target]])).attributes, false);
  }
});

Deno.test("HTTP: 4xx is no error of the server, but of the client; 5xx is of both", () => {
  for (
    const [status, kind, failed, type] of [
      [404, SERVER, false, undefined],
      [404, CLIENT, true, "404"],
      ["503", SERVER, true, "503"],
    ] as const
  ) {
    const facts = http([["http.response.status_code", status]]);
    const span = rewritten(facts, { failed: true, message: "x", kind });
    assert.deepEqual([span.failed, span.message, span.attributes["error.type"]], [failed, "", type]);
    assert.equal(span.attributes["http.response.status_code"], Number(status));
  }
});

Deno.test("HTTP: a reset stream is an error whatever its status; unknown methods are _OTHER", () => {
  const facts = http([["http.response.status_code", "200"], ["error.type", "CANCEL"]]);
  assert.deepEqual(rewritten(facts, { failed: true }).attributes["error.type"], "CANCEL");
  assert.equal(rewritten(facts, { failed: true }).failed, true);
  const odd = rewritten({ name: "BREW", attributes: [["http.request.method", "BREW"]] });
  assert.deepEqual(odd.attributes, { "http.request.method": "_OTHER", "http.request.method_original": "BREW" });
  assert.equal(odd.name, "HTTP");
});

Deno.test("gRPC: the method's full name, the status' name, and which of them the server answers for", () => {
  const facts = (code: string): SpanFacts => ({
    name: "pkg.Echo.Say",
    attributes: [
      ["rpc.system", "grpc"],
      ["rpc.method", "Say"],
      ["rpc.service", "pkg.Echo.Say"],
      ["rpc.grpc.status_code", code],
      ["rpc.grpc.request.metadata.te", ["trailers"]],
    ],
  });
  assert.deepEqual(rewritten(facts("0")), {
    name: "pkg.Echo/Say",
    failed: false,
    message: "",
    attributes: {
      "rpc.system.name": "grpc",
      "rpc.method": "pkg.Echo/Say",
      "rpc.status_code": "OK",
      "rpc.request.metadata.te": ["trailers"],
    },
  });
  for (
    const [code, kind, type] of [
      ["5", SERVER, undefined],
      ["5", CLIENT, "NOT_FOUND"],
      ["13", SERVER, "INTERNAL"],
      ["", SERVER, "_OTHER"],
    ] as const
  ) {
    const span = rewritten(facts(code), { failed: true, message: "x", kind });
    assert.deepEqual([span.failed, span.attributes["error.type"]], [type !== undefined, type]);
  }
});

Deno.test("SQL: named by what the statement does; the error is its code", () => {
  const facts: SpanFacts = {
    name: "QUERY",
    attributes: [
      ["db.system.name", "mysql"],
      ["db.query.text", "/* app */ select * from `orders` where id = 1"],
      ["db.operation.name", "QUERY"],
      ["error.type", "Table 'orders' doesn't exist"],
      ["error.code", 1146],
      ["error.sql_state", "42S02"],
    ],
  };
  assert.deepEqual(rewritten(facts, { failed: true, message: "error 1146" }), {
    name: "SELECT `orders`",
    failed: true,
    message: "error 1146",
    attributes: {
      "db.system.name": "mysql",
      "db.query.text": "/* app */ select * from `orders` where id = 1",
      "db.query.summary": "SELECT `orders`",
      "db.response.status_code": "1146",
      "error.type": "1146",
      "error.sql_state": "42S02",
    },
  });
  const plain = rewritten({
    name: "PING",
    attributes: [["db.system.name", "mysql"], ["db.query.text", ""], ["db.operation.name", "PING"]],
  });
  assert.deepEqual([plain.name, plain.attributes], ["PING", {
    "db.system.name": "mysql",
    "db.operation.name": "PING",
  }]);
});

Deno.test("MongoDB: command and collection; the error is its code", () => {
  const facts = (code: number): SpanFacts => ({
    name: "find",
    target: "users",
    attributes: [
      ["db.system.name", "mongodb"],
      ["db.query.text", "users"],
      ["db.operation.name", "find"],
      ["db.namespace", "shop"],
      ["db.response.status_code", code],
      ...(code === 0 ? [] : [["error.type", "Unauthorized"] as const]),
    ],
  });
  assert.deepEqual(rewritten(facts(0)).attributes, {
    "db.system.name": "mongodb",
    "db.collection.name": "users",
    "db.operation.name": "find",
    "db.namespace": "shop",
  });
  const failed = rewritten(facts(13), { failed: true, message: "Unauthorized (13)" });
  assert.deepEqual([failed.name, failed.attributes["error.type"], failed.message], [
    "find users",
    "13",
    "Unauthorized (13)",
  ]);
});

Deno.test("messaging: operation and destination", () => {
  const amqp = rewritten({
    name: "Basic.Publish",
    attributes: [
      ["messaging.name", "amqp"],
      ["messaging.operation.name", "Basic.Publish"],
      ["messaging.message.body.size", 16],
      ["messaging.amqp.destination.routing_key", "paid"],
      ["messaging.amqp.destination.exchange_name", "orders"],
      ["messaging.amqp.destination.queue_name", ""],
    ],
  });
  assert.deepEqual(amqp, {
    name: "Basic.Publish orders:paid",
    failed: false,
    message: "",
    attributes: {
      "messaging.system.name": "rabbitmq",
      "messaging.destination.name": "orders:paid",
      "messaging.operation.name": "Basic.Publish",
      "messaging.operation.type": "send",
      "rabbitmq.destination.routing_key": "paid",
    },
  });
  const kafka = rewritten({
    name: "Fetch",
    target: "orders",
    attributes: [["messaging.name", "kafka"], ["messaging.operation.name", "Fetch"], ["messaging.client.id", ""]],
  });
  assert.equal(kafka.name, "Fetch orders");
  assert.deepEqual(kafka.attributes, {
    "messaging.system.name": "kafka",
    "messaging.destination.name": "orders",
    "messaging.operation.name": "Fetch",
    "messaging.operation.type": "receive",
  });
});

Deno.test("DNS: the question is an attribute, and not the name", () => {
  const { name, attributes } = rewritten({ name: "www.", attributes: [["dns.question.type", "A"]] });
  assert.deepEqual([name, attributes["dns.question.name"]], ["DNS A", "www."]);
});

/** Keys of the contract that the conventions have another one for, or use in another sense. */
const GONE = [
  "messaging.name",
  "messaging.message.body.size",
  "rpc.system",
  "rpc.service",
  "rpc.grpc.status_code",
  "http.request.size",
  "http.response.size",
  "client.remote.host",
  "network.peer.address",
  "error.code",
];

for (const { name } of protocols) {
  Deno.test(`${name}: spans of all cases, answered or not, by both conventions`, async () => {
    for (const claim of claimsOf(name)) {
      const { packets, rules } = await loadCase(name, claim);
      const contract = trace(packets, rules, { unanswered: true }).spans;
      const { spans } = trace(packets, rules, { unanswered: true, semconv: "otel" });
      assert.equal(contract.length, spans.length);
      for (const span of [...contract, ...spans]) {
        const keys = span.attributes.map(([key]) => key);
        assert.equal(new Set(keys).size, keys.length, `a key twice in ${keys.join(" ")}`);
        assert.ok(keys.includes("server.address") && keys.includes("server.port"));
        assert.ok(span.end >= span.start);
        for (const [key, value] of span.attributes) assert.notEqual(value, undefined, key);
      }
      for (const { name, attributes, failed } of spans) {
        assert.notEqual(name, "");
        const keys = new Set(attributes.map(([key]) => key));
        assert.deepEqual(GONE.filter((key) => keys.has(key)), []);
        assert.ok(keys.has("client.address"));
        assert.equal(keys.has("error.type"), failed, "an error has its type, and nothing else does");
      }
    }
  });
}
