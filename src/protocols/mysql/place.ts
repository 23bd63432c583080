/** Where the bytes in hand lie in the connection, whether they came as they are or out of a compressed packet. */
import type { Arrival } from "../../core/flow.ts";

export class Place {
  at!: Arrival;
  /** The index that `at` speaks of, in the bytes as they came. */
  #origin = 0;
  /** Inside a compressed packet: where that packet begins, counted from `at`; else -1. */
  #packet = -1;

  /** Bytes as they came, the first of them at index `origin`. */
  plain(at: Arrival, origin: number): void {
    this.at = at;
    this.#origin = origin;
    this.#packet = -1;
  }

  /** What comes out of a compressed packet lies, all of it, where that packet begins. */
  compressed(at: Arrival, offset: number): void {
    this.at = at;
    this.#packet = offset;
  }

  /** How far from the first byte offered the byte at this index lies. */
  offset(index: number): number {
    return this.#packet >= 0 ? this.#packet : index - this.#origin;
  }

  /** The sequence number of the byte at this index. */
  sequence(index: number): number {
    return (this.at.sequence + this.offset(index)) | 0;
  }
}
