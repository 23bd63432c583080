/**
 * Query attributes: parameters that stand before the SQL of a COM_QUERY where both sides have CLIENT_QUERY_ATTRIBUTES
 * (https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_com_query.html). They are skipped.
 */
import { lenenc, lenencBytes } from "./packets.ts";

const PARAMETERS = 1024;

/** Bytes of a value of each type in the binary protocol; -1 for a length-encoded one, -2 for one whose length is a byte. */
const LENGTH_ENCODED = -1, BYTE_LENGTH = -2;

/** https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_binary_resultset.html */
function valueBytes(type: number): number {
  switch (type) {
    case 0x06: // NULL
      return 0;
    case 0x01: // TINY
    case 0xf4: // BOOL
      return 1;
    case 0x02: // SHORT
    case 0x0d: // YEAR
      return 2;
    case 0x03: // LONG
    case 0x04: // FLOAT
    case 0x09: // INT24
      return 4;
    case 0x05: // DOUBLE
    case 0x08: // LONGLONG
      return 8;
    case 0x07: // TIMESTAMP
    case 0x0a: // DATE
    case 0x0b: // TIME
    case 0x0c: // DATETIME
      return BYTE_LENGTH;
    default:
      return LENGTH_ENCODED;
  }
}

/** Whether a query whose payload is `bytes[at..end)` begins with attributes: no SQL has 0x01 for its second byte. */
export function hasAttributes(bytes: Uint8Array, at: number, end: number): boolean {
  return at + 2 <= end && bytes[at + 1] === 1;
}

/**
 * Where the SQL begins behind the attributes at `at`, or -1 when that is not within `bytes[at..end)`.
 *
 *     count lenenc | sets of parameters lenenc (1) | when count > 0: NULL bitmap | types follow u8 |
 *     each: type u16, name lenenc string | each that is not NULL: value
 */
export function skipAttributes(bytes: Uint8Array, at: number, end: number): number {
  const sets = skipLenenc(bytes, at, end);
  const count = sets < 0 ? PARAMETERS : lenenc(bytes, at);
  let position = skipLenenc(bytes, sets, end);
  if (position < 0 || count >= PARAMETERS) return -1;
  if (count === 0) return position;
  const nulls = position;
  position += (count + 7) >> 3;
  if (position >= end || bytes[position++] !== 1) return -1;
  const types = position;
  for (let i = 0; i < count; i++) {
    position = skipString(bytes, position + 2, end);
    if (position < 0) return -1;
  }
  for (let i = 0, type = types; i < count; i++, type = skipString(bytes, type + 2, end)) {
    if ((bytes[nulls + (i >> 3)] >> (i & 7)) & 1) continue;
    const length = valueBytes(bytes[type]);
    if (length === LENGTH_ENCODED) position = skipString(bytes, position, end);
    else if (length === BYTE_LENGTH) position = position < end ? position + 1 + bytes[position] : -1;
    else position += length;
    if (position < 0 || position > end) return -1;
  }
  return position;
}

function skipLenenc(bytes: Uint8Array, at: number, end: number): number {
  if (at < 0 || at >= end) return -1;
  const length = lenencBytes(bytes[at]);
  return length === 0 || at + length > end ? -1 : at + length;
}

function skipString(bytes: Uint8Array, at: number, end: number): number {
  const text = skipLenenc(bytes, at, end);
  const after = text < 0 ? -1 : text + lenenc(bytes, at);
  return after > end ? -1 : after;
}
