/** Round trips by their `matchKey`, in the order of arrival. Mostly one waits at a time, which needs no map. */
import type { RoundTrip } from "../core/roundtrip.ts";

export class ByKey<D> {
  #only: RoundTrip<D> | undefined = undefined;
  /** From the second on that waits at the same time. */
  #all: Map<number, RoundTrip<D>> | undefined = undefined;

  get size(): number {
    if (this.#all !== undefined) return this.#all.size;
    return this.#only === undefined ? 0 : 1;
  }

  get(key: number): RoundTrip<D> | undefined {
    if (this.#all !== undefined) return this.#all.get(key);
    return this.#only?.matchKey === key ? this.#only : undefined;
  }

  /** Adds one whose key is not there yet. */
  add(roundTrip: RoundTrip<D>): void {
    if (this.#all === undefined) {
      if (this.#only === undefined) {
        this.#only = roundTrip;
        return;
      }
      this.#all = new Map([[this.#only.matchKey, this.#only]]);
      this.#only = undefined;
    }
    this.#all.set(roundTrip.matchKey, roundTrip);
  }

  /** @returns whether it was there */
  delete(key: number): boolean {
    if (this.#all !== undefined) return this.#all.delete(key);
    if (this.#only?.matchKey !== key) return false;
    this.#only = undefined;
    return true;
  }

  /** The oldest first. */
  values(): Iterable<RoundTrip<D>> {
    if (this.#all !== undefined) return this.#all.values();
    return this.#only === undefined ? [] : [this.#only];
  }

  clear(): void {
    this.#only = this.#all = undefined;
  }
}
