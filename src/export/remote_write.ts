/**
 * The metrics exporter: pushes all metrics of the traffic, every interval, by Prometheus remote write 1.0
 * (https://prometheus.io/docs/specs/prw/remote_write_spec/).
 *
 * What a push holds is written at once, piece by piece so that packets have their turns, and waits as requests in a queue.
 * Timestamps of a series only grow. A series that expires, or is reset, is sent once more with what it counted last, and with
 * a marker that ends it. At the end of the program none is sent: whoever restarts packetd goes on with the same series.
 */
import type { ExpiryListener, Family, LabelSet } from "../process/group.ts";
import type { SelfFamily } from "../process/self_family.ts";
import type { Series } from "../process/series.ts";
import type { MetricStorage } from "../process/storage.ts";
import type { Say } from "./log_line.ts";
import { RemoteWriteAccount, type RemoteWriteState } from "./remote_write_account.ts";
import { QUEUE_LIMITS, type QueueLimits, RemoteWriteQueue } from "./remote_write_queue.ts";
import { Receiver, type ReceiverOptions } from "./remote_write_receiver.ts";
import { WriteRequest } from "./remote_write_request.ts";
import { SeriesWriter } from "./remote_write_series.ts";

export interface RemoteWriteOptions extends ReceiverOptions {
  /** Time between two pushes, and before the first. */
  readonly intervalNs: number;
}

/** A request is sent when it holds so much: a receiver takes far more, and to compress it takes a millisecond. */
const REQUEST_SAMPLES = 5000, REQUEST_BYTES = 512 * 1024;
/** Bytes that are written without a turn for others: some hundred samples, a fraction of a millisecond. */
const PIECE_BYTES = 64 * 1024;
/** Series that may expire between two pushes; they are kept that long. */
const EXPIRED_SERIES = 200_000;

/** A series that was deleted, with what it counted last. */
interface Expired {
  readonly family: Family;
  readonly set: LabelSet;
  readonly series: Series;
  readonly timeMs: number;
}

export class RemoteWrite {
  readonly #storage: MetricStorage;
  readonly #say: Say;
  readonly #account = new RemoteWriteAccount();
  readonly #queue: RemoteWriteQueue;
  readonly #request = new WriteRequest();
  readonly #writer = new SeriesWriter(this.#request);
  #options: RemoteWriteOptions;
  #expired: Expired[] = [];
  /** Label sets of which something expired while they were being written. */
  readonly #interrupted = new Set<LabelSet>();
  /** Timestamps of the last push, and the latest of all. */
  #pushedMs = 0;
  #latestMs = 0;
  /** Length of the request when others had their turn last. */
  #pieceStart = 0;
  /** When the next push begins, on the clock of `performance.now()`. */
  #dueMs: number;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #pushing: Promise<void> | undefined;
  #isClosing = false;
  #isClosed = false;

  /**
   * @param limits of what waits, for tests
   * @throws TypeError for what is no URL or no header
   */
  constructor(storage: MetricStorage, options: RemoteWriteOptions, say: Say, limits: Partial<QueueLimits> = {}) {
    this.#storage = storage;
    this.#options = options;
    this.#say = say;
    this.#queue = new RemoteWriteQueue(new Receiver(options), this.#account, say, { ...QUEUE_LIMITS, ...limits });
    this.#dueMs = performance.now() + options.intervalNs / 1e6;
    storage.expiryListeners.add(this.#onExpiry);
    this.#plan();
  }

  /** Goes on by other options: what waits goes to the new receiver. @throws TypeError as the constructor does */
  reconfigure(options: RemoteWriteOptions): void {
    this.#queue.redirect(new Receiver(options));
    this.#dueMs += (options.intervalNs - this.#options.intervalNs) / 1e6;
    this.#options = options;
    if (this.#pushing === undefined) this.#plan();
  }

  /** Pushes once more, and waits until all has left; what has not after so many milliseconds is dropped and counted. */
  async close(deadlineMs: number): Promise<void> {
    this.#isClosing = true;
    clearTimeout(this.#timer);
    let timer: ReturnType<typeof setTimeout> | undefined;
    const patience = new Promise((resolve) => timer = setTimeout(resolve, deadlineMs));
    await Promise.race([this.#finish(), patience]);
    clearTimeout(timer);
    this.#isClosed = true;
    this.#storage.expiryListeners.delete(this.#onExpiry);
    if (this.#pushing !== undefined) this.#say("ERROR", "metrics", "the last push could not be written whole");
    for (const { series } of this.#expired) series.samples(() => this.#account.dropped.shutdown++);
    this.#queue.close();
  }

  state(): RemoteWriteState {
    return this.#account.state(this.#queue.receiver.name, this.#queue.waiting);
  }

  families(): SelfFamily[] {
    return this.#account.families(this.#queue.waiting);
  }

  readonly #onExpiry: ExpiryListener = (family, set, series) => {
    if (this.#pushing !== undefined) this.#interrupted.add(set);
    if (this.#expired.length >= EXPIRED_SERIES) {
      series.samples(() => this.#account.dropped.expired++);
      return;
    }
    const timeMs = Math.max(Date.now(), this.#pushedMs + 1);
    this.#latestMs = Math.max(this.#latestMs, timeMs + 1); // of the marker
    this.#expired.push({ family, set, series, timeMs });
  };

  #plan(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#pushInTime(), Math.max(0, this.#dueMs - performance.now()));
  }

  async #pushInTime(): Promise<void> {
    await this.#push();
    // What took longer than the interval is followed by the next one, not by all that it held up.
    this.#dueMs = Math.max(this.#dueMs + this.#options.intervalNs / 1e6, performance.now());
    if (!this.#isClosing) this.#plan();
  }

  async #finish(): Promise<void> {
    await this.#pushing;
    await this.#push();
    this.#queue.hurry();
    await this.#queue.drained();
  }

  #push(): Promise<void> {
    return this.#pushing = this.#write()
      .catch(({ stack, message }) => this.#say("ERROR", "metrics", `a fault, please report it: ${stack ?? message}`))
      .finally(() => this.#pushing = undefined);
  }

  /** Writes all metrics into requests. */
  async #write(): Promise<void> {
    this.#account.pushes++;
    const timeMs = this.#pushedMs = this.#latestMs = Math.max(Date.now(), this.#latestMs + 1);
    const expired = this.#expired;
    this.#expired = [];
    this.#interrupted.clear();
    for (const { family, set, series, timeMs } of expired) {
      this.#writer.write(family, set, series, timeMs, true);
      if (this.#isPieceFull()) await this.#handOn();
      if (this.#isClosed) return;
    }
    for (const group of this.#storage.groups) {
      for (const set of group.labelSets()) {
        for (const family of group.families) {
          // A series that has begun anew meanwhile belongs behind the marker of the old one: into the next push.
          if (this.#interrupted.has(set)) break;
          const series = family.peek(set);
          if (series !== undefined) this.#writer.write(family, set, series, timeMs);
          if (this.#isPieceFull()) await this.#handOn();
          if (this.#isClosed) return;
        }
      }
    }
    this.#enqueue();
  }

  #isPieceFull(): boolean {
    return this.#request.bytes - this.#pieceStart >= PIECE_BYTES;
  }

  /** Sends the request if it is large enough, and gives others their turn. */
  async #handOn(): Promise<void> {
    if (this.#request.samples >= REQUEST_SAMPLES || this.#request.bytes >= REQUEST_BYTES) this.#enqueue();
    this.#pieceStart = this.#request.bytes;
    await new Promise((resolve) => setImmediate(resolve));
  }

  #enqueue(): void {
    const { samples } = this.#request;
    if (samples > 0) this.#queue.add(this.#request.take(), samples);
    this.#pieceStart = 0;
  }
}
