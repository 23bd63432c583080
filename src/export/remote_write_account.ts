/** The account of the metrics exporter: each sample is taken, dropped with its cause, or waits. */
import { counter, family, gauge, type SelfFamily } from "../process/self_family.ts";

/** Why samples did not arrive. */
export const DROP_CAUSES = {
  refused: "the receiver refused their request",
  queue_full: "more wait for the receiver than can be kept",
  too_old: "they waited longer than a receiver would take them",
  expired: "more series expired between two pushes than can be kept",
  shutdown: "the exporter ended",
} as const;
export type DropCause = keyof typeof DROP_CAUSES;
const causes = Object.keys(DROP_CAUSES) as DropCause[];

/** What waits for the receiver, with what is under way. */
export interface Waiting {
  readonly requests: number;
  readonly samples: number;
  readonly bytes: number;
}

export interface RemoteWriteState {
  /** Where to, without what may be secret in it. */
  readonly endpoint: string;
  /** Why the receiver takes nothing; empty when it does. */
  readonly trouble: string;
  /** How often all metrics were written down to be sent. */
  readonly pushes: number;
  /** Samples that were taken. */
  readonly samples: number;
  readonly dropped: Readonly<Record<DropCause, number>>;
  /** HTTP requests that were made, repetitions included, and those of them that were not taken. */
  readonly requests: number;
  readonly failed: number;
  readonly waiting: Waiting;
  /** RFC 3339; undefined when nothing was taken yet. */
  readonly lastTaken: string | undefined;
  /** What went wrong last, and when; undefined when nothing did. */
  readonly lastError: { readonly text: string; readonly time: string } | undefined;
}

export class RemoteWriteAccount {
  pushes = 0;
  samples = 0;
  requests = 0;
  failed = 0;
  trouble = "";
  lastError: RemoteWriteState["lastError"];
  readonly dropped = Object.fromEntries(causes.map((cause) => [cause, 0])) as Record<DropCause, number>;
  #takenMs: number | undefined;

  /** A request was taken. */
  taken(samples: number): void {
    this.samples += samples;
    this.trouble = "";
    this.#takenMs = Date.now();
  }

  /** A request was not taken. */
  notTaken(text: string): void {
    this.failed++;
    this.trouble = text;
    this.lastError = { text, time: new Date().toISOString() };
  }

  state(endpoint: string, waiting: Waiting): RemoteWriteState {
    const { trouble, pushes, samples, requests, failed, lastError } = this;
    const lastTaken = this.#takenMs === undefined ? undefined : new Date(this.#takenMs).toISOString();
    const dropped = { ...this.dropped };
    return { endpoint, trouble, pushes, samples, dropped, requests, failed, waiting, lastTaken, lastError };
  }

  /** The same as metrics of packetd itself. */
  families({ requests, samples, bytes }: Waiting): SelfFamily[] {
    return [
      counter("remote_write_pushes_total", "Times that all metrics were written down to be sent", this.pushes),
      counter("remote_write_samples_total", "Samples that the receiver took", this.samples),
      family(
        "counter",
        "remote_write_dropped_samples_total",
        "Samples that did not arrive, by cause",
        causes.map((cause) => ({ labels: { cause }, value: this.dropped[cause] })),
      ),
      counter("remote_write_requests_total", "HTTP requests, repetitions included", this.requests),
      counter("remote_write_failed_requests_total", "HTTP requests that the receiver did not take", this.failed),
      gauge("remote_write_waiting_requests", "Requests that wait for the receiver", requests),
      gauge("remote_write_waiting_samples", "Samples that wait for the receiver", samples),
      gauge("remote_write_waiting_bytes", "Bytes that wait for the receiver", bytes),
      gauge(
        "remote_write_receiver_up",
        "Whether the last request was taken; 1 before the first",
        this.trouble === "" ? 1 : 0,
      ),
      gauge(
        "remote_write_last_taken_timestamp_seconds",
        "When a request was taken last; 0 for never",
        (this.#takenMs ?? 0) / 1000,
      ),
    ];
  }
}
