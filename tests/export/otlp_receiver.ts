/** Receivers of spans on loopback, well-behaved and not. */
import { Span } from "../../src/process/span.ts";
import type { Say } from "../../src/export/log_line.ts";
import { TracesExporter, type TracesExporterLimits, type TracesExporterOptions } from "../../src/export/otlp.ts";
import { type ReadSpan, spansOf } from "../tools/otlp.ts";

/** Tests in which something of the transport lives a little longer: a pause, or a connection that is being closed. */
export const LEAVES_TIMERS = { sanitizeOps: false, sanitizeResources: false };

export interface Received {
  readonly headers: Headers;
  readonly body: Uint8Array;
}

/** An HTTP receiver that answers as it is told. */
export class Receiver {
  readonly requests: Received[] = [];
  /** Spans of the requests that were answered with success. */
  readonly spans: ReadSpan[] = [];
  readonly url: string;
  readonly #server: Deno.HttpServer;

  constructor(
    answer: (request: Received, number: number) => Response | Promise<Response> = () => new Response(),
    options: { port?: number; cert?: string; key?: string } = {},
  ) {
    const { port = 0, ...tls } = options;
    this.#server = Deno.serve(
      { hostname: "127.0.0.1", port, onListen() {}, onError: () => new Response(), ...tls },
      async (incoming) => {
        const request = { headers: incoming.headers, body: new Uint8Array(await incoming.arrayBuffer()) };
        this.requests.push(request);
        const response = await answer(request, this.requests.length);
        if (response.ok) this.spans.push(...spansOf(request.body));
        return response;
      },
    );
    this.url = `${tls.cert === undefined ? "http" : "https"}://127.0.0.1:${this.port}/v1/traces`;
  }

  get port(): number {
    return (this.#server.addr as Deno.NetAddr).port;
  }

  close(): Promise<void> {
    return this.#server.shutdown();
  }
}

/** A span with a number for its name. */
export function numbered(name: string | number, serviceName = "packetd"): Span {
  const span = new Span();
  span.name = String(name);
  span.serviceName = serviceName;
  span.traceFlags = 1;
  crypto.getRandomValues(span.traceId);
  crypto.getRandomValues(span.spanId);
  span.attributes = [["n", 1]];
  return span;
}

export interface Exporting {
  readonly exporter: TracesExporter;
  /** `LEVEL message` of what was said. */
  readonly said: string[];
}

/** An exporter for a receiver; requests hold ten spans and wait for a tenth of a second. */
export function exportTo(
  endpoint: string,
  options: Partial<TracesExporterOptions> = {},
  limits: TracesExporterLimits = {},
): Exporting {
  const said: string[] = [];
  const say: Say = (level, _, message) => said.push(`${level} ${message}`);
  const all = { endpoint, header: new Map(), batch: 10, intervalNs: 100e6, timeoutNs: 2e9, ...options };
  return { exporter: new TracesExporter(all, say, limits), said };
}

/** Gives so many spans. */
export function give(exporter: TracesExporter, count: number): void {
  for (let i = 0; i < count; i++) exporter.span(numbered(i));
}

/** Waits until something is so. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 10));
}

/** All spans are accounted for. */
export function balance(exporter: TracesExporter): number {
  const { spans, exported, dropped, waitingSpans } = exporter.state();
  return spans - exported - waitingSpans - Object.values(dropped).reduce((sum, count) => sum + count, 0);
}
