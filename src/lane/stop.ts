/** How a capture is told to end: by itself, or by a signal. */

export class Stop {
  /** No more packets are wanted. */
  requested = false;
  /** A person said so: nothing may be waited for any longer. */
  interrupted = false;
  #interruptedMs = NaN;
  #wake = () => {};

  /** What was asked for is done. */
  end(): void {
    this.requested = true;
  }

  interrupt(): void {
    this.requested = this.interrupted = true;
    this.#interruptedMs = performance.now();
    this.#wake();
  }

  /** Milliseconds since a person said so; NaN before that. */
  get sinceInterruptMs(): number {
    return performance.now() - this.#interruptedMs;
  }

  /** Resolves with the promise, or at once when a person wants the end. For one caller at a time. */
  or(promise: Promise<void>): Promise<void> {
    if (this.interrupted) return Promise.resolve();
    return new Promise((resolve, reject) => {
      this.#wake = resolve;
      promise.then(resolve, reject);
    });
  }
}

/** Resolves with the promise, or after some milliseconds. */
export async function atMost(ms: number, promise: Promise<unknown>): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const patience = new Promise((resolve) => timer = setTimeout(resolve, ms));
  await Promise.race([promise, patience]).finally(() => clearTimeout(timer));
}
