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
    onerror: () => void;
  };
  /** After a write: how much room is left in the output, and how much input. */
  readonly _writeState: Uint32Array;
  destroy(): void;
}

/** A decoder, and whether it was given bytes that are none of its format: it is of no use any more. */
interface Native {
  readonly stream: NativeStream;
  failed: boolean;
}

/** A format: how its decoders are made, and those that wait to be used again. */
interface Format {
  readonly flush: number;
  create(): unknown;
  readonly idle: Native[];
}

export const ZLIB: Format = { flush: constants.Z_SYNC_FLUSH, create: () => createInflate(), idle: [] };

export const ZSTD: Format = {
  flush: constants.ZSTD_e_continue,
  create: () => createZstdDecompress({ params: { [constants.ZSTD_d_windowLogMax]: ZSTD_WINDOW_LOG } }),
  idle: [],
};

/** Output of one call; handed on before the next. */
const out = new Uint8Array(65536);

export class NativeDecompressor implements Decompressor {
  readonly #format: Format;
  readonly #native: Native;

  constructor(format: Format) {
    this.#format = format;
    this.#native = format.idle.pop() ?? create(format);
  }

  push(bytes: Uint8Array, start: number, end: number, output: Output): boolean {
    const native = this.#native;
    const { _handle, _writeState } = native.stream;
    let left = end - start;
    do { // until the output has room left: then there is no more of it
      try {
        _handle.writeSync(this.#format.flush, bytes, end - left, left, out, 0, out.length);
      } catch { // how Zstandard's part tells of broken data; zlib's calls onerror
        native.failed = true;
      }
      if (native.failed) return false;
      if (_writeState[0] < out.length) output.write(out, 0, out.length - _writeState[0]);
      left = _writeState[1];
    } while (_writeState[0] === 0 && !output.enough);
    return true;
  }

  close(): void {
    const { idle } = this.#format;
    const native = this.#native;
    if (native.failed || idle.length >= IDLE) return native.stream.destroy();
    native.stream._handle.reset();
    idle.push(native);
  }
}

function create(format: Format): Native {
  const native = { stream: format.create() as NativeStream, failed: false };
  native.stream._handle.onerror = () => {
    native.failed = true;
  };
  return native;
}
