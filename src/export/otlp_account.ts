/** The account of the traces exporter: every span that it was given is exported, dropped with its cause, or waiting. */
import { counter, family, gauge, type SelfFamily } from "../process/self_family.ts";

/** Why spans did not arrive. */
export const DROP_CAUSES = {
  queue_full: "more wait for the receiver than can be kept",
  too_long: "longer than a span may be",
  refused: "the receiver refused their request",
  rejected: "the receiver took their request without them",
  undelivered: "the receiver could not be reached for too long",
  shutdown: "the program ended",
} as const;
export type DropCause = keyof typeof DROP_CAUSES;

export interface TracesExporterState {
  /** The receiver, without what may be secret in its URL. */
  readonly endpoint: string;
  /** Whether the last request was delivered; true before the first. */
  readonly reachable: boolean;
  /** Why the receiver takes nothing; empty when it does. */
  readonly trouble: string;
  /** All that were given. */
  readonly spans: number;
  readonly exported: number;
  readonly dropped: Readonly<Record<DropCause, number>>;
  readonly waitingSpans: number;
  readonly waitingBytes: number;
  /** HTTP requests made, repetitions included. */
  readonly requests: number;
  /** What went wrong last, and when (RFC 3339); undefined when nothing did. */
  readonly lastError: { readonly text: string; readonly time: string } | undefined;
}

const dropCauses = Object.keys(DROP_CAUSES) as DropCause[];

export class TracesAccount {
  spans = 0;
  exported = 0;
  requests = 0;
  waitingSpans = 0;
  reachable = true;
  lastError: TracesExporterState["lastError"];
  readonly dropped = Object.fromEntries(dropCauses.map((cause) => [cause, 0])) as Record<DropCause, number>;

  /** What still waits is lost. */
  close(): void {
    this.dropped.shutdown += this.waitingSpans;
    this.waitingSpans = 0;
  }

  /** What was dropped and why, for people; empty when nothing was. */
  losses(): string {
    return dropCauses.filter((cause) => this.dropped[cause] > 0)
      .map((cause) => `${this.dropped[cause]} (${DROP_CAUSES[cause]})`).join(", ");
  }

  failed(text: string): void {
    this.lastError = { text, time: new Date().toISOString() };
  }

  state(endpoint: string, waitingBytes: number): TracesExporterState {
    const { spans, exported, requests, waitingSpans, reachable, lastError } = this;
    const dropped = { ...this.dropped };
    const trouble = reachable ? "" : lastError?.text ?? "it cannot be reached";
    return { endpoint, reachable, trouble, spans, exported, dropped, waitingSpans, waitingBytes, requests, lastError };
  }
}

/** The state as metrics of packetd itself. */
export function tracesFamilies(state: TracesExporterState): SelfFamily[] {
  return [
    counter("traces_spans_total", "Spans given to the traces exporter", state.spans),
    counter("traces_exported_spans_total", "Spans that the receiver took", state.exported),
    family(
      "counter",
      "traces_dropped_spans_total",
      "Spans that did not arrive, by cause",
      dropCauses.map((cause) => ({ labels: { cause }, value: state.dropped[cause] })),
    ),
    counter("traces_requests_total", "HTTP requests of the traces exporter, repetitions included", state.requests),
    gauge("traces_waiting_spans", "Spans that wait for the receiver", state.waitingSpans),
    gauge("traces_waiting_bytes", "Bytes of the spans that wait for the receiver", state.waitingBytes),
    gauge(
      "traces_receiver_up",
      "Whether the last request of the traces exporter was delivered",
      state.reachable ? 1 : 0,
    ),
  ];
}
