/**
 * A capture file compressed with gzip (RFC 1952, https://www.rfc-editor.org/rfc/rfc1952) or Zstandard (RFC 8878), of
 * any number of members or frames, decompressed as it is read.
 */
import { Buffer } from "node:buffer";
import type { Gunzip, ZstdDecompress } from "node:zlib";
import { u24le, u32le } from "../bytes/read.ts";
import { zlib } from "../bytes/zlib.ts";
import { Bell, type ByteInput } from "./file_input.ts";
import { ByteWindow } from "./file_window.ts";
import { DAMAGED, PARTIAL, ZstdFrames } from "./file_zstd.ts";

export type Compression = "gzip" | "zstd";

/**
 * Bytes decompressed in one go, and the decompressor's output buffer. Of gzip both are small, because what the last
 * buffer held is lost when the data turn out to be damaged; and all that a piece becomes is taken at once: deflate
 * yields at most 1032 bytes a byte, 4 MB. A piece of Zstandard is a block, which yields at most 128 KB.
 */
const GZIP_PIECE = 4 * 1024;
const OUTPUT_BYTES = { gzip: 16 * 1024, zstd: 256 * 1024 };
/** Decompressed bytes at hand that are enough to hand on before more are made. */
const ENOUGH = 256 * 1024;

/** How the bytes in the window are compressed, or null when they are not. */
export function compressionOf(window: ByteWindow): Compression | null {
  if (window.held < 4) return null;
  const { bytes, start } = window;
  if (u24le(bytes, start) === 0x088b1f) return "gzip"; // magic and the only method, deflate
  const magic = u32le(bytes, start);
  return magic === 0xfd2fb528 || (magic & 0xfffffff0) >>> 0 === 0x184d2a50 ? "zstd" : null;
}

export class CompressedInput implements ByteInput {
  readonly window = new ByteWindow();
  ended = false;
  trouble: string | null = null;
  readonly #raw: ByteInput;
  readonly #compression: Compression;
  readonly #decompressor: Gunzip | ZstdDecompress;
  readonly #frames = new ZstdFrames();
  readonly #bell = new Bell();
  /** Whether the decompressor still works on the last piece. */
  #isBusy = false;
  #isFresh = false;

  /** @param raw the compressed bytes; closed with this */
  constructor(raw: ByteInput, compression: Compression) {
    this.#raw = raw;
    this.#compression = compression;
    const options = { chunkSize: OUTPUT_BYTES[compression] };
    this.#decompressor = compression === "gzip" ? zlib().createGunzip(options) : zlib().createZstdDecompress(options);
    this.#decompressor.on("data", (chunk: Uint8Array) => {
      this.window.append(chunk);
      this.#isFresh = true;
    });
    this.#decompressor.on("end", () => this.#end(null));
    this.#decompressor.on("error", (error: Error & { code?: string }) => {
      this.#end(error.code === "Z_BUF_ERROR" ? this.#cut() : this.#damaged(error.message));
    });
  }

  get bytesRead(): number {
    return this.#raw.bytesRead;
  }

  get sizeBytes(): number | undefined {
    return this.#raw.sizeBytes;
  }

  fill(): boolean {
    const isFresh = this.#isFresh;
    this.#isFresh = false;
    return isFresh;
  }

  wait(ms: number): void | Promise<void> {
    if (this.ended || this.#isFresh) return;
    if (!this.#isBusy && !this.#feed()) return this.#raw.wait(ms);
    if (this.ended || this.#isFresh) return;
    return this.#bell.wait(ms);
  }

  close(): void {
    this.ended = true;
    this.#decompressor.destroy();
    this.#raw.close();
  }

  /** Gives the decompressor its next piece, or tells it that there is none; false when the next is yet to be read. */
  #feed(): boolean {
    const window = this.#raw.window;
    for (;;) {
      const length = this.#compression === "gzip"
        ? Math.min(window.held, GZIP_PIECE)
        : this.#frames.next(window.bytes, window.start, window.end);
      if (length === DAMAGED) {
        this.#finish(this.#damaged("no frame begins there"));
        return true;
      }
      if (length !== PARTIAL) {
        const piece = window.bytes.subarray(window.start, window.start + length);
        window.start += length;
        if (this.#frames.isSkippable) continue;
        this.#write(piece);
        return true;
      }
      if (this.#raw.fill()) continue;
      if (!this.#raw.ended) return false;
      this.#finishWhole();
      return true;
    }
  }

  /** The piece lies in the raw window, which is not filled again before the decompressor is done with it. */
  #write(piece: Uint8Array): void {
    this.#isBusy = true;
    this.#decompressor.write(Buffer.from(piece.buffer, piece.byteOffset, piece.length), () => {
      this.#isBusy = false;
      if (this.ended || this.window.held >= ENOUGH || !this.#feed()) this.#bell.ring();
    });
  }

  /** The compressed bytes are at their end: gzip knows by itself whether it is complete. */
  #finishWhole(): void {
    if (this.#raw.trouble !== null) return this.#finish(this.#raw.trouble);
    if (this.#compression === "gzip") {
      this.#isBusy = true;
      this.#decompressor.end();
    } else {
      this.#finish(this.#frames.isWhole && this.#raw.window.held === 0 ? null : this.#cut());
    }
  }

  #finish(trouble: string | null): void {
    this.#end(trouble);
    this.#decompressor.destroy();
  }

  #end(trouble: string | null): void {
    if (this.ended) return;
    this.ended = true;
    this.trouble = trouble;
    this.#bell.ring();
  }

  #cut(): string {
    return `is cut: its ${this.#compression} data ends after byte ${this.bytesRead} without being complete`;
  }

  #damaged(why: string): string {
    return `is damaged: its ${this.#compression} data cannot be read beyond byte ${this.#raw.window.position} (${why})`;
  }
}
