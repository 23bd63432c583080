/** Ends the reading of a file after a span of the packets' own time. */
import type { PacketSink } from "../core/packet.ts";
import { elapsedNs } from "../core/time.ts";

export class TimeLimit implements PacketSink {
  readonly #next: PacketSink;
  readonly #limitNs: number;
  readonly #onReached: () => void;
  #firstSec = NaN;
  #firstNsec = 0;

  constructor(next: PacketSink, limitNs: number, onReached: () => void) {
    this.#next = next;
    this.#limitNs = limitNs;
    this.#onReached = onReached;
  }

  packet(
    bytes: Uint8Array,
    start: number,
    end: number,
    wireLength: number,
    sec: number,
    nsec: number,
    linkType: number,
  ): void {
    if (Number.isNaN(this.#firstSec)) {
      this.#firstSec = sec;
      this.#firstNsec = nsec;
    }
    if (elapsedNs(this.#firstSec, this.#firstNsec, sec, nsec) > this.#limitNs) return this.#onReached();
    this.#next.packet(bytes, start, end, wireLength, sec, nsec, linkType);
  }
}
