/** JSON written straight into bytes, with the escapes of Go's encoder. */
import { utf8 } from "../bytes/text.ts";
import { ByteWriter, Fragment } from "../bytes/writer.ts";
import type { Endpoint } from "./flow.ts";
import { durationText, secondText } from "./time.ts";

const MICROSECONDS = new Fragment("µs"), MILLISECONDS = new Fragment("ms");
const NOTHING = new Fragment("");
const HEX = "0123456789abcdef";
/** 1 for bytes that stand for themselves inside a string. */
const plain = new Uint8Array(256).fill(1, 0x20, 0x80);
for (const c of '"\\<>&') plain[c.charCodeAt(0)] = 0;

/** Writes JSON values; commas, colons and member names are the caller's, as literal text through `ascii` or `fragment`. */
export class JsonWriter extends ByteWriter {
  /** The second that was written last: most times lie in the one of the time before. */
  #secondText = "";
  #second = NOTHING;
  #zone = NOTHING;

  /** A string in quotes. `<`, `>`, `&`, U+2028 and U+2029 are escaped; a lone surrogate becomes U+FFFD. */
  string(text: string): void {
    this.byte(0x22);
    this.escaped(text);
    this.byte(0x22);
  }

  /** The text of `bytes[start..end)`, UTF-8 or ASCII, as a string in quotes: without a string in between where it is plain. */
  bytesAsString(bytes: Uint8Array, start: number, end: number): void {
    this.byte(0x22);
    this.escapedBytes(bytes, start, end);
    this.byte(0x22);
  }

  /** What stands inside the quotes of {@link string}. */
  escaped(text: string): void {
    const n = text.length;
    this.reserve(n * 6);
    const bytes = this.bytes;
    let at = this.length;
    for (let i = 0; i < n; i++) {
      const c = text.charCodeAt(i);
      if (c < 0x80 && plain[c] === 1) {
        bytes[at++] = c;
        continue;
      }
      this.length = at;
      if (c >= 0xd800 && c < 0xe000) i += this.#surrogate(text, i, c);
      else this.#special(c);
      at = this.length;
    }
    this.length = at;
  }

  /** What stands inside the quotes of {@link bytesAsString}. */
  escapedBytes(bytes: Uint8Array, start: number, end: number): void {
    this.reserve(end - start);
    const out = this.bytes;
    let at = this.length;
    for (let i = start; i < end; i++) {
      const c = bytes[i];
      if (plain[c] === 0) return this.escaped(utf8(bytes, start, end));
      out[at++] = c;
    }
    this.length = at;
  }

  /** A finite number; anything else is written as null. */
  number(value: number): void {
    if (Number.isSafeInteger(value) && value >= 0) this.#digits(value, digitCount(value));
    else this.ascii(Number.isFinite(value) ? String(value) : "null");
  }

  boolean(value: boolean): void {
    this.ascii(value ? "true" : "false");
  }

  /** An instant in quotes, RFC 3339. */
  time(sec: number, nsec: number): void {
    const { text, zone } = secondText(sec);
    if (text !== this.#secondText) {
      this.#secondText = text;
      this.#second = new Fragment(`"${text}`);
      this.#zone = new Fragment(`${zone}"`);
    }
    this.fragment(this.#second);
    this.#fraction(nsec, 9);
    this.fragment(this.#zone);
  }

  /** A duration in quotes, as Go prints it. */
  duration(ns: number): void {
    this.byte(0x22);
    if (ns >= 1e3 && ns < 1e9 && Number.isInteger(ns)) { // what nearly all are, without a string
      const isMicros = ns < 1e6;
      const unit = isMicros ? 1e3 : 1e6;
      this.number(Math.trunc(ns / unit));
      this.#fraction(ns % unit, isMicros ? 3 : 6);
      this.fragment(isMicros ? MICROSECONDS : MILLISECONDS);
    } else this.utf8(durationText(ns));
    this.byte(0x22);
  }

  /** `"Host":"…","Port":…`: the first members of most requests and responses. */
  endpoint(endpoint: Endpoint): void {
    this.fragment(endpoint.members);
  }

  /** A point and digits, without the zeros at their end; nothing for 0. */
  #fraction(value: number, width: number): void {
    if (value === 0) return;
    this.byte(0x2e);
    this.#digits(value, width);
    while (this.bytes[this.length - 1] === 0x30) this.length--;
  }

  /** A whole number in so many decimal digits. */
  #digits(value: number, count: number): void {
    this.reserve(count);
    const { bytes, length } = this;
    let at = length + count - 1;
    for (; value > 0x7fffffff; at--) {
      const rest = Math.floor(value / 10);
      bytes[at] = value - rest * 10 + 0x30;
      value = rest;
    }
    for (let small = value | 0; at >= length; at--) { // whole numbers of 32 bits need no division
      const rest = (small / 10) | 0;
      bytes[at] = small - rest * 10 + 0x30;
      small = rest;
    }
    this.length += count;
  }

  // The room for the longest escape was reserved by escaped().
  #special(c: number): void {
    const bytes = this.bytes;
    let at = this.length;
    if (c === 0x22 || c === 0x5c) {
      bytes[at++] = 0x5c;
      bytes[at++] = c;
    } else if (c === 0x0a || c === 0x0d || c === 0x09 || c === 0x08 || c === 0x0c) {
      bytes[at++] = 0x5c;
      bytes[at++] = c === 0x0a ? 0x6e : c === 0x0d ? 0x72 : c === 0x09 ? 0x74 : c === 0x08 ? 0x62 : 0x66;
    } else if (c < 0x80 || c === 0x2028 || c === 0x2029) {
      bytes[at++] = 0x5c;
      bytes[at++] = 0x75;
      for (let shift = 12; shift >= 0; shift -= 4) bytes[at++] = HEX.charCodeAt((c >> shift) & 15);
    } else if (c < 0x800) {
      bytes[at++] = 0xc0 | (c >> 6);
      bytes[at++] = 0x80 | (c & 63);
    } else {
      bytes[at++] = 0xe0 | (c >> 12);
      bytes[at++] = 0x80 | ((c >> 6) & 63);
      bytes[at++] = 0x80 | (c & 63);
    }
    this.length = at;
  }

  /** Writes the character of a surrogate pair and returns 1, or U+FFFD for a lone half and returns 0. */
  #surrogate(text: string, i: number, c: number): number {
    const low = text.charCodeAt(i + 1);
    if (c >= 0xdc00 || !(low >= 0xdc00 && low < 0xe000)) {
      this.#special(0xfffd);
      return 0;
    }
    const point = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
    const bytes = this.bytes;
    let at = this.length;
    bytes[at++] = 0xf0 | (point >> 18);
    bytes[at++] = 0x80 | ((point >> 12) & 63);
    bytes[at++] = 0x80 | ((point >> 6) & 63);
    bytes[at++] = 0x80 | (point & 63);
    this.length = at;
    return 1;
  }
}

function digitCount(value: number): number {
  let count = 1;
  for (let power = 10; power <= value; power *= 10) count++;
  return count;
}
