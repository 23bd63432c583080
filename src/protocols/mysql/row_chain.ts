/**
 * Finds the way back into the rows of a result set after bytes were lost in it. Rows are packets one behind the other
 * whose numbers count on; where that many headers in a row point at each other, they are headers: that the bytes of a
 * value do so by chance has one chance in 2^64.
 */
import { u24le } from "../../bytes/read.ts";

/** Headers that must follow from each other. */
const LINKS = 8;
/** The longest row that is followed, and how many bytes are searched at most. */
const ROW_BYTES = 0xffff;
export const SEARCHED_BYTES = 1024 * 1024;
/** Chains followed at once. */
const CHAINS = 4096;

interface Chain {
  /** The number that the next header must carry. */
  number: number;
  /** Headers so far. */
  links: number;
}

export class RowChain {
  /** Rows from the gap to the header that was found, or -1 when they cannot be counted: numbers repeat after 256. */
  rows = 0;
  /** Bytes searched so far. */
  searched = 0;
  readonly #chains = new Map<number, Chain>();
  readonly #columns: number;
  readonly #number: number;
  readonly #lost: number;

  /**
   * @param columns no row is shorter than that
   * @param number what the first row after those that are known carries
   * @param lost bytes
   */
  constructor(columns: number, number: number, lost: number) {
    this.#columns = Math.max(1, columns);
    this.#number = number;
    this.#lost = lost;
  }

  /** Searches `bytes[start..end)`. Returns where a header certainly begins, or -1; all but the last 3 bytes are done with then. */
  search(bytes: Uint8Array, start: number, end: number): number {
    const base = this.searched - start;
    for (let at = start; at + 4 <= end; at++) {
      const place = base + at;
      if (bytes[at + 2] !== 0) {
        this.#chains.delete(place);
        continue;
      }
      const length = u24le(bytes, at);
      const number = bytes[at + 3];
      let chain = this.#chains.get(place);
      if (chain !== undefined) this.#chains.delete(place);
      if (length < this.#columns || length > ROW_BYTES) continue;
      if (chain === undefined || chain.number !== number) {
        if (this.#chains.size >= CHAINS) continue;
        chain = { number, links: 0 };
      }
      if (++chain.links === LINKS) {
        this.#count(number, chain.links - 1, place);
        return at;
      }
      chain.number = (number + 1) & 0xff;
      this.#chains.set(place + 4 + length, chain);
    }
    this.searched += Math.max(0, end - start - 3);
    return -1;
  }

  /** From the numbers before and behind: rows that are lost, and `links` that were seen. */
  #count(number: number, links: number, place: number): void {
    const most = Math.floor((this.#lost + place) / (4 + this.#columns));
    this.rows = most < 256 + links ? (number - this.#number) & 0xff : -1;
  }
}
