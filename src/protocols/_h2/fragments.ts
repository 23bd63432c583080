/** A header block that comes in several frames (RFC 9113, section 6.10), put together in a buffer that is used again. */
import { CONTINUATION_FRAMES, HEADER_BLOCK_BYTES, USUAL_FRAME_BYTES } from "./frames.ts";

export class Fragments {
  /** What came so far: `length` of these bytes. */
  bytes = new Uint8Array(0);
  length = 0;
  #count = 0;

  /** Adds a part; false when there are more, or longer ones, than are kept. */
  add(bytes: Uint8Array, start: number, end: number): boolean {
    const needed = this.length + end - start;
    if (needed > HEADER_BLOCK_BYTES || ++this.#count > CONTINUATION_FRAMES) return false;
    if (needed > this.bytes.length) {
      const larger = new Uint8Array(2 * needed);
      larger.set(this.bytes.subarray(0, this.length));
      this.bytes = larger;
    }
    this.bytes.set(bytes.subarray(start, end), this.length);
    this.length = needed;
    return true;
  }

  /** Begins anew; a buffer of unusual size is given back. */
  clear(): void {
    this.length = this.#count = 0;
    if (this.bytes.length > USUAL_FRAME_BYTES) this.bytes = new Uint8Array(0);
  }
}
