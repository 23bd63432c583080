/** Reads OTLP's requests (opentelemetry-proto's trace_service.proto and trace.proto) with protobufjs, not with our code. */
import protobuf from "npm:protobufjs@8.8.1";

const { root } = protobuf.parse(`
  syntax = "proto3";
  message ExportTraceServiceRequest { repeated ResourceSpans resource_spans = 1; }
  message ExportTraceServiceResponse { ExportTracePartialSuccess partial_success = 1; }
  message ExportTracePartialSuccess { int64 rejected_spans = 1; string error_message = 2; }
  message ResourceSpans { Resource resource = 1; repeated ScopeSpans scope_spans = 2; string schema_url = 3; }
  message Resource { repeated KeyValue attributes = 1; }
  message ScopeSpans { InstrumentationScope scope = 1; repeated Span spans = 2; string schema_url = 3; }
  message InstrumentationScope { string name = 1; string version = 2; }
  message Span {
    bytes trace_id = 1; bytes span_id = 2; string trace_state = 3; bytes parent_span_id = 4; string name = 5;
    int32 kind = 6; fixed64 start_time_unix_nano = 7; fixed64 end_time_unix_nano = 8;
    repeated KeyValue attributes = 9; Status status = 15; fixed32 flags = 16;
  }
  message Status { string message = 2; int32 code = 3; }
  message KeyValue { string key = 1; AnyValue value = 2; }
  message AnyValue {
    oneof value { string string_value = 1; bool bool_value = 2; int64 int_value = 3; double double_value = 4;
      ArrayValue array_value = 5; }
  }
  message ArrayValue { repeated AnyValue values = 1; }
`);
const requestType = root.lookupType("ExportTraceServiceRequest");
const responseType = root.lookupType("ExportTraceServiceResponse");

export interface ReadSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly traceState?: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly kind: number;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes: { readonly key: string; readonly value: unknown }[];
  readonly status: { readonly message?: string; readonly code?: number };
  readonly flags: number;
}

export interface ReadRequest {
  readonly resourceSpans: {
    readonly resource: { readonly attributes: { readonly key: string; readonly value: unknown }[] };
    readonly scopeSpans: { readonly scope: unknown; readonly spans: ReadSpan[] }[];
  }[];
}

const hex = (base64: string) => [...atob(base64)].map((c) => c.charCodeAt(0).toString(16).padStart(2, "0")).join("");

/** A request as objects: ids in hexadecimal, 64-bit integers as decimal text, what was not sent left out. */
export function readRequest(bytes: Uint8Array): ReadRequest {
  const request = requestType.toObject(requestType.decode(bytes), { longs: String, bytes: String });
  for (const { scopeSpans } of request.resourceSpans) {
    for (const { spans } of scopeSpans) {
      for (const span of spans) {
        for (const key of ["traceId", "spanId", "parentSpanId"]) if (key in span) span[key] = hex(span[key]);
      }
    }
  }
  return request as ReadRequest;
}

/** All spans of a request. */
export function spansOf(bytes: Uint8Array): ReadSpan[] {
  return readRequest(bytes).resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans));
}

/** The answer of a receiver that took a request without some of its spans. */
export function partialSuccess(rejectedSpans: number, errorMessage: string): Uint8Array<ArrayBuffer> {
  const answer = responseType.encode(responseType.create({ partialSuccess: { rejectedSpans, errorMessage } }));
  return Uint8Array.from(answer.finish());
}
