/**
 * Header lines that were seen before. Clients and servers say the same again and again: a line that is known, byte for
 * byte, is neither taken apart nor escaped anew.
 */
import { utf8 } from "../../bytes/text.ts";
import { sameBytes } from "../../bytes/view.ts";
import { Fragment } from "../../bytes/writer.ts";
import { JsonWriter } from "../../core/json.ts";
import { bit, CLOSING, CONNECTION, type Name } from "./header_names.ts";
import { isClose, shownValue } from "./header_values.ts";

/** Lines known at once, a power of 2; and the shortest and the longest that may be, line end included. */
const SLOTS = 1024;
const MISSED = 4096;
const SHORTEST = 10, LONGEST = 2048;
/** Stands for the line before the first. */
export const NO_LINE = SLOTS;

/** A line as it was sent, line end included, with what becomes of it. */
export class KnownLine {
  /** The value as text. */
  readonly text: string;
  /** What it adds to the set of what a message's lines are. */
  readonly bits: number;
  readonly #sent: Fragment;
  readonly #printed: [Fragment | undefined, Fragment | undefined] = [undefined, undefined];

  /** @param start,end where in `sent` the value lies */
  constructor(readonly slot: number, sent: Uint8Array, readonly name: Name, start: number, end: number) {
    this.#sent = new Fragment(sent);
    this.text = utf8(sent, start, end);
    this.bits = name.kind !== CONNECTION ? bit(name.kind) : isClose(this.text) ? bit(CLOSING) : 0;
  }

  /** Bytes of the line. */
  get length(): number {
    return this.#sent.length;
  }

  /** Whether the same line stands at `at`, before `end`. */
  isAt(bytes: DataView, at: number, end: number): boolean {
    const { view, length } = this.#sent;
    return at + length <= end && sameBytes(bytes, at, view, length);
  }

  /** `],"Name":["value"`; the value begins where the name's opening ends. */
  printed(showSecrets: boolean): Fragment {
    const which = showSecrets ? 1 : 0;
    return this.#printed[which] ??= this.#print(showSecrets);
  }

  #print(showSecrets: boolean): Fragment {
    const json = new JsonWriter(256);
    json.fragment(this.name.opening);
    json.string(shownValue(this.name, this.text, showSecrets));
    return new Fragment(json.view());
  }
}

export class KnownLines {
  readonly #lines: (KnownLine | undefined)[] = new Array(SLOTS).fill(undefined);
  /** For each slot, that of the line which came after it last, and most likely does again. */
  readonly #next = new Uint16Array(SLOTS + 1);
  /** Hashes of lines that were missed: one that comes again is worth knowing, most never do. */
  readonly #missed = new Int32Array(MISSED);
  /** Which of a pair of slots is given up next: lines that come in turns shall not drive each other out. */
  readonly #turn = new Uint8Array(SLOTS / 2);
  /** Of the line that was looked for last. */
  #hash = 0;

  /** The line at `at` if it is the one that is expected after the one of slot `before`: its end need not be looked for. */
  expected(before: number, bytes: DataView, at: number, end: number): KnownLine | undefined {
    const known = this.#lines[this.#next[before]];
    return known !== undefined && known.isAt(bytes, at, end) ? known : undefined;
  }

  /** The line of `length` bytes that begins at `at`, if it is known. */
  find(before: number, bytes: DataView, at: number, length: number): KnownLine | undefined {
    if (length < SHORTEST || length > LONGEST) return undefined;
    this.#hash = hashOf(bytes, at, length);
    const slot = 2 * pairOf(this.#hash);
    for (let i = 0; i < 2; i++) {
      const known = this.#lines[slot + i];
      if (known === undefined || known.length !== length || !known.isAt(bytes, at, at + length)) continue;
      this.#next[before] = slot + i;
      return known;
    }
    return undefined;
  }

  /** The line that the last `find` did not find: it is known once it has come again. `start` and `end` are those of its value. */
  miss(bytes: Uint8Array, at: number, length: number, name: Name, start: number, end: number): void {
    if (length < SHORTEST || length > LONGEST) return;
    const hash = this.#hash;
    const missed = hash & (MISSED - 1);
    if (this.#missed[missed] === hash && !bytes.subarray(at, at + length).includes(0)) { // for sameBytes
      const pair = pairOf(hash);
      const slot = 2 * pair + (this.#turn[pair] ^= 1);
      this.#lines[slot] = new KnownLine(slot, bytes.slice(at, at + length), name, start - at, end - at);
    }
    this.#missed[missed] = hash;
  }
}

/** Of all bytes, four at a time. */
function hashOf(bytes: DataView, at: number, length: number): number {
  const last = at + length - 4;
  let hash = Math.imul(bytes.getInt32(last, true) ^ length, 0x9e3779b1);
  for (; at < last; at += 4) {
    hash = Math.imul(hash ^ bytes.getInt32(at, true), 0x85ebca6b);
    hash ^= hash >>> 15;
  }
  return hash;
}

function pairOf(hash: number): number {
  return (hash >>> 16) & (SLOTS / 2 - 1);
}
