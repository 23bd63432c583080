/**
 * The spans of packetd's predecessor (golden/spans.jsonl: what it sent, and golden/lab.pcap: packets of the same programs)
 * against ours: the same names, keys, types, order and values, but for what is listed here.
 */
import assert from "node:assert/strict";
import type { SpanAttribute, SpanValue } from "../../src/core/span.ts";
import { claimsOf, loadCase } from "../tools/cases.ts";
import { packetsOf } from "../tools/replay.ts";
import { type KeptSpan, trace } from "./spans.ts";

interface GoldenSpan {
  readonly protocol: string;
  readonly name: string;
  readonly traceId: string;
  readonly parent: string;
  readonly attributes: SpanAttribute[];
}

const golden: GoldenSpan[] = Deno.readTextFileSync(new URL("golden/spans.jsonl", import.meta.url))
  .trimEnd().split("\n").map((line) => JSON.parse(line));

/** Values that are another run's, or that we give rightly. */
const OTHER_VALUES = new Set([
  "network.peer.port", // another connection
  "rpc.grpc.request.metadata.grpc-timeout", // another call
  "http.response.header.date",
  "network.protocol.version", // HTTP/1.1 was 1.0
  "rpc.method", // was POST
  "rpc.grpc.status_code", // was that of HTTP
  "http.response.header.x-multi", // was its last value only
]);
/** In HTTP/2 they were with the frames' headers. */
const SIZES = new Set(["http.request.size", "http.response.size", "rpc.request.size", "rpc.response.size"]);
/** Ours alone, at the end. */
const ADDED = new Set(["rpc.request.messages", "rpc.response.messages", "rpc.grpc.timeout_ms"]);

const isHeader = (key: string) => /\.(header|metadata)\./.test(key);

/** Attributes as lines; headers, whose order was random, in order of their names. */
function lines({ protocol }: GoldenSpan, attributes: readonly SpanAttribute[]): string[] {
  const kept = attributes.filter(([key]) => !ADDED.has(key));
  const first = kept.findIndex(([key]) => isHeader(key));
  const text = kept.map(([key, value]) => {
    const differs = OTHER_VALUES.has(key) || (SIZES.has(key) && protocol !== "http");
    return `${key} ${differs ? typeof value : JSON.stringify(value)}`;
  });
  return first < 0 ? text : [...text.slice(0, first), ...text.slice(first).sort()];
}

const LAB = [["http", 80], ["redis", 6379], ["dns", 53], ["http2", 8086], ["grpc", 8085]] as const;

Deno.test("what was recorded gives the same attributes, line by line", async () => {
  const packets = await packetsOf(new URL("golden/lab.pcap", import.meta.url).pathname);
  const { spans } = trace(packets, LAB.map(([protocol, port]) => ({ protocol, ports: [port], host: "" })));
  const recorded = golden.filter(({ attributes }) => attributes.some(([, value]) => value === "10.99.0.2"));
  assert.equal(recorded.length, 15);
  for (const span of recorded) {
    const wanted = lines(span, span.attributes).join("\n");
    const same = spans.filter(({ name }) => name === span.name);
    const found = same.find(({ attributes }) => lines(span, attributes).join("\n") === wanted);
    assert.ok(
      found !== undefined,
      `${wanted}\n\nis not among\n\n${same.map((s) => lines(span, s.attributes).join("\n")).join("\n\n")}`,
    );
    const isChild = span.attributes.some(([key]) => key.endsWith(".header.traceparent"));
    assert.equal(found.parentId, isChild ? span.parent : "", "no parent where none was named");
    if (isChild) assert.equal(found.traceId, span.traceId);
  }
});

/** Keys that stood on success too. */
const ON_SUCCESS: Readonly<Record<string, string>> = { kafka: "error.type", mongodb: "error.type" };

function typeOf(value: SpanValue): string {
  return Array.isArray(value) ? "strings" : typeof value === "object" ? "double" : typeof value;
}

function shape(attributes: readonly SpanAttribute[]): string {
  return attributes.map(([key, value]) => `${key} ${typeOf(value)}`).join("\n");
}

for (const protocol of ["amqp", "kafka", "mongodb", "mysql", "postgresql"]) {
  Deno.test(`${protocol}: the same keys and types in the same order`, async () => {
    const spans: KeptSpan[] = [];
    for (const claim of claimsOf(protocol)) {
      const { packets, rules } = await loadCase(protocol, claim);
      spans.push(...trace(packets, rules).spans);
    }
    const shapes = new Set(spans.map(({ attributes }) => shape(attributes)));
    const wanted = golden.filter((span) => span.protocol === protocol);
    assert.notEqual(wanted.length, 0);
    for (const { attributes } of wanted) {
      let expected = shape(attributes.filter(([key]) => key !== ON_SUCCESS[protocol]));
      // What was meant and never sent.
      if (protocol === "postgresql") expected += "\ndb.response.returned_rows number";
      assert.ok(shapes.has(expected), `${expected}\n\nis not among\n\n${[...shapes].join("\n\n")}`);
    }
  });
}
