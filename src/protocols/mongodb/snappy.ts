/**
 * Snappy's block format (https://github.com/google/snappy/blob/main/format_description.txt), decoded as it comes in.
 *
 * Compressors work in blocks of 64 KB and copy from nowhere else, so the last 64 KB of output are all that is kept.
 */
import { u16le, u32le } from "../../bytes/read.ts";
import type { Decompressor, Output } from "./compression.ts";

const WINDOW = 65536;

/** Waits for: the length of the output, a tag, bytes that stand for themselves. */
const PREAMBLE = 0, TAG = 1, LITERAL = 2;
/** Bytes of the longest tag with its length or offset. */
const TAG_BYTES = 5;

export class Snappy implements Decompressor {
  readonly bytes = 2 * WINDOW;
  #state = PREAMBLE;
  #declared = 0;
  #shift = 0;
  #literalLeft = 0;
  /** The window and what was not handed on yet. */
  #out = new Uint8Array(0);
  #written = 0;
  #handedOn = 0;
  /** Output that has left the window. */
  #dropped = 0;
  /** A tag that was cut in two. */
  readonly #tag = new Uint8Array(TAG_BYTES);
  #tagBytes = 0;

  push(bytes: Uint8Array, start: number, end: number, output: Output): boolean {
    let at = start;
    while (at < end) {
      const next = this.#state === PREAMBLE
        ? this.#preamble(bytes, at)
        : this.#state === TAG
        ? this.#anyTag(bytes, at, end, output)
        : this.#literal(bytes, at, end, output);
      if (next < 0) return false;
      at = next;
      if (output.enough) return true;
    }
    this.#handOn(output);
    return true;
  }

  close(): void {
    this.#out = new Uint8Array(0);
  }

  /** Seven bits a byte, least significant first; the last byte has its high bit clear. */
  #preamble(bytes: Uint8Array, at: number): number {
    const byte = bytes[at];
    this.#declared += (byte & 0x7f) * 2 ** this.#shift;
    this.#shift += 7;
    if (byte < 0x80) {
      this.#out = new Uint8Array(Math.min(this.#declared, 2 * WINDOW));
      this.#state = TAG;
    } else if (this.#shift > 28) return -1;
    return at + 1;
  }

  #anyTag(bytes: Uint8Array, at: number, end: number, output: Output): number {
    if (this.#tagBytes === 0 && end - at >= tagLength(bytes[at])) {
      return this.#apply(bytes, at, output) ? at + tagLength(bytes[at]) : -1;
    }
    this.#tag[this.#tagBytes++] = bytes[at];
    if (this.#tagBytes < tagLength(this.#tag[0])) return at + 1;
    this.#tagBytes = 0;
    return this.#apply(this.#tag, 0, output) ? at + 1 : -1;
  }

  // | length and offset, 6 bits | kind, 2 bits | 0 to 4 bytes of length or offset, least significant first
  #apply(bytes: Uint8Array, at: number, output: Output): boolean {
    const tag = bytes[at];
    switch (tag & 3) {
      case 0: {
        const length = tag >> 2;
        this.#literalLeft = 1 + (length < 60 ? length : u32le(bytes, at + 1) % 2 ** (8 * (length - 59)));
        this.#state = LITERAL;
        return this.#dropped + this.#written + this.#literalLeft <= this.#declared;
      }
      case 1:
        return this.#copy(((tag >> 5) << 8) | bytes[at + 1], 4 + ((tag >> 2) & 7), output);
      case 2:
        return this.#copy(u16le(bytes, at + 1), 1 + (tag >> 2), output);
      default:
        return this.#copy(u32le(bytes, at + 1), 1 + (tag >> 2), output);
    }
  }

  #literal(bytes: Uint8Array, at: number, end: number, output: Output): number {
    this.#makeRoom(output);
    const count = Math.min(this.#literalLeft, end - at, this.#out.length - this.#written);
    this.#out.set(bytes.subarray(at, at + count), this.#written);
    this.#written += count;
    this.#literalLeft -= count;
    if (this.#literalLeft === 0) this.#state = TAG;
    return at + count;
  }

  #copy(offset: number, length: number, output: Output): boolean {
    if (this.#dropped + this.#written + length > this.#declared) return false;
    if (this.#written + length > this.#out.length) this.#slide(output);
    const out = this.#out;
    let to = this.#written;
    if (offset === 0 || offset > to) return false;
    for (const stop = to + length; to < stop; to++) out[to] = out[to - offset]; // the copy may overlap itself
    this.#written = to;
    return true;
  }

  #makeRoom(output: Output): void {
    if (this.#written === this.#out.length) this.#slide(output);
  }

  /** Keeps the newest 64 KB. */
  #slide(output: Output): void {
    this.#handOn(output);
    const from = Math.max(0, this.#written - WINDOW);
    this.#out.copyWithin(0, from, this.#written);
    this.#dropped += from;
    this.#written -= from;
    this.#handedOn = this.#written;
  }

  #handOn(output: Output): void {
    if (this.#handedOn < this.#written) output.write(this.#out, this.#handedOn, this.#written);
    this.#handedOn = this.#written;
  }
}

/** Bytes of a tag with its length or offset. */
function tagLength(tag: number): number {
  switch (tag & 3) {
    case 0:
      return tag < 240 ? 1 : (tag >> 2) - 58;
    case 1:
      return 2;
    case 2:
      return 3;
    default:
      return 5;
  }
}
