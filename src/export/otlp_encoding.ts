/**
 * Spans as the Protocol Buffers of OTLP (opentelemetry-proto's trace.proto, common.proto, resource.proto), written straight
 * into bytes: millions pass by.
 */
import type { SpanValue } from "../core/span.ts";
import { PROGRAM, VERSION } from "../core/version.ts";
import type { Span } from "../process/span.ts";
import { BYTES, FIXED32, FIXED64, ProtobufWriter, tag, VARINT } from "./protobuf.ts";

/** Flags of a span besides those of its trace: whether its parent is known to be of another process (SpanFlags). */
const HAS_IS_REMOTE = 0x100, IS_REMOTE = 0x200;
const STATUS_ERROR = 2;

const SPAN = {
  traceId: tag(1, BYTES),
  spanId: tag(2, BYTES),
  traceState: tag(3, BYTES),
  parentSpanId: tag(4, BYTES),
  name: tag(5, BYTES),
  kind: tag(6, VARINT),
  startTime: tag(7, FIXED64),
  endTime: tag(8, FIXED64),
  attributes: tag(9, BYTES),
  status: tag(15, BYTES),
} as const;
/** Number 16, so its tag takes two bytes. */
const SPAN_FLAGS = [0x80 | (tag(16, FIXED32) & 0x7f), tag(16, FIXED32) >> 7] as const;
const STATUS = { message: tag(2, BYTES), code: tag(3, VARINT) } as const;
const KEY_VALUE = { key: tag(1, BYTES), value: tag(2, BYTES) } as const;
const ANY_VALUE = {
  string: tag(1, BYTES),
  int: tag(3, VARINT),
  double: tag(4, FIXED64),
  array: tag(5, BYTES),
} as const;
const ARRAY_VALUES = tag(1, BYTES);
/** Of ScopeSpans. */
const SCOPE = tag(1, BYTES), SPANS = tag(2, BYTES);
/** Of ResourceSpans. */
const RESOURCE = tag(1, BYTES), SCOPE_SPANS = tag(2, BYTES);
const RESOURCE_ATTRIBUTES = tag(1, BYTES);
/** Of ExportTraceServiceRequest. */
const RESOURCE_SPANS = tag(1, BYTES);

function writeValue(writer: ProtobufWriter, value: SpanValue): void {
  if (typeof value === "string") {
    writer.byte(ANY_VALUE.string);
    writer.text(value);
  } else if (typeof value === "number" && Number.isInteger(value)) {
    writer.byte(ANY_VALUE.int);
    writer.int64(value);
  } else if (typeof value === "number" || "double" in value) {
    writer.byte(ANY_VALUE.double);
    writer.double(typeof value === "number" ? value : value.double);
  } else {
    writer.byte(ANY_VALUE.array);
    const array = writer.open();
    for (const element of value) {
      writer.byte(ARRAY_VALUES);
      const start = writer.open();
      writeValue(writer, element);
      writer.close(start);
    }
    writer.close(array);
  }
}

function writeAttribute(writer: ProtobufWriter, field: number, key: string, value: SpanValue): void {
  writer.byte(field);
  const start = writer.open();
  writer.byte(KEY_VALUE.key);
  writer.text(key);
  writer.byte(KEY_VALUE.value);
  const inner = writer.open();
  writeValue(writer, value);
  writer.close(inner);
  writer.close(start);
}

/** Writes a span as a field of ScopeSpans. */
export function writeSpan(writer: ProtobufWriter, span: Span): void {
  writer.byte(SPANS);
  const start = writer.open();
  writer.byte(SPAN.traceId);
  writer.prefixed(span.traceId);
  writer.byte(SPAN.spanId);
  writer.prefixed(span.spanId);
  if (span.traceState !== "") {
    writer.byte(SPAN.traceState);
    writer.text(span.traceState);
  }
  if (span.hasParent) {
    writer.byte(SPAN.parentSpanId);
    writer.prefixed(span.parentId);
  }
  writer.byte(SPAN.name);
  writer.text(span.name);
  writer.byte(SPAN.kind);
  writer.varint(span.kind);
  writer.byte(SPAN.startTime);
  writer.nanoseconds(span.startSec, span.startNsec);
  writer.byte(SPAN.endTime);
  writer.nanoseconds(span.endSec, span.endNsec);
  for (const [key, value] of span.attributes) writeAttribute(writer, SPAN.attributes, key, value);
  writer.byte(SPAN.status);
  const status = writer.open();
  if (span.failed) {
    if (span.message !== "") {
      writer.byte(STATUS.message);
      writer.text(span.message);
    }
    writer.byte(STATUS.code);
    writer.varint(STATUS_ERROR);
  }
  writer.close(status);
  for (const byte of SPAN_FLAGS) writer.byte(byte);
  writer.fixed32(span.traceFlags | HAS_IS_REMOTE | (span.hasParent ? IS_REMOTE : 0));
  writer.close(start);
}

/** Writes spans of one service, as {@link writeSpan} made them, as ResourceSpans of a request. */
export function writeResourceSpans(writer: ProtobufWriter, serviceName: string, spans: Uint8Array): void {
  writer.byte(RESOURCE_SPANS);
  const start = writer.open();
  writer.byte(RESOURCE);
  const resource = writer.open();
  writeAttribute(writer, RESOURCE_ATTRIBUTES, "service.name", serviceName);
  writeAttribute(writer, RESOURCE_ATTRIBUTES, "telemetry.sdk.name", PROGRAM);
  writeAttribute(writer, RESOURCE_ATTRIBUTES, "telemetry.sdk.version", VERSION);
  writeAttribute(writer, RESOURCE_ATTRIBUTES, "telemetry.sdk.language", "deno");
  writer.close(resource);
  writer.byte(SCOPE_SPANS);
  const scopeSpans = writer.open();
  writer.byte(SCOPE);
  writer.byte(0); // the scope is empty
  writer.reserve(spans.length);
  writer.bytes.set(spans, writer.length);
  writer.length += spans.length;
  writer.close(scopeSpans);
  writer.close(start);
}
