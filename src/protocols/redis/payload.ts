/** The bytes of a string and the CR LF behind them: counted, never held. */

const LF = 10, CR = 13;

export class Payload {
  /** Whether it does not end with CR LF where its length says. */
  broken = false;
  /** Bytes of the string that are still to come. */
  remaining = 0;
  #tail = 0;

  /** Whether there is more to come. */
  get open(): boolean {
    return this.#tail > 0;
  }

  start(length: number): void {
    this.remaining = length;
    this.#tail = 2;
    this.broken = false;
  }

  /** Takes what belongs to it of `bytes[start..end)` and returns where it stopped. */
  take(bytes: Uint8Array, start: number, end: number): number {
    const taken = Math.min(this.remaining, end - start);
    this.remaining -= taken;
    let at = start + taken;
    for (; this.#tail > 0 && at < end; at++, this.#tail--) {
      if (bytes[at] === (this.#tail === 2 ? CR : LF)) continue;
      this.broken = true;
      return at;
    }
    return at;
  }

  /** Skips bytes that will never come. False when they reach beyond its end. */
  skip(lost: number): boolean {
    if (lost > this.remaining + this.#tail || this.#tail === 0) return false;
    const beyond = Math.max(0, lost - this.remaining);
    this.remaining = Math.max(0, this.remaining - lost);
    this.#tail -= beyond;
    return true;
  }

  stop(): void {
    this.remaining = this.#tail = 0;
  }
}
