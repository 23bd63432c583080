/**
 * Requests wait here until the receiver takes them, one after another, so that each series arrives in the order of time. What
 * fails is tried again, after pauses that grow or that the receiver asks for; what is refused is dropped. While the receiver
 * is down, the newest requests are kept.
 */
import type { Say } from "./log_line.ts";
import { DROP_CAUSES, type DropCause, type RemoteWriteAccount, type Waiting } from "./remote_write_account.ts";
import type { Outcome, Receiver } from "./remote_write_receiver.ts";

export interface QueueLimits {
  /** Bytes of all requests that wait. */
  readonly bytes: number;
  /** The longest that a request waits. */
  readonly ageMs: number;
  /** The pause after one failure; it doubles with each that follows. */
  readonly pauseMs: number;
}

export const QUEUE_LIMITS: QueueLimits = {
  bytes: 32 * 1024 * 1024,
  ageMs: 60 * 60_000, // Prometheus takes nothing that is an hour older than its newest sample
  pauseMs: 500,
};
/** The longest pause, and the longest that a receiver can ask for. */
const LONGEST_PAUSE_MS = 30_000, LONGEST_RETRY_AFTER_MS = 5 * 60_000;
/** The same complaint is made once in this time. */
const COMPLAINT_MS = 60_000;

interface Request {
  readonly body: Uint8Array<ArrayBuffer>;
  readonly samples: number;
  /** When it was written, on the clock of `performance.now()`. */
  readonly writtenMs: number;
}

export class RemoteWriteQueue {
  readonly #account: RemoteWriteAccount;
  readonly #say: Say;
  readonly #limits: QueueLimits;
  #receiver: Receiver;
  /** Oldest first, without the one under way. */
  readonly #requests: Request[] = [];
  /** Who is asked just now to take a request. */
  #asked: Receiver | undefined;
  #bytes = 0;
  #samples = 0;
  #sending: Promise<void> | undefined;
  #failures = 0;
  /** The pause that lasts. */
  #pause: { readonly end: () => void; readonly isAskedFor: boolean } | undefined;
  #isClosed = false;
  readonly #complained = new Map<DropCause | "failed", number>();

  constructor(receiver: Receiver, account: RemoteWriteAccount, say: Say, limits: QueueLimits) {
    this.#receiver = receiver;
    this.#account = account;
    this.#say = say;
    this.#limits = limits;
  }

  get waiting(): Waiting {
    const requests = this.#requests.length + (this.#asked === undefined ? 0 : 1);
    return { requests, samples: this.#samples, bytes: this.#bytes };
  }

  get receiver(): Receiver {
    return this.#receiver;
  }

  add(body: Uint8Array<ArrayBuffer>, samples: number): void {
    this.#requests.push({ body, samples, writtenMs: performance.now() });
    this.#bytes += body.length;
    this.#samples += samples;
    this.#makeRoom();
    this.#sending ??= this.#send();
  }

  /** Sends to another receiver from now on, what waits included. */
  redirect(receiver: Receiver): void {
    const before = this.#receiver;
    this.#receiver = receiver;
    this.#failures = 0;
    if (this.#asked !== before) before.close();
    this.#pause?.end();
  }

  /** Tries again now rather than after a pause, unless the receiver asked for that. */
  hurry(): void {
    if (this.#pause?.isAskedFor === false) this.#pause.end();
  }

  /** Resolves when nothing waits any more. */
  async drained(): Promise<void> {
    await this.#sending;
  }

  /** Ends what is under way. What waits is lost. */
  close(): void {
    this.#isClosed = true;
    this.#receiver.close();
    if (this.#asked !== this.#receiver) this.#asked?.close();
    this.#asked = undefined;
    this.#pause?.end();
    if (this.#samples > 0) this.#drop("shutdown", this.#samples);
    this.#requests.length = this.#bytes = this.#samples = 0;
  }

  async #send(): Promise<void> {
    for (let request; (request = this.#requests.shift()) !== undefined;) {
      this.#account.requests++;
      const receiver = this.#asked = this.#receiver;
      const outcome = await receiver.post(request.body);
      this.#asked = undefined;
      if (this.#isClosed) return;
      if (receiver !== this.#receiver) receiver.close();
      if (outcome.kind === "failed") await this.#tryLater(request, outcome);
      else this.#settle(request, outcome);
    }
    this.#sending = undefined;
  }

  #settle(request: Request, outcome: Exclude<Outcome, { kind: "failed" }>): void {
    this.#forget(request);
    this.#failures = 0;
    if (outcome.kind === "refused") {
      this.#account.notTaken(outcome.text);
      return this.#drop("refused", request.samples);
    }
    if (this.#account.trouble !== "") this.#say("INFO", "metrics", `${this.#receiver.name} takes samples again`);
    this.#account.taken(request.samples);
  }

  async #tryLater(request: Request, { text, retryAfterMs }: Extract<Outcome, { kind: "failed" }>): Promise<void> {
    this.#account.notTaken(text);
    this.#complain("failed", `${this.#receiver.name} takes no samples, they wait: ${text}`);
    this.#requests.unshift(request);
    this.#makeRoom();
    const growing = Math.min(this.#limits.pauseMs * 2 ** this.#failures++, LONGEST_PAUSE_MS);
    // Not all at the same time, where many lost the same receiver.
    const ms = Math.max(growing * (1 - Math.random() / 2), Math.min(retryAfterMs ?? 0, LONGEST_RETRY_AFTER_MS));
    await new Promise<void>((resolve) => {
      const timer = setTimeout(() => this.#pause?.end(), ms);
      const end = () => {
        clearTimeout(timer);
        resolve();
      };
      this.#pause = { end, isAskedFor: retryAfterMs !== undefined };
    });
    this.#pause = undefined;
  }

  /** Drops the oldest requests where there are too many, and those that are too old. */
  #makeRoom(): void {
    const oldestMs = performance.now() - this.#limits.ageMs;
    for (let first; (first = this.#requests[0]) !== undefined;) {
      const isTooOld = first.writtenMs < oldestMs;
      if (!isTooOld && (this.#bytes <= this.#limits.bytes || this.#requests.length === 1)) return;
      this.#forget(this.#requests.shift()!);
      this.#drop(isTooOld ? "too_old" : "queue_full", first.samples);
    }
  }

  #forget({ body, samples }: Request): void {
    this.#bytes -= body.length;
    this.#samples -= samples;
  }

  #drop(cause: DropCause, samples: number): void {
    const { dropped, trouble } = this.#account;
    dropped[cause] += samples;
    this.#complain(cause, `${samples} samples are lost, ${DROP_CAUSES[cause]}${trouble === "" ? "" : `: ${trouble}`}`);
  }

  #complain(about: DropCause | "failed", text: string): void {
    const now = performance.now();
    if (now - (this.#complained.get(about) ?? -Infinity) < COMPLAINT_MS) return;
    this.#complained.set(about, now);
    this.#say("WARN", "metrics", text);
  }
}
