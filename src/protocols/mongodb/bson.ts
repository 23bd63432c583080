/**
 * Walks a BSON document (https://bsonspec.org/spec.html) as its bytes come in, in pieces of any size. Only the elements
 * that the reader asks for are looked at; all others are skipped by their length and never held.
 */
import { i32le, u32le } from "../../bytes/read.ts";
import { NAME_BYTES, TEXT_BYTES } from "./messages.ts";

export const DOUBLE = 0x01;
export const STRING = 0x02;
export const DOCUMENT = 0x03;
export const ARRAY = 0x04;
export const BOOLEAN = 0x08;
export const INT32 = 0x10;
export const INT64 = 0x12;

/** What a reader wants done with an element: enter a document or an array, be given a value, or neither. */
export const SKIP = 0, KEEP = 1, ENTER = 2;
export type Wish = typeof SKIP | typeof KEEP | typeof ENTER;

/** Documents inside each other that are entered; what lies deeper is skipped as a whole. */
const DEPTH = 6;

/** How long the values of each type are: so many bytes, or one of the negative kinds. */
const UNKNOWN_TYPE = -1, COUNTED = -2, NESTED = -3, BINARY = -4, REGEX = -5, POINTER = -6;
const sizes = new Int8Array(256).fill(UNKNOWN_TYPE);
for (
  const [type, size] of [
    [DOUBLE, 8],
    [STRING, COUNTED],
    [DOCUMENT, NESTED],
    [ARRAY, NESTED],
    [0x05, BINARY],
    [0x06, 0], // undefined
    [0x07, 12], // ObjectId
    [BOOLEAN, 1],
    [0x09, 8], // UTC date and time
    [0x0a, 0], // null
    [0x0b, REGEX],
    [0x0c, POINTER],
    [0x0d, COUNTED], // JavaScript
    [0x0e, COUNTED], // symbol
    [0x0f, NESTED], // JavaScript with scope: its length counts itself, as a document's does
    [INT32, 4],
    [0x11, 8], // timestamp
    [INT64, 8],
    [0x13, 16], // decimal
    [0x7f, 0], // the greatest key
    [0xff, 0], // the least key
  ]
) sizes[type] = size;

/** Who looks at the elements of a document. */
export interface ElementReader {
  /** An element begins; `depth` is 0 in the outermost document. The name is `bytes[start..end)`. */
  element(type: number, depth: number, bytes: Uint8Array, start: number, end: number): Wish;
  /** The value of the element last wished for: the bytes of a number, or of a text without its length and end. */
  value(type: number, bytes: Uint8Array, start: number, end: number): void;
  /** The document or array that was entered at this depth has ended. */
  left(depth: number): void;
}

const LENGTH = 0, ELEMENT = 1, VALUE = 2, TEXT = 3, PASS = 4, PATTERN = 5;

export class Document {
  /** Whether the document has ended. */
  done = false;
  /** Whether its lengths or types contradict each other: its end is unknown. */
  broken = false;
  #state = LENGTH;
  #limit = 0;
  /** Bytes of the document so far, and where it and those entered inside it end. */
  #position = 0;
  #depth = 0;
  readonly #ends = new Int32Array(DEPTH);
  #type = 0;
  #wish: Wish = SKIP;
  /** Bytes of a value still to be passed over, or strings of a pattern still to end. */
  #left = 0;
  #textBytes = 0;

  constructor(readonly reader: ElementReader) {}

  /** Begins a document that may be so many bytes long. */
  begin(limit: number): void {
    this.done = this.broken = false;
    this.#state = LENGTH;
    this.#limit = limit;
    this.#position = this.#depth = 0;
  }

  /** Takes what it can of `bytes[start..end)` and returns where it stopped: at its end, or before half a value. */
  take(bytes: Uint8Array, start: number, end: number): number {
    let at = start;
    while (at < end && !this.done && !this.broken) {
      const taken = this.#step(bytes, at, end);
      if (taken === 0) break;
      this.#position += taken;
      at += taken;
      if (this.#state === ELEMENT && this.#position > this.#ends[this.#depth]) this.broken = true;
    }
    return at;
  }

  /** Passes over bytes that will never come. False when something was among them that cannot be spared. */
  pass(count: number): boolean {
    if (this.#state !== PASS || count > this.#left) return false;
    this.#position += count;
    this.#passed(count);
    return true;
  }

  /** Takes one part and returns its length; 0 when it is not whole yet, or broken. */
  #step(bytes: Uint8Array, at: number, end: number): number {
    switch (this.#state) {
      case LENGTH: {
        if (end - at < 4) return 0;
        const length = i32le(bytes, at);
        if (length < 5 || length > this.#limit) return this.#break();
        this.#ends[0] = length;
        this.#state = ELEMENT;
        return 4;
      }
      case ELEMENT:
        return bytes[at] === 0 ? this.#end() : this.#element(bytes, at, end);
      case VALUE:
        return this.#value(bytes, at, end);
      case TEXT: {
        const kept = Math.min(this.#textBytes, TEXT_BYTES);
        if (end - at < kept) return 0;
        this.reader.value(this.#type, bytes, at, at + kept);
        this.#passNext(this.#textBytes - kept + 1);
        return kept;
      }
      case PASS:
        return this.#passed(Math.min(this.#left, end - at));
      default:
        return this.#pattern(bytes, at, end);
    }
  }

  /** The zero byte that ends a document. */
  #end(): number {
    if (this.#position + 1 !== this.#ends[this.#depth]) return this.#break();
    if (this.#depth === 0) this.done = true;
    else this.reader.left(this.#depth--);
    return 1;
  }

  // | type, 1 byte | name, ends with a zero byte | value
  #element(bytes: Uint8Array, at: number, end: number): number {
    const first = at + 1;
    const stop = Math.min(end, first + NAME_BYTES + 1);
    let last = first;
    while (last < stop && bytes[last] !== 0) last++;
    if (last === stop) return last === end && end - first <= NAME_BYTES ? 0 : this.#break();
    const type = bytes[at];
    const size = sizes[type];
    if (size === UNKNOWN_TYPE) return this.#break();
    this.#type = type;
    this.#wish = this.reader.element(type, this.#depth, bytes, first, last);
    if (size === REGEX) {
      this.#left = 2;
      this.#state = PATTERN;
    } else if (size === 0 || (size > 0 && this.#wish !== KEEP)) this.#passNext(size);
    else this.#state = VALUE;
    return last + 1 - at;
  }

  /** A value that is kept, or the length in front of one. */
  #value(bytes: Uint8Array, at: number, end: number): number {
    const size = sizes[this.#type];
    if (size >= 0) {
      if (end - at < size) return 0;
      this.reader.value(this.#type, bytes, at, at + size);
      this.#state = ELEMENT;
      return size;
    }
    if (end - at < 4) return 0;
    const length = i32le(bytes, at);
    const total = size === NESTED ? length : length + (size === BINARY ? 5 : size === POINTER ? 16 : 4);
    const least = size === NESTED ? 5 : size === BINARY ? 0 : 1;
    if (length < least || total > this.#ends[this.#depth] - 1 - this.#position) return this.#break();
    if (size === COUNTED && this.#wish === KEEP) {
      this.#textBytes = length - 1;
      this.#state = length === 1 ? PASS : TEXT;
      this.#left = 1;
      if (length === 1) this.reader.value(this.#type, bytes, at, at);
    } else if (this.#wish === ENTER && (this.#type === DOCUMENT || this.#type === ARRAY) && this.#depth < DEPTH - 1) {
      this.#ends[++this.#depth] = this.#position + length;
      this.#state = ELEMENT;
    } else this.#passNext(total - 4);
    return 4;
  }

  /** Two strings that end with a zero byte each, of any length. */
  #pattern(bytes: Uint8Array, start: number, end: number): number {
    let at = start;
    while (at < end && this.#left > 0) if (bytes[at++] === 0) this.#left--;
    if (this.#left === 0) this.#state = ELEMENT;
    else if (this.#position + (at - start) >= this.#ends[this.#depth]) return this.#break();
    return at - start;
  }

  #passNext(count: number): void {
    this.#left = count;
    this.#state = count === 0 ? ELEMENT : PASS;
  }

  #passed(count: number): number {
    this.#left -= count;
    if (this.#left === 0) this.#state = ELEMENT;
    return count;
  }

  #break(): 0 {
    this.broken = true;
    return 0;
  }
}

const eightBytes = new Uint8Array(8);
const asDouble = new Float64Array(eightBytes.buffer); // the machines that Deno runs on are little-endian, as BSON is

/** The value of a number or a boolean. */
export function numberOf(type: number, bytes: Uint8Array, at: number): number {
  switch (type) {
    case DOUBLE:
      for (let i = 0; i < 8; i++) eightBytes[i] = bytes[at + i];
      return asDouble[0];
    case INT32:
      return i32le(bytes, at);
    case INT64:
      return i32le(bytes, at + 4) * 4294967296 + u32le(bytes, at);
    default:
      return bytes[at];
  }
}

/** A number as decimal digits, without its fraction. */
export function integerText(type: number, bytes: Uint8Array, at: number): string {
  const number = numberOf(type, bytes, at);
  if (Number.isSafeInteger(number)) return String(number);
  if (type === INT64) {
    return String(BigInt.asIntN(64, (BigInt(u32le(bytes, at + 4)) << 32n) | BigInt(u32le(bytes, at))));
  }
  return Number.isFinite(number) ? String(BigInt(Math.trunc(number))) : String(number);
}

/** Whether a type is one of {@link numberOf}. */
export function isNumber(type: number): boolean {
  return type === DOUBLE || type === INT32 || type === INT64 || type === BOOLEAN;
}
