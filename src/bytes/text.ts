/**
 * Bytes to strings. `latin1Slice` of node's Buffer works on any Uint8Array and costs 90 ns, where
 * `TextDecoder("latin1")` costs 360 (design measurements; the bench keeps the rival).
 */
import { Buffer } from "node:buffer";

type Slice = (this: Uint8Array, start: number, end: number) => string;
// Present at run time in every version of Buffer, missing from its published types.
const prototype = Buffer.prototype as unknown as { latin1Slice: Slice; utf8Slice: Slice };
const latin1Slice = prototype.latin1Slice;
const utf8Slice = prototype.utf8Slice;

/** One character a byte (0 to 255), whatever the bytes are. */
export function latin1(bytes: Uint8Array, start: number, end: number): string {
  return latin1Slice.call(bytes, start, end);
}

/** UTF-8; each invalid sequence becomes U+FFFD. */
export function utf8(bytes: Uint8Array, start: number, end: number): string {
  return utf8Slice.call(bytes, start, end);
}

/** What {@link latin1} made, read as UTF-8 after all: for text that is nearly always ASCII and seldom printed. */
export function utf8FromLatin1(text: string): string {
  for (let i = 0; i < text.length; i++) {
    if (text.charCodeAt(i) > 0x7f) return Buffer.from(text, "latin1").toString("utf8");
  }
  return text;
}

/** Shortest text that V8 makes a view of another's characters when it is cut out. */
const SHORTEST_VIEW = 13;

/** The same well-formed text for keeping: one that was cut out of another keeps all of that alive otherwise. */
export function owned(text: string): string {
  return text.length < SHORTEST_VIEW ? text : Buffer.from(text).toString();
}

const SLOTS = 1024;
const LONGEST = 16;
const table: string[] = new Array(SLOTS).fill("");

/**
 * A short ASCII token (method, command, status) as a string, from a table of those seen before: 10 to 46 ns and no
 * allocation on a hit. Longer tokens than 16 bytes are made anew.
 */
export function token(bytes: Uint8Array, start: number, end: number): string {
  const length = end - start;
  if (length > LONGEST) return latin1(bytes, start, end);
  let hash = length;
  for (let i = start; i < end; i++) hash = (Math.imul(hash, 31) + bytes[i]) | 0;
  const slot = (hash ^ (hash >>> 10)) & (SLOTS - 1);
  const known = table[slot];
  if (known.length === length) {
    let i = 0;
    while (i < length && known.charCodeAt(i) === bytes[start + i]) i++;
    if (i === length) return known;
  }
  const made = latin1(bytes, start, end);
  table[slot] = made;
  return made;
}
