/** Gathers spans, encoded, into requests. */
import type { Span } from "../process/span.ts";
import { writeResourceSpans, writeSpan } from "./otlp_encoding.ts";
import { ProtobufWriter } from "./protobuf.ts";

/** Longest span, and about the longest request: receivers take 4 MiB at least. */
export const SPAN_BYTES = 1024 * 1024;
export const REQUEST_BYTES = 2 * 1024 * 1024;

/** An ExportTraceServiceRequest. */
export interface Batch {
  readonly request: Uint8Array<ArrayBuffer>;
  readonly spans: number;
  /** When it was made, in milliseconds of `performance.now()`. */
  readonly sealedAt: number;
}

export class OpenBatch {
  spans = 0;
  bytes = 0;
  /** The spans of each service. Services are named by the configuration, so there are few. */
  readonly #services = new Map<string, ProtobufWriter>();
  readonly #request = new ProtobufWriter();

  /** @returns false for a span that is too long; then nothing has changed */
  add(span: Span): boolean {
    let writer = this.#services.get(span.serviceName);
    if (writer === undefined) this.#services.set(span.serviceName, writer = new ProtobufWriter(4096));
    const before = writer.length;
    writeSpan(writer, span);
    const bytes = writer.length - before;
    if (bytes > SPAN_BYTES) {
      writer.length = before;
      return false;
    }
    this.spans++;
    this.bytes += bytes;
    return true;
  }

  /** What was gathered as a request; it is empty afterwards. */
  seal(): Batch {
    const request = this.#request;
    request.clear();
    for (const [name, writer] of this.#services) {
      if (writer.length > 0) writeResourceSpans(request, name, writer.view());
      writer.clear();
    }
    const batch = { request: request.view().slice(), spans: this.spans, sealedAt: performance.now() };
    this.spans = this.bytes = 0;
    return batch;
  }
}
