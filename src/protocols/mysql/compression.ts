/**
 * Compressed packets, each of which holds a piece of the stream of plain ones
 * (https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_basic_compression.html). zlib and Zstandard are
 * told apart by how their data begin.
 */
import { u24le, u32le } from "../../bytes/read.ts";
import { zlib } from "../../bytes/zlib.ts";
import { isTls } from "./handshake.ts";
import { isCommand } from "./messages.ts";

/** length u24 | number u8 | length before compression u24, 0 when it was not compressed | data */
export const FRAME_HEADER = 7;
/** The longest compressed packet with its header. */
export const FRAME_BYTES = FRAME_HEADER + 0xffffff;

const ZSTD_MAGIC = 0xfd2fb528;
/** First byte of zlib data with the usual window of 32 KB (RFC 1950, 2.2). */
const ZLIB_CMF = 0x78;
/** MySQL compresses with windows of at most 8 MB (level 22). */
const WINDOW_LOG = 27;

function isZlib(bytes: Uint8Array, at: number): boolean {
  return bytes[at] === ZLIB_CMF && ((bytes[at] << 8) | bytes[at + 1]) % 31 === 0;
}

/** The data of a whole compressed packet, `length` bytes of them; undefined when they are damaged. */
export function decompress(bytes: Uint8Array, start: number, end: number, length: number): Uint8Array | undefined {
  const data = bytes.subarray(start, end);
  const { constants, inflateSync, zstdDecompressSync } = zlib();
  try {
    const plain = data.length >= 4 && u32le(data, 0) === ZSTD_MAGIC
      ? zstdDecompressSync(data, {
        maxOutputLength: length,
        params: { [constants.ZSTD_d_windowLogMax]: WINDOW_LOG },
      })
      : inflateSync(data, { maxOutputLength: length });
    return plain.length === length ? plain : undefined;
  } catch {
    return undefined;
  }
}

/** What the bytes where a command or an answer begins are. More bytes must tell; neither; a packet; a compressed one. */
export const UNDECIDED = 0;
export const NEITHER = 1;
export const PLAIN = 2;
export const FRAME = 3;
export type Form = typeof UNDECIDED | typeof NEITHER | typeof PLAIN | typeof FRAME;

/** Compressed data are longer than this: what is shorter was not worth compressing. */
const SHORTEST_DATA = 8;

/** What begins at `start`, where a command may begin, in a connection that may be compressed. */
export function commandAt(bytes: Uint8Array, start: number, end: number): Form {
  const held = end - start;
  if (held < 4) return UNDECIDED;
  const length = u24le(bytes, start);
  if (bytes[start + 3] !== 0 || length === 0 || isTls(bytes, start)) return NEITHER;
  if (held < 5) return UNDECIDED;
  const otherwise = isCommand(bytes[start + 4], length) ? PLAIN : NEITHER;
  if (bytes[start + 4] !== 0 && length < SHORTEST_DATA) return otherwise; // no command has the code 0
  const data = start + FRAME_HEADER;
  if (data + 5 > end) return UNDECIDED;
  const before = u24le(bytes, start + 4);
  if (before === 0) return isCommandPacket(bytes, data) ? FRAME : NEITHER;
  if (!isCompressedData(bytes, data)) return otherwise;
  if (data + length > end) return otherwise === PLAIN && held === 4 + length ? PLAIN : UNDECIDED;
  const plain = decompress(bytes, data, data + length, before);
  return plain !== undefined && plain.length >= 5 && isCommandPacket(plain, 0) ? FRAME : otherwise;
}

/** What begins at `start`, where the answer to a command begins that looked plain. Its first 4 bytes are there. */
export function frameAt(bytes: Uint8Array, start: number, end: number): Form {
  const length = u24le(bytes, start);
  const data = start + FRAME_HEADER;
  if (length < 5) return PLAIN; // a frame holds a packet, or a good part of one
  if (start + 4 === end) return UNDECIDED;
  if (bytes[start + 4] !== 0 && length < SHORTEST_DATA) return PLAIN;
  if (data + 4 > end) return UNDECIDED;
  if (u24le(bytes, start + 4) !== 0) return isCompressedData(bytes, data) ? FRAME : PLAIN;
  return u24le(bytes, data) + 4 <= length && bytes[data + 3] === bytes[start + 3] ? FRAME : PLAIN;
}

/** Whether a plain packet with a command begins at `at`, of which 5 bytes are there. */
function isCommandPacket(bytes: Uint8Array, at: number): boolean {
  const length = u24le(bytes, at);
  return bytes[at + 3] === 0 && length > 0 && isCommand(bytes[at + 4], length);
}

/** Whether compressed data begin at `at`, of which 4 bytes are there. */
function isCompressedData(bytes: Uint8Array, at: number): boolean {
  return isZlib(bytes, at) || u32le(bytes, at) === ZSTD_MAGIC;
}
