/**
 * Rendering of metrics takes turns, and at most a quarter of the time: capture shares this thread, and anybody may ask as
 * often as he likes. After each piece the thread is left alone for three times as long as the piece took.
 */

const REST = 3;
/** Rest that is not worth a timer, in milliseconds: it adds up until it is. */
const SMALLEST_MS = 2;

export class Pace {
  readonly #now: () => number;
  readonly #sleep: (ms: number) => Promise<void>;
  #last: Promise<void> = Promise.resolve();
  #freeAtMs = 0;

  /**
   * @param now milliseconds of a clock that never goes back
   * @param sleep resolves after so many of them
   */
  constructor(
    now: () => number = () => performance.now(),
    sleep: (ms: number) => Promise<void> = (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
  ) {
    this.#now = now;
    this.#sleep = sleep;
  }

  /** Renders a piece when it is its turn. */
  async turn<T>(render: () => T): Promise<T> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const before = this.#last;
    this.#last = promise;
    await before;
    try {
      const restMs = this.#freeAtMs - this.#now();
      if (restMs >= SMALLEST_MS) await this.#sleep(restMs);
      const startMs = this.#now();
      const piece = render();
      const endMs = this.#now();
      this.#freeAtMs = Math.max(endMs, this.#freeAtMs) + REST * (endMs - startMs);
      return piece;
    } finally {
      resolve();
    }
  }
}
