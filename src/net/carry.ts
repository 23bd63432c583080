/** Bytes of unfinished messages, kept from one segment to the next in pooled buffers. */

/** Buffers have sizes of powers of two, from this on. */
const SMALLEST_BITS = 11;
/** Those given back are kept, so many bytes of each size: what the garbage collector has not noticed yet is memory too. */
const POOLED_BYTES = 512 * 1024;
/** What all carries together may hold. */
const TOTAL_BYTES = 128 * 1024 * 1024;

/** Lends buffers and counts what is lent. One a lane. */
export class CarryPool {
  /** By how many bits their size has more than the smallest. */
  readonly #free: Uint8Array[][] = [];
  /** Bytes lent now. */
  lent = 0;

  /** A buffer of at least `size` bytes, or undefined when the ceiling is reached. */
  take(size: number): Uint8Array | undefined {
    const bits = Math.max(SMALLEST_BITS, 32 - Math.clz32(size - 1));
    if (this.lent + 2 ** bits > TOTAL_BYTES) return undefined;
    this.lent += 2 ** bits;
    return this.#free[bits - SMALLEST_BITS]?.pop() ?? new Uint8Array(2 ** bits);
  }

  give(buffer: Uint8Array): void {
    this.lent -= buffer.length;
    const bits = 31 - Math.clz32(buffer.length);
    const free = this.#free[bits - SMALLEST_BITS] ??= [];
    if ((free.length + 1) << bits <= POOLED_BYTES) free.push(buffer);
  }
}

/** The unfinished message of one direction. */
export class Carry {
  bytes: Uint8Array | undefined = undefined;
  length = 0;
  /** Sequence number of the first byte kept, what its segment acknowledged, and whether it began a turn. */
  sequence = 0;
  acknowledged = 0;
  quiet = false;
  proven = false;

  /** Adds bytes; false, and nothing is added, when that would pass `limit` or the pool's ceiling. */
  append(pool: CarryPool, limit: number, bytes: Uint8Array, start: number, end: number): boolean {
    const needed = this.length + (end - start);
    if (needed > limit) return false;
    if (this.bytes === undefined || needed > this.bytes.length) {
      const larger = pool.take(needed);
      if (larger === undefined) return false;
      if (this.bytes !== undefined) {
        larger.set(this.bytes.subarray(0, this.length));
        pool.give(this.bytes);
      }
      this.bytes = larger;
    }
    this.bytes.set(bytes.subarray(start, end), this.length);
    this.length = needed;
    return true;
  }

  /** Drops the first `count` bytes. */
  consume(pool: CarryPool, count: number): void {
    if (count >= this.length) return this.clear(pool);
    this.bytes!.copyWithin(0, count, this.length);
    this.length -= count;
    this.sequence = (this.sequence + count) | 0;
  }

  clear(pool: CarryPool): void {
    if (this.bytes !== undefined) pool.give(this.bytes);
    this.bytes = undefined;
    this.length = 0;
  }
}
