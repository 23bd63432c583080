/**
 * Round trips on their way to one client of `/watch`: lines gather while the client takes the ones before, with one
 * write under way and so many bytes at most. A client that reads too slowly loses round trips and is told how many, in
 * their place: `{"Dropped":12}` among JSON lines.
 */
import { ByteWriter } from "../bytes/writer.ts";
import type { Wish } from "../export/watched_lines.ts";
import type { Exchange } from "./exchange.ts";
import { type Limits, timerMs } from "./limits.ts";
import type { Observed, Watcher } from "./observed.ts";

export interface WatchOptions {
  readonly wish: Wish;
  /** The stream ends after so many round trips, */
  readonly maxMessages: number;
  /** or when none came for so long. */
  readonly timeoutNs: number;
}

/** First size of the two buffers of a client. */
const FIRST_BYTES = 4096;

export class WatchStream implements Watcher {
  readonly wish: Wish;
  readonly #exchange: Exchange;
  readonly #options: WatchOptions;
  readonly #observed: Observed;
  readonly #limits: Limits;
  readonly #unsubscribe: () => void;
  /** The two take turns: one is filled while the other leaves. */
  #filling = new ByteWriter(FIRST_BYTES);
  #leaving = new ByteWriter(FIRST_BYTES);
  #messages = 0;
  /** Round trips lost since the client was last told. */
  #dropped = 0;
  #heardMs = performance.now();
  #silence: ReturnType<typeof setTimeout> | undefined;
  #isPumping = false;
  #isFinished = false;

  /** @param exchange whose answer has begun */
  constructor(exchange: Exchange, options: WatchOptions, observed: Observed, limits: Limits) {
    this.#exchange = exchange;
    this.#options = options;
    this.#observed = observed;
    this.#limits = limits;
    this.wish = options.wish;
    this.#unsubscribe = observed.watch(this);
    this.#waitForSilence();
  }

  line(line: Uint8Array): void {
    if (this.#isFinished) return;
    this.#heardMs = performance.now();
    if (this.#filling.length + this.#leaving.length >= this.#limits.watchBytes) {
      this.#dropped++;
      return this.#observed.lostToWatchers(1);
    }
    this.#tellDropped();
    this.#filling.append(line);
    if (++this.#messages === this.#options.maxMessages) this.finish();
    else this.#pump();
  }

  /** Takes no more round trips; what waits still leaves. */
  finish(): void {
    if (this.#isFinished) return;
    this.#isFinished = true;
    this.#unsubscribe();
    clearTimeout(this.#silence);
    this.#pump();
  }

  /** The same, but a client that does not read is not waited for. */
  async expire(): Promise<void> {
    this.finish();
    const timer = setTimeout(() => this.#exchange.cut("clients that read too slowly"), this.#limits.farewellMs);
    await this.#exchange.closed;
    clearTimeout(timer);
  }

  #waitForSilence(): void {
    const leftMs = this.#heardMs + timerMs(this.#options.timeoutNs) - performance.now();
    if (leftMs <= 0) this.finish();
    else this.#silence = setTimeout(() => this.#waitForSilence(), leftMs);
  }

  #tellDropped(): void {
    if (this.#dropped === 0) return;
    if (this.wish.format === "json") this.#filling.ascii(`{"Dropped":${this.#dropped}}\n`);
    else this.#filling.ascii(`... ${this.#dropped} round trips dropped: they are read too slowly here\n`);
    this.#dropped = 0;
  }

  /** From the next turn of the event loop on, so that what one batch of packets brings leaves together. */
  #pump(): void {
    if (this.#isPumping) return;
    this.#isPumping = true;
    setImmediate(() => this.#empty());
  }

  async #empty(): Promise<void> {
    for (;;) {
      if (this.#isFinished) this.#tellDropped();
      if (this.#filling.length === 0) break;
      [this.#filling, this.#leaving] = [this.#leaving, this.#filling];
      const arrived = await this.#exchange.write(this.#leaving.view());
      this.#leaving.clear();
      if (!arrived) this.finish();
    }
    this.#isPumping = false;
    if (this.#isFinished) this.#exchange.end();
  }
}
