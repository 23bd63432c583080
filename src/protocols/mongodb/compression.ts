/**
 * OP_COMPRESSED: a message inside a message
 * (https://github.com/mongodb/specifications/blob/master/source/compression/OP_COMPRESSED.md), unpacked as it comes in
 * and only as far as something is to be learned from it.
 */
import { i32le } from "../../bytes/read.ts";
import type { Content } from "./content.ts";
import { HEADER_BYTES, MESSAGE_BYTES, OP_COMPRESSED } from "./messages.ts";
import { Snappy } from "./snappy.ts";
import { NativeDecompressor, ZLIB, zstd } from "./zlib.ts";

/** Takes what comes out of a decoder. */
export interface Output {
  /** Whether nothing more is wanted. */
  readonly enough: boolean;
  /** The bytes are borrowed. */
  write(bytes: Uint8Array, start: number, end: number): void;
}

/** Decodes one message. */
export interface Decompressor {
  /** The most bytes that it holds. */
  readonly bytes: number;
  /** Takes the next bytes; false when they are none of its format. */
  push(bytes: Uint8Array, start: number, end: number, output: Output): boolean;
  close(): void;
}

/** Values of compressorId. */
const NOOP = 0, SNAPPY = 1, ZLIB_ID = 2, ZSTD_ID = 3;

/** What all decoders that are in the middle of a message may hold. */
const HELD_BYTES = 256 * 1024 * 1024;
let held = 0;

const noop: Decompressor = {
  bytes: 0,
  push(bytes, start, end, output) {
    output.write(bytes, start, end);
    return true;
  },
  close() {},
};

/** @param length bytes of the message when unpacked */
function decompressor(id: number, length: number): Decompressor | undefined {
  switch (id) {
    case NOOP:
      return noop;
    case SNAPPY:
      return new Snappy();
    case ZLIB_ID:
      return new NativeDecompressor(ZLIB);
    case ZSTD_ID:
      return new NativeDecompressor(zstd(length));
    default:
      return undefined;
  }
}

const NOTHING = new Uint8Array(0);

export class Envelope implements Output {
  readonly #content: Content;
  #decompressor: Decompressor | undefined = undefined;
  /** Unpacked bytes still to come, as the message says. */
  #left = 0;
  /** Half a part of the content, until the rest of it is unpacked. */
  #rest = NOTHING;
  /** Why the content cannot be read; empty while it can. */
  trouble = "";

  constructor(content: Content) {
    this.#content = content;
  }

  get enough(): boolean {
    return this.trouble !== "" || this.#content.done || this.#content.broken;
  }

  /** A new message: its first bytes are not here yet. */
  begin(): void {
    this.trouble = "";
    this.#rest = NOTHING;
  }

  /** Takes what it can of `bytes[start..end)` and returns where it stopped. */
  take(bytes: Uint8Array, start: number, end: number): number {
    let at = start;
    if (this.#decompressor === undefined) {
      if (end - start < 9) return start;
      this.#open(bytes, start);
      at += 9;
    }
    if (at < end && !this.enough && !this.#decompressor!.push(bytes, at, end, this)) {
      this.trouble = "compressed message is damaged";
    }
    return end;
  }

  write(bytes: Uint8Array, start: number, end: number): void {
    const content = this.#content;
    if (this.enough) return;
    this.#left -= end - start;
    if (this.#left < 0) {
      this.trouble = "compressed message is longer than it says";
      return;
    }
    if (this.#rest.length > 0) {
      const joined = new Uint8Array(this.#rest.length + end - start);
      joined.set(this.#rest);
      joined.set(bytes.subarray(start, end), this.#rest.length);
      bytes = joined;
      end = joined.length;
      start = 0;
    }
    const stop = content.take(bytes, start, end);
    this.#rest = stop < end && !this.enough ? bytes.slice(stop, end) : NOTHING;
  }

  /** The message has ended, or is given up. */
  close(): void {
    if (this.#decompressor === undefined) return;
    held -= this.#decompressor.bytes;
    this.#decompressor.close();
    this.#decompressor = undefined;
    this.#rest = NOTHING;
  }

  // | original opcode, 4 | length unpacked, without a header, 4 | compressor, 1 | data
  #open(bytes: Uint8Array, at: number): void {
    const opCode = i32le(bytes, at), length = i32le(bytes, at + 4);
    this.#content.begin(opCode, length);
    this.#left = length;
    if (opCode === OP_COMPRESSED || length < 0 || length > MESSAGE_BYTES - HEADER_BYTES) {
      this.trouble = "compressed message with a wrong opcode or length";
      return;
    }
    const made = this.#decompressor = decompressor(bytes[at + 8], length);
    if (made === undefined) {
      this.trouble = "compressor is not known";
      return;
    }
    held += made.bytes;
    if (held > HELD_BYTES) this.trouble = "too many compressed messages at once";
  }
}
