/** A span as it is handed on: what a round trip is in OpenTelemetry's terms. */
import type { SpanAttribute } from "../core/span.ts";

/** Of opentelemetry-proto's `Span.SpanKind`. */
export const SERVER = 2, CLIENT = 3;

/** One object a step, filled anew for each span: its reader takes what it needs before the call returns. */
export class Span {
  serviceName = "";
  readonly traceId: Uint8Array = new Uint8Array(16);
  readonly spanId: Uint8Array = new Uint8Array(8);
  /** The span that asked; only meant when `hasParent`. */
  readonly parentId: Uint8Array = new Uint8Array(8);
  hasParent = false;
  /** Flags of the W3C Trace Context that it belongs to. */
  traceFlags = 0;
  traceState = "";
  name = "";
  kind: typeof SERVER | typeof CLIENT = SERVER;
  startSec = 0;
  startNsec = 0;
  /** Never before the start. */
  endSec = 0;
  endNsec = 0;
  attributes: readonly SpanAttribute[] = [];
  failed = false;
  /** What went wrong, for people; empty when nothing did or the attributes say it. */
  message = "";
}

/** Takes spans. Never waits, never throws: what it cannot take it counts. */
export interface SpanSink {
  span(span: Span): void;
}
