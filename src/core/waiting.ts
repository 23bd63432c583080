/** The requests of one protocol that wait for their response, in the order in which they became known. */
import type { RoundTrip } from "./roundtrip.ts";

/**
 * A list threaded through the round trips themselves: entering and leaving cost a few stores and no memory. Its size is
 * the account's `pending`.
 */
export class Waiting {
  size = 0;
  #oldest: RoundTrip | undefined;
  #newest: RoundTrip | undefined;

  add(roundTrip: RoundTrip): void {
    this.size++;
    roundTrip.waitsAfter = this.#newest;
    if (this.#newest === undefined) this.#oldest = roundTrip;
    else this.#newest.waitsBefore = roundTrip;
    this.#newest = roundTrip;
  }

  /** It waits no longer, whatever became of it. */
  remove(roundTrip: RoundTrip): void {
    this.size--;
    this.#unlink(roundTrip);
  }

  /**
   * Takes out of the order those that were asked before a second and whose response has not begun. They still wait:
   * the answer may come yet.
   *
   * @param tell is given each of them, once
   */
  overdue(beforeSec: number, tell: (roundTrip: RoundTrip) => void): void {
    for (let oldest = this.#oldest; oldest !== undefined && oldest.requestSec < beforeSec; oldest = this.#oldest) {
      this.#unlink(oldest);
      if (oldest.begun) continue;
      oldest.timedOut = true;
      tell(oldest);
    }
  }

  #unlink(roundTrip: RoundTrip): void {
    const { waitsAfter, waitsBefore } = roundTrip;
    if (waitsAfter !== undefined) waitsAfter.waitsBefore = waitsBefore;
    else if (this.#oldest === roundTrip) this.#oldest = waitsBefore;
    if (waitsBefore !== undefined) waitsBefore.waitsAfter = waitsAfter;
    else if (this.#newest === roundTrip) this.#newest = waitsAfter;
    roundTrip.waitsAfter = roundTrip.waitsBefore = undefined;
  }
}
