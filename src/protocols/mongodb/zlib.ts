/**
 * zlib (RFC 1950) and Zstandard (RFC 8878) streams, decoded as they come in.
 *
 * The documented synchronous calls of node:zlib want a message whole, and those that take pieces answer later. Between
 * the two lies the call that both are made of, `writeSync` of the stream's native part: it is used here as npm's own
 * `minizlib` uses it. 5 µs a small message, where `inflateSync` takes 24 and a decoder in JavaScript 100 to 400.
 */
import { constants, createInflate, createZstdDecompress } from "node:zlib";
import type { Decompressor, Output } from "./compression.ts";

/** Windows larger than 4 MB are refused: servers use at most 2 MB by default. */
const ZSTD_WINDOW_LOG = 22;
/** Decoders of each kind that wait to be used again. */
const IDLE = 4;

// Present at run time, missing from the published types.
interface NativeStream {
  readonly _handle: {
    writeSync(
      flush: number,
      input: Uint8Array,
      inputStart: number,
      inputBytes: number,
      output: Uint8Array,
      outputStart: number,
      outputBytes: number,
    ): void;
    reset(): void;
  };
  /** After a write: how much room is left in the output, and how much input. */
  readonly _writeState: Uint32Array;
  readonly destroyed: boolean;
  destroy(): void;
  on(event: "error", listener: () => void): void;
}

/** A format: how its decoders are made, and those that wait to be used again. */
interface Format {
  readonly flush: number;
  create(): NativeStream;
  readonly idle: NativeStream[];
}

export const ZLIB: Format = {
  flush: constants.Z_SYNC_FLUSH,
  create: () => createInflate() as unknown as NativeStream,
  idle: [],
};

export const ZSTD: Format = {
  flush: constants.ZSTD_e_continue,
  create: () =>
    createZstdDecompress({
      params: { [constants.ZSTD_d_windowLogMax]: ZSTD_WINDOW_LOG },
    }) as unknown as NativeStream,
  idle: [],
};

/** Output of one call; handed on before the next. */
const out = new Uint8Array(65536);

export class NativeDecompressor implements Decompressor {
  readonly #format: Format;
  #stream: NativeStream | undefined;

  constructor(format: Format) {
    this.#format = format;
    this.#stream = format.idle.pop() ?? create(format);
  }

  push(bytes: Uint8Array, start: number, end: number, output: Output): boolean {
    const stream = this.#stream;
    if (stream === undefined) return false;
    const state = stream._writeState;
    let left = end - start;
    try {
      for (;;) {
        stream._handle.writeSync(this.#format.flush, bytes, end - left, left, out, 0, out.length);
        if (stream.destroyed) return this.#fail();
        const written = out.length - state[0];
        const taken = left - state[1];
        left = state[1];
        if (written > 0) output.write(out, 0, written);
        if (output.enough || state[0] > 0 || (written === 0 && taken === 0)) return true;
      }
    } catch { // how Zstandard's part tells of broken data; zlib's destroys its stream
      return this.#fail();
    }
  }

  close(): void {
    const stream = this.#stream;
    this.#stream = undefined;
    if (stream === undefined) return;
    if (this.#format.idle.length >= IDLE) return stream.destroy();
    stream._handle.reset();
    this.#format.idle.push(stream);
  }

  #fail(): false {
    this.#stream?.destroy();
    this.#stream = undefined;
    return false;
  }
}

function create(format: Format): NativeStream {
  const stream = format.create();
  stream.on("error", () => {}); // said later, when the failure is known already
  return stream;
}
