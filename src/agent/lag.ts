/** How long the event loop keeps others waiting: what a request to the API, or a timer, has to expect. */

const EVERY_MS = 500;
/** The largest lag is told of so many measurements. */
const KEPT = 120;

export class LoopLag {
  readonly #timer: ReturnType<typeof setInterval>;
  readonly #measured = new Float64Array(KEPT);
  #count = 0;
  #due = performance.now() + EVERY_MS;

  constructor() {
    this.#timer = setInterval(() => this.#measure(), EVERY_MS);
  }

  /** Seconds that the last timer came late. */
  get lastSeconds(): number {
    return this.#measured[(this.#count + KEPT - 1) % KEPT];
  }

  /** The most within the last minute. */
  get mostSeconds(): number {
    return Math.max(...this.#measured);
  }

  close(): void {
    clearInterval(this.#timer);
  }

  #measure(): void {
    const now = performance.now();
    this.#measured[this.#count++ % KEPT] = Math.max(0, now - this.#due) / 1000;
    this.#due = now + EVERY_MS;
  }
}
