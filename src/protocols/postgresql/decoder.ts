/**
 * Reads single messages of PostgreSQL's protocol.
 * https://www.postgresql.org/docs/current/protocol-message-formats.html
 *
 *     | type (1) | length (4), of itself and what follows | ... |
 */
import { u32be } from "../../bytes/read.ts";
import { token, utf8 } from "../../bytes/text.ts";
import {
  type Answer,
  BIND,
  CLOSE,
  COMMAND,
  COMMAND_COMPLETE,
  DESCRIBE,
  DESCRIPTION,
  ERROR,
  ERROR_BYTES,
  EXECUTE,
  FAILURE,
  HEADER,
  NAME_BYTES,
  PARSE,
  QUERY,
  STATEMENT_BYTES,
  TAG_BYTES,
} from "./messages.ts";

/** The server's ceilings (libpq/libpq.h): for messages that carry text or values, and for all others. */
const LARGE = 0x3fffffff, SMALL = 10000;
/** A message that a direction starts with after bytes were lost is believed only up to this length. */
const FIRST_BYTES = 0x01000000;

/** A number for every type of message, 0 for those that are not named. */
export function typeTable(...rows: readonly (readonly [types: string, value: number])[]): Int32Array {
  const numbers = new Int32Array(256);
  for (const [types, value] of rows) for (const type of types) numbers[type.charCodeAt(0)] = value;
  return numbers;
}

const clientLongest = typeTable(["BFPQdfp", LARGE], ["CDE", SMALL], ["HSXc", 4]);
const clientShortest = typeTable(["B", 12], ["CD", 6], ["E", 9], ["F", 14], ["P", 8], ["Q", 5], ["HSXcdfp", 4]);
const serverLongest = typeTable(["ACDEGHKNRSTVWdtv", LARGE], ["Z", 5], ["123Icns", 4]);
const serverShortest = typeTable(["ACDEGHKNRSTVWdtv123Icns", 4], ["Z", 5]);
const turns = typeTable(["BCDEFPQS", 1]);

/** Whether a client may send a message of this type and length. */
export function isClientMessage(type: number, length: number): boolean {
  return length <= clientLongest[type] && length >= clientShortest[type];
}

/** Whether a server may send a message of this type and length. */
export function isServerMessage(type: number, length: number): boolean {
  return length <= serverLongest[type] && length >= serverShortest[type];
}

/** Whether a client that has had all answers may go on with a message of this type. */
export function beginsTurn(type: number): boolean {
  return turns[type] === 1;
}

/** Whether these bytes, which may hold half a header, begin a message that a client may go on with. */
export function mayBeginTurn(bytes: Uint8Array, start: number, end: number): boolean {
  const type = bytes[start];
  if (!beginsTurn(type)) return false;
  if (end - start < HEADER) return true;
  const length = u32be(bytes, start + 1);
  if (length > FIRST_BYTES || !isClientMessage(type, length)) return false;
  return type !== QUERY || end - start <= length || bytes[start + length] === 0;
}

/** How much of a client's message of `size` bytes is read; the rest is only counted. */
export function clientBytesRead(type: number, size: number): number {
  switch (type) {
    case QUERY:
      return Math.min(size, HEADER + STATEMENT_BYTES + 1);
    case PARSE:
      return Math.min(size, HEADER + NAME_BYTES + 1 + STATEMENT_BYTES + 1);
    case BIND:
      return Math.min(size, HEADER + 2 * (NAME_BYTES + 1));
    case EXECUTE:
    case DESCRIBE:
    case CLOSE:
      return Math.min(size, HEADER + 1 + NAME_BYTES + 1);
    default:
      return HEADER;
  }
}

/** How much of a server's message of `size` bytes is read; the rest is only counted. */
export function serverBytesRead(type: number, size: number): number {
  if (type === ERROR) return Math.min(size, ERROR_BYTES);
  return type === COMMAND_COMPLETE ? Math.min(size, HEADER + TAG_BYTES) : HEADER;
}

/** Where the text that begins at `start` ends: at its NUL, or at `end`. */
export function textEnd(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  while (at < end && bytes[at] !== 0) at++;
  return at;
}

/** The name that begins at `start`; undefined when it is longer than what is remembered. */
export function nameAt(bytes: Uint8Array, start: number, end: number): string | undefined {
  const stop = textEnd(bytes, start, Math.min(end, start + NAME_BYTES + 1));
  return stop < end && bytes[stop] === 0 ? token(bytes, start, stop) : undefined;
}

/** The SQL text that begins at `start`, up to its NUL and no longer than is kept; no character is cut in two. */
export function statementAt(bytes: Uint8Array, start: number, end: number): string {
  let stop = textEnd(bytes, start, Math.min(end, start + STATEMENT_BYTES));
  if (stop < end) { while (stop > start && (bytes[stop] & 0xc0) === 0x80) stop--; }
  return utf8(bytes, start, stop);
}

/** The answer that is a command with this tag. */
export function command(tag: string, rows: number): Answer {
  return { kind: COMMAND, tag, rows, severity: "", sqlState: "", message: "" };
}

/** The answer of a CommandComplete: its tag, and the number that this ends with, as in `SELECT 3`, `INSERT 0 1`. */
export function commandAnswer(bytes: Uint8Array, start: number, end: number): Answer {
  const stop = textEnd(bytes, start, end);
  let digits = stop;
  while (digits > start && bytes[digits - 1] >= 0x30 && bytes[digits - 1] <= 0x39) digits--;
  let rows = 0;
  if (digits > start && bytes[digits - 1] === 0x20) {
    for (let i = digits; i < stop; i++) rows = rows * 10 + bytes[i] - 0x30;
  }
  return command(token(bytes, start, stop), rows);
}

/**
 * The answer of an ErrorResponse: fields, each a type and a text, until a type of zero. The first of its type counts.
 * https://www.postgresql.org/docs/current/protocol-error-fields.html
 */
export function errorAnswer(bytes: Uint8Array, start: number, end: number): Answer {
  let severity = "", sqlState = "", message = "";
  for (let at = start; at < end && bytes[at] !== 0;) {
    const stop = textEnd(bytes, at + 1, end);
    if (bytes[at] === 0x53 && severity === "") severity = utf8(bytes, at + 1, stop);
    else if (bytes[at] === 0x43 && sqlState === "") sqlState = utf8(bytes, at + 1, stop);
    else if (bytes[at] === 0x4d && message === "") message = utf8(bytes, at + 1, stop);
    at = stop + 1;
  }
  return { kind: FAILURE, tag: "", rows: 0, severity, sqlState, message };
}

/** The answer that is a RowDescription or NoData. */
export const described: Answer = { kind: DESCRIPTION, tag: "", rows: 0, severity: "", sqlState: "", message: "" };
