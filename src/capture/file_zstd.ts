/**
 * The outer structure of Zstandard data (RFC 8878, 3.1, https://www.rfc-editor.org/rfc/rfc8878#section-3.1): where each
 * frame and each of its blocks ends.
 *
 * The decompressor is given one block or checksum at a time, for three reasons. It takes a stream that is cut for one
 * that is whole. It ignores a second frame in the piece that holds the first one's end. And an error that it meets after
 * a piece has filled its output buffer once escapes every listener; a block is decoded before any of it is put out.
 */
import { u24le, u32le } from "../bytes/read.ts";

/*
 * Frame                                             Block
 *   magic        u32                                  header   u24   bit 0 last, bits 1-2 type, from bit 3 size
 *   descriptor   u8    bits 7-6 content size flag     content        size bytes; 1 byte when it is repeated (type 1)
 *                      bit 5 single segment
 *                      bit 2 checksum               Skippable frame
 *                      bits 1-0 dictionary flag       magic    u32   0x184d2a50 to 0x184d2a5f
 *   window       u8    unless single segment          size     u32
 *   dictionary   0, 1, 2 or 4 bytes                   content
 *   content size 0 (or 1), 2, 4 or 8 bytes
 *   blocks, then the checksum (u32) if there is one
 */
const MAGIC = 0xfd2fb528;
const SKIPPABLE_MAGIC = 0x184d2a50;
const BLOCK_HEADER = 3;
const REPEATED = 1;
const RESERVED = 3;
const LARGEST_BLOCK = 128 * 1024;
const CHECKSUM = 4;
const DICTIONARY_BYTES = [0, 1, 2, 4];
const CONTENT_SIZE_BYTES = [0, 2, 4, 8];

/** `ZstdFrames.next` when the next piece is not whole yet. */
export const PARTIAL = 0;
/** `ZstdFrames.next` when the bytes are not Zstandard. */
export const DAMAGED = -1;

/** Cuts Zstandard data into frame headers and blocks. */
export class ZstdFrames {
  /** True between two frames: the data may end here. */
  isWhole = true;
  /** True when the piece just measured is no data and need not be decompressed. */
  isSkippable = false;
  #hasChecksum = false;
  #isAtChecksum = false;
  #skipBytes = 0;

  /** Length of the piece that begins at `start`, all of which is there; or PARTIAL, or DAMAGED. */
  next(bytes: Uint8Array, start: number, end: number): number {
    const held = end - start;
    if (this.#skipBytes > 0) return this.#skip(held);
    if (this.isWhole) return this.#frame(bytes, start, held);
    return this.#isAtChecksum ? this.#checksum(held) : this.#block(bytes, start, held);
  }

  #skip(held: number): number {
    const length = Math.min(held, this.#skipBytes);
    this.#skipBytes -= length;
    this.isWhole = this.#skipBytes === 0;
    return length;
  }

  #frame(bytes: Uint8Array, start: number, held: number): number {
    if (held < 4) return PARTIAL;
    const magic = u32le(bytes, start);
    this.isSkippable = (magic & 0xfffffff0) >>> 0 === SKIPPABLE_MAGIC;
    if (this.isSkippable) {
      if (held < 8) return PARTIAL;
      this.#skipBytes = u32le(bytes, start + 4);
      this.isWhole = this.#skipBytes === 0;
      return 8;
    }
    if (magic !== MAGIC) return DAMAGED;
    if (held < 5) return PARTIAL;
    const descriptor = bytes[start + 4];
    const isSingleSegment = (descriptor & 0x20) !== 0;
    const contentSizeFlag = descriptor >> 6;
    const contentSizeBytes = contentSizeFlag === 0 && isSingleSegment ? 1 : CONTENT_SIZE_BYTES[contentSizeFlag];
    const length = 5 + (isSingleSegment ? 0 : 1) + DICTIONARY_BYTES[descriptor & 3] + contentSizeBytes;
    if (held < length) return PARTIAL;
    this.#hasChecksum = (descriptor & 4) !== 0;
    this.isWhole = false;
    return length;
  }

  #block(bytes: Uint8Array, start: number, held: number): number {
    if (held < BLOCK_HEADER) return PARTIAL;
    const header = u24le(bytes, start);
    const isLast = (header & 1) !== 0;
    const type = (header >> 1) & 3;
    const size = header >> 3;
    if (type === RESERVED || size > LARGEST_BLOCK) return DAMAGED;
    const length = BLOCK_HEADER + (type === REPEATED ? 1 : size);
    if (held < length) return PARTIAL;
    this.#isAtChecksum = isLast && this.#hasChecksum;
    this.isWhole = isLast && !this.#hasChecksum;
    return length;
  }

  #checksum(held: number): number {
    if (held < CHECKSUM) return PARTIAL;
    this.#isAtChecksum = false;
    this.isWhole = true;
    return CHECKSUM;
  }
}
