/** A long-lived array through which the bytes of a capture file pass. */

const CAPACITY = 1024 * 1024;

/**
 * `bytes[start..end)` has been read from the file and not yet been handed on. The array is refilled behind `end`;
 * what remains is moved to the front first, so a record that straddles two reads becomes whole.
 */
export class ByteWindow {
  bytes: Uint8Array<ArrayBuffer>;
  /** The same bytes, for reads in either byte order. */
  view: DataView<ArrayBuffer>;
  start = 0;
  end = 0;
  /** Where `bytes[0]` lies in the file, or in the decompressed bytes of it. */
  #origin = 0;

  constructor(capacity = CAPACITY) {
    this.bytes = new Uint8Array(capacity);
    this.view = new DataView(this.bytes.buffer);
  }

  /** Bytes at hand. */
  get held(): number {
    return this.end - this.start;
  }

  /** Where `bytes[start]` lies in the file. */
  get position(): number {
    return this.#origin + this.start;
  }

  /**
   * Makes room behind `end`: at least half the capacity. The array grows only when what is held fills more than half
   * of it, that is, while one record longer than that is not whole; so the bytes moved stay in proportion to those read.
   */
  makeRoom(): void {
    const capacity = this.bytes.length;
    if (this.end * 2 <= capacity) return;
    const held = this.held;
    if (held * 2 <= capacity) {
      this.bytes.copyWithin(0, this.start, this.end);
    } else {
      const grown = new Uint8Array(capacity * 2);
      grown.set(this.bytes.subarray(this.start, this.end));
      this.bytes = grown;
      this.view = new DataView(grown.buffer);
    }
    this.#origin += this.start;
    this.start = 0;
    this.end = held;
  }

  /** Adds a copy of `chunk`. */
  append(chunk: Uint8Array): void {
    while (this.bytes.length - this.end < chunk.length) this.makeRoom();
    this.bytes.set(chunk, this.end);
    this.end += chunk.length;
  }
}
