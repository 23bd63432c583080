/**
 * Values of a server, RESP2 and RESP3, of any depth and length: counted, never held. A reply is a tree of values, and
 * all that must be known of it is how many of them are still to come, so an aggregate of known length costs nothing;
 * only what is told by its end (streamed aggregates) and what is no part of its reply (attributes) is remembered.
 */
import { BROKEN, HALF, line, lineEnd, readLength, STREAMED, WHOLE } from "./line.ts";
import {
  ARRAY,
  ATTRIBUTE,
  BIG_NUMBER,
  BOOLEAN,
  BULK_ERROR,
  BULK_STRING,
  CHUNK,
  DOUBLE,
  ELEMENTS,
  END,
  ERROR,
  INTEGER,
  MAP,
  NESTING,
  NULL,
  PUSH,
  SET,
  SIMPLE_STRING,
  STRING_BYTES,
  VERBATIM_STRING,
  WANTED_VALUES,
} from "./messages.ts";
import { Payload } from "./payload.ts";
import { Prefix } from "./prefix.ts";

const LF = 10, CR = 13;

/** What is expected next: a value, the rest of a line, the next part of a streamed string. */
const VALUE = 0, TEXT = 1, PART = 2;

/** Why a value is broken that does not begin as one. */
export const NOT_A_REPLY = "not a reply";

export class ReplyReader {
  /** Whether nothing of the next reply was taken yet. */
  idle = true;
  /** Whether the reply in hand is whole. */
  done = false;
  /** Why the bytes are no replies, or an empty string. */
  broken = "";
  /** Type of the outermost value; 0 before it came. */
  type = 0;
  /** Bytes of its strings and lines. */
  size = 0;
  /** Elements of the outermost value where it is an array or a push. */
  elements = 0;
  /** The value of the last integer. */
  integer = 0;
  /** How a simple string, an error, or the first element of an array or a push begins. */
  readonly prefix = new Prefix();
  #state = VALUE;
  /** Values that are still to come in the frame in hand: Infinity where an end will tell. */
  #wanted = 1;
  /** What is wanted in the frames around it. */
  readonly #frames: number[] = [];
  /** How many frames there were when the outermost attribute began; 0 outside of attributes. */
  #attribute = 0;
  #captures = false;
  #capturesNext = false;
  #streams = false;
  #isInteger = false;
  #lastByte = 0;
  readonly #payload = new Payload();

  /** Prepares for the next reply. */
  reset(): void {
    this.idle = true;
    this.done =
      this.#captures =
      this.#capturesNext =
      this.#streams =
        false;
    this.broken = "";
    this.type =
      this.size =
      this.elements =
      this.integer =
      this.#attribute =
        0;
    this.#state = VALUE;
    this.#wanted = 1;
    if (this.#frames.length > 0) this.#frames.length = 0;
    this.#payload.stop();
    this.prefix.clear();
  }

  /** Takes what is one reply's of `bytes[start..end)` and returns where it stopped: behind it, or at half a line. */
  take(bytes: Uint8Array, start: number, end: number): number {
    let at = start;
    while (at < end && !this.done && this.broken === "") {
      const before = at;
      if (this.#payload.open) at = this.#inString(bytes, at, end);
      else if (this.#state === VALUE) at = this.#value(bytes, at, end);
      else if (this.#state === TEXT) at = this.#inLine(bytes, at, end);
      else at = this.#part(bytes, at, end);
      if (at === before) break;
    }
    return at;
  }

  /** Skips bytes that will never come. False when the end of the reply is unknown from now on. */
  skip(lost: number): boolean {
    if (this.#captures || !this.#payload.skip(lost)) return false;
    if (!this.#payload.open) this.#stringEnd();
    return true;
  }

  #value(bytes: Uint8Array, at: number, end: number): number {
    const type = bytes[at];
    switch (type) {
      case SIMPLE_STRING:
      case ERROR:
      case INTEGER:
      case NULL:
      case BOOLEAN:
      case DOUBLE:
      case BIG_NUMBER:
        this.#begin(type, type === SIMPLE_STRING || type === ERROR);
        this.#state = TEXT;
        this.#lastByte = 0;
        this.#isInteger = type === INTEGER;
        if (this.#isInteger) this.integer = 0;
        return at + 1;
      case BULK_STRING:
      case BULK_ERROR:
      case VERBATIM_STRING:
        return this.#string(type, bytes, at, end);
      case ARRAY:
      case MAP:
      case SET:
      case PUSH:
      case ATTRIBUTE:
        return this.#aggregate(type, bytes, at, end);
      case END:
        return this.#end(bytes, at, end);
      default:
        return this.#fail(NOT_A_REPLY, at);
    }
  }

  /** A value begins that is no attribute. */
  #begin(type: number, capturesOutermost: boolean): void {
    this.idle = false;
    this.#captures = this.#capturesNext;
    this.#capturesNext = false;
    if (this.type !== 0 || this.#frames.length > 0) return;
    this.type = type;
    this.#captures = capturesOutermost;
  }

  #string(type: number, bytes: Uint8Array, start: number, end: number): number {
    const found = readLength(bytes, start + 1, end);
    if (found !== WHOLE) return this.#halfOrBroken(found, start);
    const { length, end: first } = line;
    if (length === STREAMED) {
      this.#begin(type, false);
      this.#captures = false;
      this.#streams = true;
      this.#state = PART;
      return first;
    }
    if (length < -1) return this.#fail("a negative length", start);
    if (length > STRING_BYTES) return this.#fail("a string too long to be one", start);
    this.#begin(type, type === BULK_ERROR);
    if (length === -1) this.#valueEnd();
    else return this.#stringBytes(length, bytes, first, end);
    return first;
  }

  #stringBytes(length: number, bytes: Uint8Array, first: number, end: number): number {
    this.#add(length);
    this.#payload.start(length);
    return this.#inString(bytes, first, end);
  }

  #inString(bytes: Uint8Array, start: number, end: number): number {
    if (this.#captures) this.prefix.add(bytes, start, Math.min(end, start + this.#payload.remaining));
    const at = this.#payload.take(bytes, start, end);
    if (this.#payload.broken) return this.#fail("a string that is longer than its length", at);
    if (!this.#payload.open) this.#stringEnd();
    return at;
  }

  #stringEnd(): void {
    if (!this.#streams) this.#valueEnd();
  }

  /** `;4\r\n` and as many bytes; `;0\r\n` ends the string. */
  #part(bytes: Uint8Array, start: number, end: number): number {
    const found = bytes[start] === CHUNK ? readLength(bytes, start + 1, end) : BROKEN;
    if (found !== WHOLE) return this.#halfOrBroken(found, start);
    const { length, end: first } = line;
    if (length < 0 || length > STRING_BYTES) return this.#fail("a string too long to be one", start);
    if (length > 0) return this.#stringBytes(length, bytes, first, end);
    this.#streams = false;
    this.#state = VALUE;
    this.#valueEnd();
    return first;
  }

  #inLine(bytes: Uint8Array, start: number, end: number): number {
    let at = start;
    if (this.#isInteger) {
      for (; at < end && bytes[at] !== LF; at++) {
        const digit = bytes[at] - 0x30;
        if (digit >= 0 && digit <= 9) this.integer = this.integer * 10 + digit;
      }
    } else while (at < end && bytes[at] !== LF) at++;
    if (this.#captures) this.prefix.add(bytes, start, at);
    this.#add(at - start);
    if (at > start) this.#lastByte = bytes[at - 1];
    if (at === end) return at;
    if (this.#lastByte !== CR) return this.#fail("a line that does not end with CR LF", at);
    this.#add(-1);
    this.#state = VALUE;
    this.#valueEnd();
    return at + 1;
  }

  #aggregate(type: number, bytes: Uint8Array, start: number, end: number): number {
    const found = readLength(bytes, start + 1, end);
    if (found !== WHOLE) return this.#halfOrBroken(found, start);
    const { length, end: next } = line;
    if (length < -1 && length !== STREAMED) return this.#fail("a negative count", start);
    if (length > ELEMENTS) return this.#fail("a count too large to be one", start);
    const values = type === MAP || type === ATTRIBUTE ? 2 * length : length;
    if (type === ATTRIBUTE) {
      this.idle = this.#capturesNext = false;
      if (length === STREAMED || length > 0) {
        this.#open(this.#wanted, values);
        if (this.#attribute === 0) this.#attribute = this.#frames.length;
      }
      return next;
    }
    const isOutermost = this.type === 0 && this.#frames.length === 0;
    this.#begin(type, false);
    if (isOutermost && (type === ARRAY || type === PUSH)) {
      this.elements = length;
      this.#capturesNext = length > 0;
    }
    if (length === STREAMED) this.#open(this.#wanted - 1, STREAMED);
    else if (length <= 0) this.#valueEnd();
    else if (this.#wanted === Infinity) this.#open(Infinity, values);
    else this.#wanted += values - 1;
    if (this.#wanted !== Infinity && this.#wanted > WANTED_VALUES) {
      return this.#fail("more values than a reply can have", start);
    }
    return next;
  }

  /** A frame begins in which so many values are wanted. */
  #open(wantedAfter: number, values: number): void {
    this.#frames.push(wantedAfter);
    this.#wanted = values === STREAMED ? Infinity : values;
    if (this.#frames.length > NESTING) this.broken = "nested too deep";
  }

  /** `.\r\n` */
  #end(bytes: Uint8Array, start: number, end: number): number {
    const found = lineEnd(bytes, start + 1, end);
    if (found !== WHOLE) return this.#halfOrBroken(found, start);
    if (this.#wanted !== Infinity) return this.#fail("an end without a beginning", start);
    this.#wanted = 0;
    this.#close();
    return line.end;
  }

  #valueEnd(): void {
    this.#captures = false;
    this.#wanted--;
    if (this.#wanted === 0) this.#close();
  }

  /** Leaves the frames in which nothing more is wanted. */
  #close(): void {
    while (this.#wanted === 0 && this.#frames.length > 0) {
      if (this.#frames.length === this.#attribute) this.#attribute = 0;
      this.#wanted = this.#frames.pop()!;
    }
    this.done = this.#wanted === 0;
  }

  #add(bytes: number): void {
    if (this.#attribute === 0) this.size += bytes; // "auxiliary data", no part of the reply
  }

  #halfOrBroken(found: number, at: number): number {
    return found === HALF ? at : this.#fail(NOT_A_REPLY, at);
  }

  #fail(reason: string, at: number): number {
    this.broken = reason;
    return at;
  }
}
