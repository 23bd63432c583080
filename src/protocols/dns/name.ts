/**
 * Domain names: a run of labels that ends in the root or in a pointer to an earlier run.
 *
 *     +--+--+--+--+--+--+--+--+            +--+--+--+--+--+--+--+--+--+--+
 *     | 0  0|     LENGTH      |  octets    | 1  1|        OFFSET         |
 *     +--+--+--+--+--+--+--+--+            +--+--+--+--+--+--+--+--+--+--+
 *
 * RFC 1035 section 4.1.4. A pointer must lead to before the run that it ends, so none can loop; and no more of them are
 * followed than a name of lawful length can need.
 */
import { latin1 } from "../../bytes/text.ts";
import { HEADER_BYTES, NAME_BYTES, NAME_POINTERS } from "./messages.ts";

/** The longest text: every octet as `\DDD`. */
const scratch = new Uint8Array(NAME_BYTES * 4 + 1);
const DOT = 0x2e;
const BACKSLASH = 0x5c;

/**
 * Checks the name at `at`, in a message that begins at `start`.
 *
 * @returns the position behind it, or -1 when it is malformed or not all there
 */
export function nameEnd(bytes: Uint8Array, start: number, at: number, end: number): number {
  let behind = -1;
  let wireBytes = 1;
  let run = at;
  for (let pointers = 0; at < end;) {
    const length = bytes[at];
    if (length === 0) return behind < 0 ? at + 1 : behind;
    if (length < 64) {
      wireBytes += length + 1;
      at += length + 1;
      if (wireBytes > NAME_BYTES) return -1;
      continue;
    }
    if (length < 192 || at + 2 > end || ++pointers > NAME_POINTERS) return -1;
    if (behind < 0) behind = at + 2;
    const target = start + (((length & 63) << 8) | bytes[at + 1]);
    if (target >= run || target < start + HEADER_BYTES) return -1;
    at = run = target;
  }
  return -1;
}

/**
 * Text of the name at `at`, nearly as a master file has it (RFC 1035 section 5.1): `.` after each label, the root alone
 * `.`, a backslash inside a label after another one, an octet that is not printable as `\DDD`. A dot inside a label
 * stands as it is, as the Go program and the usual dissectors print it, so that names compare equal.
 *
 * @returns "" for a name that {@link nameEnd} refuses
 */
export function nameText(bytes: Uint8Array, start: number, at: number, end: number): string {
  if (nameEnd(bytes, start, at, end) < 0) return "";
  let n = 0;
  for (;;) {
    const length = bytes[at];
    if (length === 0) break;
    if (length >= 64) {
      at = start + (((length & 63) << 8) | bytes[at + 1]);
      continue;
    }
    const behind = at + 1 + length;
    for (at++; at < behind; at++) {
      const octet = bytes[at];
      if (octet > 0x20 && octet < 0x7f) {
        if (octet === BACKSLASH) scratch[n++] = BACKSLASH;
        scratch[n++] = octet;
        continue;
      }
      scratch[n++] = BACKSLASH;
      scratch[n++] = 0x30 + Math.trunc(octet / 100);
      scratch[n++] = 0x30 + Math.trunc(octet / 10) % 10;
      scratch[n++] = 0x30 + octet % 10;
    }
    scratch[n++] = DOT;
  }
  return n === 0 ? "." : latin1(scratch, 0, n);
}
