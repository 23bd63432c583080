/** `roundtripstotraces`: turns each round trip into a span. */
import { PATIENCE_SECONDS } from "../core/limits.ts";
import type { RoundTrip } from "../core/roundtrip.ts";
import { elapsedNs, type Instant } from "../core/time.ts";
import { randomId } from "./random_ids.ts";
import { rewrite } from "./semconv.ts";
import { CLIENT, SERVER, Span, type SpanSink } from "./span.ts";
import type { Step } from "./step.ts";
import { readTraceparent, SAMPLED, traceStateOf } from "./trace_context.ts";

export interface TracesOptions {
  /** Names of spans and attributes: the contract's, or OpenTelemetry's current ones. */
  readonly semconv: "packetd" | "otel";
  /** Whether requests without an answer become spans, with status Error. */
  readonly unanswered: boolean;
  /** `service.name` of the resource that a round trip's span belongs to. */
  serviceName(roundTrip: RoundTrip): string;
  /** Whether an address is this host's. */
  isLocal(host: string): boolean;
  /** The packets' clock: when requests are given up. */
  now(): Instant;
}

/** Secrets never leave in spans. */
const RENDERING = { showSecrets: false };
const UNANSWERED = "no response";

/**
 * A request that brings a `traceparent` along is a child of the span that it names, of the same trace; any other begins a
 * trace of its own. What the caller chose not to sample (flag 00) is not exported, only counted.
 *
 * With `unanswered`, a request whose answer comes after its time was over has two spans: one that says so, and the late
 * answer's.
 */
export class RoundTripsToTraces implements Step {
  /** Spans handed on, and those that were not because their trace is not sampled. */
  readonly counts = { spans: 0, unsampled: 0 };
  readonly #sink: SpanSink;
  readonly #options: TracesOptions;
  readonly #span = new Span();

  constructor(sink: SpanSink, options: TracesOptions) {
    this.#sink = sink;
    this.#options = options;
  }

  roundTrip(roundTrip: RoundTrip): boolean {
    this.#trace(roundTrip);
    return true;
  }

  unanswered(roundTrip: RoundTrip): boolean {
    if (this.#options.unanswered) this.#trace(roundTrip);
    return true;
  }

  #trace(roundTrip: RoundTrip): void {
    const span = this.#span;
    this.#context(roundTrip);
    if ((span.traceFlags & SAMPLED) === 0) {
      this.counts.unsampled++;
      return;
    }
    this.counts.spans++;
    const { protocol, flow, answered } = roundTrip;
    const { isLocal, semconv } = this.#options;
    const facts = protocol.span(roundTrip, RENDERING);
    randomId(span.spanId);
    span.serviceName = this.#options.serviceName(roundTrip);
    span.kind = !isLocal(flow.server.host) && isLocal(flow.client.host) ? CLIENT : SERVER;
    span.failed = !answered || protocol.failed(roundTrip);
    span.message = !span.failed ? "" : answered ? protocol.result(roundTrip) : UNANSWERED;
    this.#times(roundTrip);
    if (semconv === "otel") rewrite(facts, span);
    else {
      span.name = facts.name;
      span.attributes = facts.attributes;
    }
    if (span.name === "") span.name = protocol.name; // a command of which nothing is known
    this.#sink.span(span);
  }

  /** The trace that it belongs to. */
  #context(roundTrip: RoundTrip): void {
    const span = this.#span;
    const headers = roundTrip.protocol.traceHeaders?.(roundTrip);
    const flags = headers === undefined ? -1 : readTraceparent(headers.traceparent, span.traceId, span.parentId);
    span.hasParent = flags >= 0;
    span.traceFlags = span.hasParent ? flags : SAMPLED;
    span.traceState = span.hasParent ? traceStateOf(headers!) : "";
    if (!span.hasParent) randomId(span.traceId);
  }

  #times(roundTrip: RoundTrip): void {
    const span = this.#span;
    span.startSec = span.endSec = roundTrip.requestSec;
    span.startNsec = span.endNsec = roundTrip.requestNsec;
    let sec = roundTrip.responseSec, nsec = roundTrip.responseNsec;
    if (!roundTrip.answered) ({ sec, nsec } = this.#givenUp(roundTrip));
    if (elapsedNs(span.startSec, span.startNsec, sec, nsec) <= 0) return;
    span.endSec = sec;
    span.endNsec = nsec;
  }

  /** When its time was over, or else when its flow ended: now. */
  #givenUp({ timedOut, requestSec, requestNsec, protocol }: RoundTrip): Instant {
    if (!timedOut) return this.#options.now();
    return { sec: requestSec + (protocol.patienceSeconds ?? PATIENCE_SECONDS), nsec: requestNsec };
  }
}
