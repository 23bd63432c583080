/**
 * Compressed packets, each of which holds a piece of the stream of plain ones
 * (https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_basic_compression.html). zlib and Zstandard are
 * told apart by how their data begin.
 */
import { constants, inflateSync, zstdDecompressSync } from "node:zlib";
import { u24le, u32le } from "../../bytes/read.ts";
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

/** Answers of {@link commandAt}. */
export const NO_COMMAND = 0;
export const PLAIN_COMMAND = 1;
export const COMPRESSED_COMMAND = 2;
/** More bytes must tell. */
export const UNDECIDED = 3;
export type CommandAt =
  | typeof NO_COMMAND
  | typeof PLAIN_COMMAND
  | typeof COMPRESSED_COMMAND
  | typeof UNDECIDED;

/** Whether a command begins at `start`, where one may, in a connection of which it is not known whether it is compressed. */
export function commandAt(bytes: Uint8Array, start: number, end: number): CommandAt {
  const held = end - start;
  if (held < 5) return UNDECIDED;
  const length = u24le(bytes, start);
  if (bytes[start + 3] !== 0 || length === 0 || isTls(bytes, start)) return NO_COMMAND;
  const isPlain = isCommand(bytes[start + 4], length);
  const data = start + FRAME_HEADER;
  // No command has the code 0, and data that were worth compressing are longer than 7 bytes.
  if (bytes[start + 4] !== 0 && length < 8) return isPlain ? PLAIN_COMMAND : NO_COMMAND;
  if (held < FRAME_HEADER + 5) return UNDECIDED;
  const before = u24le(bytes, start + 4);
  if (before === 0) return isCommandAt(bytes, data, length) ? COMPRESSED_COMMAND : NO_COMMAND;
  if (!isZlib(bytes, data) && u32le(bytes, data) !== ZSTD_MAGIC) return isPlain ? PLAIN_COMMAND : NO_COMMAND;
  if (held < FRAME_HEADER + length) return held === 4 + length && isPlain ? PLAIN_COMMAND : UNDECIDED;
  const plain = decompress(bytes, data, data + length, before);
  if (plain !== undefined && plain.length >= 5 && isCommandAt(plain, 0, plain.length)) return COMPRESSED_COMMAND;
  return isPlain ? PLAIN_COMMAND : NO_COMMAND;
}

/** Whether `held` bytes at `at` are, or begin with, a plain packet with a command. */
function isCommandAt(bytes: Uint8Array, at: number, held: number): boolean {
  const length = u24le(bytes, at);
  return bytes[at + 3] === 0 && length > 0 && isCommand(bytes[at + 4], length) && held > 4;
}

/** TLS records (RFC 8446, 5.1) can look like commands: their version stands in the length, 0 in the number. */
function isTls(bytes: Uint8Array, at: number): boolean {
  return bytes[at] >= 0x14 && bytes[at] <= 0x17 && bytes[at + 1] === 3 && bytes[at + 2] <= 4;
}
