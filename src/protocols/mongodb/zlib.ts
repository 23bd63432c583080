/**
 * zlib (RFC 1950) and Zstandard (RFC 8878) streams, decoded as they come in.
 *
 * The documented synchronous calls of node:zlib want a message whole, and those that take pieces answer later. Between
 * the two lies the call that both are made of, `writeSync` of the stream's native part: it is used here as npm's own
 * `minizlib` uses it. 5 µs a small message, where `inflateSync` takes 24 and a decoder in JavaScript 100 to 400.
 */
import { zlib } from "../../bytes/zlib.ts";
import type { Decompressor, Output } from "./compression.ts";

/**
 * Larger windows are refused. The C library's is 2 to 4 MB at the levels in use, whatever the message's length if that
 * was not known beforehand; that of the Go driver is as long as the message up to 1 MB, else up to 16 MB.
 */
const SMALL_WINDOW_LOG = 22, LARGE_WINDOW_LOG = 24;
/** Messages up to this length need a small window only. */
const SMALL_BYTES = 1024 * 1024;

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

/** What `flush` says: give what there is (Z_SYNC_FLUSH), or go on (ZSTD_e_continue). */
const SYNC_FLUSH = 2, CONTINUE = 0;

/** How decoders are made, how many bytes one holds at most, and those that wait to be used again. */
interface Format {
  readonly flush: number;
  create(): unknown;
  readonly bytes: number;
  readonly idle: Native[];
  readonly idleMost: number;
}

export const ZLIB: Format = {
  flush: SYNC_FLUSH,
  create: () => zlib().createInflate(),
  bytes: 65536,
  idle: [],
  idleMost: 4,
};

function zstdFormat(windowLog: number, idleMost: number): Format {
  const create = () => {
    const { constants, createZstdDecompress } = zlib();
    return createZstdDecompress({ params: { [constants.ZSTD_d_windowLogMax]: windowLog } });
  };
  return { flush: CONTINUE, create, bytes: 2 ** windowLog + 2 ** 18, idle: [], idleMost };
}

const SMALL = zstdFormat(SMALL_WINDOW_LOG, 4), LARGE = zstdFormat(LARGE_WINDOW_LOG, 0);

/** Zstandard for a message that is so long when unpacked. */
export function zstd(length: number): Format {
  return length <= SMALL_BYTES ? SMALL : LARGE;
}

/** Output of one call; handed on before the next. */
const out = new Uint8Array(65536);

export class NativeDecompressor implements Decompressor {
  readonly bytes: number;
  readonly #format: Format;
  readonly #native: Native;

  constructor(format: Format) {
    this.bytes = format.bytes;
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
    const { idle, idleMost } = this.#format;
    const native = this.#native;
    if (native.failed || idle.length >= idleMost) return native.stream.destroy();
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
