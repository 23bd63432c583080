/**
 * The line that begins a string or an aggregate: a type byte, a number, CR LF.
 *
 *     $5\r\n     *-1\r\n     %?\r\n
 */

const LF = 10, CR = 13, MINUS = 0x2d, QUESTION = 0x3f;
/** More digits than any length has that is not a lie. */
const DIGITS = 11;

/** What {@link readLength} found. */
export const WHOLE = 0;
/** The line is not all there. */
export const HALF = 1;
export const BROKEN = 2;
export type Found = typeof WHOLE | typeof HALF | typeof BROKEN;

/** The length of a streamed value, which is told by its end. */
export const STREAMED = -Infinity;

/** Filled in by {@link readLength}: the number, and where the line ended. */
export const line = { length: 0, end: 0 };

/** Reads the rest of a line behind its type byte. */
export function readLength(bytes: Uint8Array, start: number, end: number): Found {
  let at = start;
  if (at === end) return HALF;
  if (bytes[at] === QUESTION) {
    line.length = STREAMED;
    return lineEnd(bytes, at + 1, end);
  }
  const negative = bytes[at] === MINUS;
  if (negative) at++;
  const first = at;
  let length = 0;
  while (at < end && bytes[at] >= 0x30 && bytes[at] <= 0x39) length = length * 10 + bytes[at++] - 0x30;
  if (at - first > DIGITS) return BROKEN;
  if (at === end) return HALF;
  if (at === first) return BROKEN;
  line.length = negative ? -length : length;
  return lineEnd(bytes, at, end);
}

/** Reads CR LF. */
export function lineEnd(bytes: Uint8Array, at: number, end: number): Found {
  if (at === end) return HALF;
  if (bytes[at] !== CR) return BROKEN;
  if (at + 1 === end) return HALF;
  line.end = at + 2;
  return bytes[at + 1] === LF ? WHOLE : BROKEN;
}
