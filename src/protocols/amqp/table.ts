/**
 * Messages that wait, in the order in which they were sent, which is that of their keys.
 *
 * An array with a head: entries that no longer wait stay in it until half of it is such. (A Map in order of insertion
 * costs 20 µs to find its oldest of 10000 when the oldest ones were deleted; this costs 5 ns.)
 */
import type { RoundTrip } from "../../core/roundtrip.ts";
import type { AmqpDetail } from "./messages.ts";

export type AmqpRoundTrip = RoundTrip<AmqpDetail>;

/** How many entries that no longer wait are borne in any case. */
const SLACK = 32;

export class Table {
  #entries: AmqpRoundTrip[] = [];
  #head = 0;
  /** How many wait. */
  size = 0;
  /** Whether one was evicted of those that are answered by position: the next answer may then be anyone's. */
  isBroken = false;

  /**
   * @param inOrder whether answers find their request by its position
   * @param isOneWay whether what waits here needs no answer
   */
  constructor(readonly inOrder: boolean, readonly isOneWay: boolean) {}

  /** Adds what was sent last. */
  push(roundTrip: AmqpRoundTrip): void {
    if (this.#entries.length > 2 * this.size + SLACK) {
      this.#entries = this.#entries.filter((entry) => entry.detail.isWaiting);
      this.#head = 0;
    }
    this.#entries.push(roundTrip);
    this.size++;
  }

  /** One of the entries no longer waits. */
  released(): void {
    if (--this.size > 0) return;
    this.#entries.length = this.#head = 0;
  }

  /** What has waited longest. */
  get oldest(): AmqpRoundTrip | undefined {
    const entries = this.#entries;
    while (this.#head < entries.length && !entries[this.#head].detail.isWaiting) this.#head++;
    return entries[this.#head];
  }

  /** What waits under a key. */
  find(key: number): AmqpRoundTrip | undefined {
    const entries = this.#entries;
    let low = this.#head, high = entries.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (entries[middle].detail.key < key) low = middle + 1;
      else high = middle;
    }
    const found = entries[low];
    return found !== undefined && found.detail.key === key && found.detail.isWaiting ? found : undefined;
  }

  /** The oldest that wait, at most `count`. */
  first(count: number): AmqpRoundTrip[] {
    const found: AmqpRoundTrip[] = [];
    for (let i = this.#head; i < this.#entries.length && found.length < count; i++) {
      if (this.#entries[i].detail.isWaiting) found.push(this.#entries[i]);
    }
    return found;
  }
}
