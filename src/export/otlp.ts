/** The traces exporter: spans wait, encoded, in a bounded queue until an OTLP receiver takes them. */
import type { SelfFamily } from "../process/self_family.ts";
import type { Span, SpanSink } from "../process/span.ts";
import type { Say } from "./log_line.ts";
import {
  DROP_CAUSES,
  type DropCause,
  TracesAccount,
  type TracesExporterState,
  tracesFamilies,
} from "./otlp_account.ts";
import { type Batch, OpenBatch, REQUEST_BYTES } from "./otlp_batch.ts";
import { type Receiver, receiverAt } from "./otlp_receiver.ts";
import { OtlpTransport, type Outcome } from "./otlp_transport.ts";

/** Bytes of spans that wait for the receiver, those under way included. */
const WAITING_BYTES = 32 * 1024 * 1024;
/** Requests under way at once; one while the receiver could not be reached. */
const REQUESTS = 4;
/** How long nothing is sent to a receiver that could not be reached: at first, and at most. */
const PAUSE_MS = 5_000, LONGEST_PAUSE_MS = 60_000;
/** How long spans are kept that cannot be delivered. */
const KEPT_MS = 5 * 60_000;
/** The same complaint is made once in this time. */
const COMPLAINT_MS = 60_000;

export interface TracesExporterOptions {
  /** The whole URL, path included. */
  readonly endpoint: string;
  readonly header: ReadonlyMap<string, string>;
  /** Spans of a request. */
  readonly batch: number;
  /** The longest that a span waits for a request to fill up. */
  readonly intervalNs: number;
  /** The longest that a request takes, its repetitions included. */
  readonly timeoutNs: number;
}

/** What tests set lower. */
export interface TracesExporterLimits {
  readonly waitingBytes?: number;
  readonly pauseMs?: number;
  readonly keptMs?: number;
}

/**
 * Taking a span never waits and never throws. What cannot be delivered is tried again for some minutes; beyond that, and
 * beyond what the queue holds, spans are dropped and counted.
 */
export class TracesExporter implements SpanSink {
  readonly #receiver: Receiver;
  readonly #say: Say;
  readonly #batch: number;
  readonly #limits: Required<TracesExporterLimits>;
  readonly #account = new TracesAccount();
  readonly #open = new OpenBatch();
  readonly #queue: Batch[] = [];
  /** Bytes in the queue and under way. */
  #sealedBytes = 0;
  readonly #idle: OtlpTransport[] = [];
  readonly #busy = new Set<OtlpTransport>();
  readonly #interval: ReturnType<typeof setInterval>;
  /** The length of the last pause, and the timer of the one that lasts. */
  #pauseMs = 0;
  #pause: ReturnType<typeof setTimeout> | undefined;
  #isClosing = false;
  #isClosed = false;
  #onDrained: () => void = () => {};
  /** When each complaint was made last. */
  readonly #complained = new Map<DropCause, number>();

  /** @throws for options that can never work */
  constructor(options: TracesExporterOptions, say: Say, limits: TracesExporterLimits = {}) {
    this.#receiver = receiverAt(options.endpoint, options.header, options.timeoutNs / 1e6);
    this.#say = say;
    this.#batch = options.batch;
    this.#limits = { waitingBytes: WAITING_BYTES, pauseMs: PAUSE_MS, keptMs: KEPT_MS, ...limits };
    this.#interval = setInterval(() => this.#seal(), options.intervalNs / 1e6);
  }

  span(span: Span): void {
    this.#account.spans++;
    if (this.#isClosing) return void this.#account.dropped.shutdown++;
    if (this.#waitingBytes >= this.#limits.waitingBytes) return this.#drop("queue_full", 1);
    if (!this.#open.add(span)) return this.#drop("too_long", 1);
    this.#account.waitingSpans++;
    if (this.#open.spans >= this.#batch || this.#open.bytes >= REQUEST_BYTES) this.#seal();
  }

  /**
   * Takes spans that were gathered elsewhere.
   *
   * @param request an ExportTraceServiceRequest
   * @param tooLong spans besides that were too long to be in it
   */
  gathered(request: Uint8Array<ArrayBuffer>, spans: number, tooLong: number): void {
    this.#account.spans += spans + tooLong;
    if (tooLong > 0) this.#drop("too_long", tooLong);
    if (spans === 0) return;
    if (this.#isClosing) return void (this.#account.dropped.shutdown += spans);
    if (this.#waitingBytes >= this.#limits.waitingBytes) return this.#drop("queue_full", spans);
    this.#account.waitingSpans += spans;
    this.#enqueue({ request, spans, sealedAt: performance.now() });
  }

  /** Sends what waits; what has not arrived after so many milliseconds is dropped. */
  async close(deadlineMs: number): Promise<void> {
    if (this.#isClosing) return;
    this.#isClosing = true;
    clearInterval(this.#interval);
    this.#resume();
    this.#seal();
    let timer: ReturnType<typeof setTimeout> | undefined;
    await new Promise<void>((resolve) => {
      this.#onDrained = resolve;
      timer = setTimeout(resolve, deadlineMs);
      this.#tellIfDrained();
    });
    clearTimeout(timer);
    clearTimeout(this.#pause);
    this.#isClosed = true;
    for (const transport of [...this.#idle, ...this.#busy]) transport.close();
    this.#queue.length = this.#sealedBytes = 0;
    this.#account.close();
    const losses = this.#account.losses();
    if (losses !== "") this.#say("WARN", "traces", `dropped spans in all: ${losses}`);
  }

  state(): TracesExporterState {
    return this.#account.state(this.#receiver.name, this.#waitingBytes);
  }

  families(): SelfFamily[] {
    return tracesFamilies(this.state());
  }

  get #waitingBytes(): number {
    return this.#sealedBytes + this.#open.bytes;
  }

  /** Puts what was gathered into the queue. */
  #seal(): void {
    if (this.#open.spans === 0) return;
    this.#enqueue(this.#open.seal());
  }

  #enqueue(batch: Batch): void {
    this.#sealedBytes += batch.request.length;
    this.#queue.push(batch);
    this.#pump();
  }

  /** Sends as much as may be under way. */
  #pump(): void {
    const most = this.#pauseMs > 0 ? 1 : REQUESTS;
    while (this.#pause === undefined && this.#busy.size < most && this.#queue.length > 0) {
      this.#send(this.#queue.shift()!);
    }
  }

  async #send(batch: Batch): Promise<void> {
    const transport = this.#idle.pop() ?? new OtlpTransport(this.#receiver, () => this.#account.requests++);
    this.#busy.add(transport);
    const outcome = await transport.send(batch.request);
    if (this.#isClosed) return; // it was counted as lost
    this.#busy.delete(transport);
    if (!transport.closed) this.#idle.push(transport);
    this.#settle(batch, outcome);
    this.#pump();
    this.#tellIfDrained();
  }

  #settle(batch: Batch, outcome: Outcome): void {
    const account = this.#account;
    if (outcome.kind === "undelivered") return this.#putBack(batch, outcome.message);
    this.#sealedBytes -= batch.request.length;
    if (!account.reachable) this.#say("INFO", "traces", `${this.#receiver.name} can be reached again`);
    account.reachable = true;
    this.#pauseMs = 0;
    if (outcome.kind === "refused") return this.#forget("refused", batch.spans, outcome.message);
    const rejected = Math.min(outcome.rejected, batch.spans);
    account.waitingSpans -= batch.spans - rejected;
    account.exported += batch.spans - rejected;
    if (rejected > 0) this.#forget("rejected", rejected, outcome.message);
    else if (outcome.message !== "") account.failed(outcome.message); // a warning of the receiver
  }

  /** Keeps the batch for later, and drops what has waited too long. */
  #putBack(batch: Batch, message: string): void {
    const account = this.#account;
    account.failed(message);
    if (account.reachable) this.#say("WARN", "traces", `${this.#receiver.name} takes no spans, they wait: ${message}`);
    account.reachable = false;
    this.#queue.unshift(batch);
    const oldest = performance.now() - this.#limits.keptMs;
    while (this.#queue.length > 0 && this.#queue[0].sealedAt < oldest) {
      const { spans, request } = this.#queue.shift()!;
      this.#sealedBytes -= request.length;
      this.#forget("undelivered", spans, message);
    }
    if (this.#pause !== undefined) return;
    this.#pauseMs = Math.min(Math.max(this.#limits.pauseMs, this.#pauseMs * 2), LONGEST_PAUSE_MS);
    this.#pause = setTimeout(() => {
      this.#pause = undefined;
      this.#pump();
    }, this.#pauseMs);
  }

  /** Ends a pause. */
  #resume(): void {
    clearTimeout(this.#pause);
    this.#pause = undefined;
    this.#pump();
  }

  /** Spans that waited are dropped. */
  #forget(cause: DropCause, spans: number, message?: string): void {
    this.#account.waitingSpans -= spans;
    this.#drop(cause, spans, message);
  }

  #drop(cause: DropCause, spans: number, message = ""): void {
    const { dropped } = this.#account;
    dropped[cause] += spans;
    const text = message === "" ? DROP_CAUSES[cause] : `${DROP_CAUSES[cause]}: ${message}`;
    const now = performance.now();
    if (now - (this.#complained.get(cause) ?? -Infinity) < COMPLAINT_MS) return;
    this.#complained.set(cause, now);
    this.#account.failed(text);
    this.#say("WARN", "traces", `dropped spans: ${dropped[cause]} so far, ${text}`);
  }

  #tellIfDrained(): void {
    if (this.#queue.length === 0 && this.#busy.size === 0) this.#onDrained();
  }
}
