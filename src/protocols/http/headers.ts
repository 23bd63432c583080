/**
 * Header lines (RFC 9112, section 5), read from their bytes when a round trip is printed. Values are written out from
 * where they lie; only what must change (masked, folded, not ASCII) becomes a string.
 */
import { utf8 } from "../../bytes/text.ts";
import { sameBytes } from "../../bytes/view.ts";
import { Fragment } from "../../bytes/writer.ts";
import type { JsonWriter } from "../../core/json.ts";
import {
  bit,
  CACHE_CONTROL,
  CLOSING,
  CONNECTION,
  CONTENT_LENGTH,
  FRAMING,
  HOST,
  type Name,
  nameAt,
  nameOf,
  OPENING_NAME,
  PRAGMA,
  SECRET,
  TARGET,
} from "./header_names.ts";
import { isClose, shownValue } from "./header_values.ts";
import { type KnownLine, KnownLines, NO_LINE } from "./known_lines.ts";
import { type Head, HEADER_LINES } from "./messages.ts";

const LF = 10, CR = 13, SP = 32, HT = 9, COLON = 58;

/** The most bytes of headers that are compared with those of the message before. */
const BLOCK_BYTES = 4096;
/** Headers that came again so often in a row are worth to be kept as they are printed. */
const REPEATS = 8;

const NAMELESS = nameOf(""), CACHE_CONTROL_NAME = nameOf("Cache-Control");

/** A line: its name, and its value as bytes, or as text where the bytes are not what is meant. */
class Line {
  name = NAMELESS;
  /** Set where the line, as it is, was seen before. */
  known: KnownLine | undefined = undefined;
  start = 0;
  end = 0;
  text: string | undefined = undefined;
}

/** The header lines of one message, taken apart. One object is used for many messages: read, then used, then read anew. */
class HeaderLines {
  #bytes: Uint8Array = new Uint8Array(0);
  #start = -1;
  #head: Head | undefined = undefined;
  readonly #lines: Line[] = [];
  readonly #known = new KnownLines();
  #count = 0;
  /** Which kinds of names there are; known lines of CONNECTION count as CLOSING or not at all. */
  #kinds = 0;
  /** Indices of lines that are printed, in order of their names; and what they were chosen by, besides the names. */
  readonly #order: number[] = [];
  #orderOf = -1;
  /** The bytes of the last message's headers if all lines of it are known, else of length 0: the next often says the same. */
  readonly #block = new Uint8Array(BLOCK_BYTES);
  readonly #blockView = new DataView(this.#block.buffer);
  #blockLength = 0;
  /** How often they came again in a row, and what they are printed as once that was often enough. */
  #repeats = 0;
  #printed: Fragment | undefined = undefined;
  #printedSecrets = false;

  /** Takes the headers of a message apart. */
  read(head: Head): this {
    const { bytes } = head.store;
    const start = head.store.indexOf(head.position + head.headersStart);
    if (head === this.#head && bytes === this.#bytes && start === this.#start) return this; // asked for several times
    const end = head.store.indexOf(head.position + head.length);
    const { view } = head.store;
    this.#head = head;
    this.#bytes = bytes;
    this.#start = start;
    if (end - start === this.#blockLength && sameBytes(view, start, this.#blockView, this.#blockLength)) {
      this.#repeats++;
      return this;
    }
    const before = this.#count;
    this.#count = this.#kinds = this.#repeats = 0;
    this.#printed = undefined;
    const isKnown = this.#readLines(view, start, end) && end - start <= BLOCK_BYTES;
    if (this.#count !== before) this.#orderOf = -1;
    this.#blockLength = isKnown ? end - start : 0;
    if (isKnown) this.#block.set(bytes.subarray(start, end));
    return this;
  }

  /** The first value of a header, by its canonical name; empty when there is none. */
  value(canonical: string): string {
    for (let i = 0; i < this.#count; i++) if (this.#lines[i].name.canonical === canonical) return this.#text(i);
    return "";
  }

  /** All values of a header, joined by commas (RFC 9110, section 5.2); empty when there is none. */
  values(canonical: string): string {
    let joined = "";
    for (let i = 0; i < this.#count; i++) {
      if (this.#lines[i].name.canonical === canonical) joined += joined === "" ? this.#text(i) : `,${this.#text(i)}`;
    }
    return joined;
  }

  /** Whether `Connection` names `close`. */
  get close(): boolean {
    if ((this.#kinds & bit(CLOSING)) !== 0) return true;
    if ((this.#kinds & bit(CONNECTION)) === 0) return false;
    for (let i = 0; i < this.#count; i++) {
      if (this.#lines[i].name.kind === CONNECTION && isClose(this.#text(i))) return true;
    }
    return false;
  }

  /** Writes the headers as an object of arrays, as {@link entries} has them. */
  write(head: Head, json: JsonWriter, showSecrets: boolean): void {
    if (this.#printed !== undefined && this.#printedSecrets === showSecrets) return json.fragment(this.#printed);
    const begin = json.length;
    const order = this.#select(head);
    json.byte(0x7b);
    for (let i = 0; i < order.length; i++) {
      const line = this.#lines[order[i]];
      const { name, known } = line;
      const isNext = i > 0 && this.#lines[order[i - 1]].name.canonical === name.canonical;
      const opening = i === 0 ? OPENING_NAME : 0;
      if (isNext) json.byte(0x2c);
      if (known !== undefined) {
        json.fragment(known.printed(showSecrets), isNext ? name.opening.length : opening);
        continue;
      }
      if (!isNext) json.fragment(name.opening, opening);
      const isAsSent = line.text === undefined && (showSecrets || name.kind !== SECRET && name.kind !== TARGET);
      if (isAsSent) json.bytesAsString(this.#bytes, line.start, line.end);
      else json.string(shownValue(name, this.#text(order[i]), showSecrets));
    }
    if (order.length > 0) json.byte(0x5d);
    json.byte(0x7d);
    if (this.#repeats < REPEATS) return;
    this.#printed = new Fragment(json.view().subarray(begin));
    this.#printedSecrets = showSecrets;
  }

  /**
   * The headers as the contract prints them: canonical names in bytewise order, values in the order sent. Left out is
   * what has a field of its own.
   */
  entries(head: Head, showSecrets: boolean): [name: string, values: string[]][] {
    const found: [string, string[]][] = [];
    for (const index of this.#select(head)) {
      const { name } = this.#lines[index];
      const { canonical } = name;
      const value = shownValue(name, this.#text(index), showSecrets);
      if (found.at(-1)?.[0] === canonical) found.at(-1)![1].push(value);
      else found.push([canonical, [value]]);
    }
    return found;
  }

  /** Reads all lines; whether all of them, and there are some, are known. */
  #readLines(view: DataView, start: number, end: number): boolean {
    const bytes = this.#bytes, lines = this.#known;
    let before = NO_LINE, isKnown = true;
    for (let at = start; at < end;) {
      let known = lines.expected(before, view, at, end);
      if (known === undefined) {
        let lf = at;
        while (bytes[lf] !== LF) lf++; // a head ends with one
        known = lines.find(before, view, at, lf + 1 - at);
        if (known === undefined) {
          this.#line(bytes, at, lf);
          at = lf + 1;
          if (at < end) isKnown = false; // the last line is the empty one
          continue;
        }
      }
      const line = this.#add(known.name, known.bits);
      if (line !== undefined) line.known = known;
      before = known.slot;
      at += known.length;
    }
    return isKnown && this.#count > 0;
  }

  /** Reads a line that ends before the line feed at `lf`. */
  #line(bytes: Uint8Array, start: number, lf: number): void {
    let end = lf > start && bytes[lf - 1] === CR ? lf - 1 : lf;
    if (start === end) return;
    if (bytes[start] === SP || bytes[start] === HT) { // folded (5.2): it continues the line before
      if (this.#count > 0) {
        const before = this.#lines[this.#count - 1];
        before.text = `${this.#text(this.#count - 1)} ${utf8(bytes, start, end).trim()}`.trim();
        before.known = undefined;
        this.#kinds = this.#kinds & ~bit(CLOSING) | bit(CONNECTION); // what is known no longer tells
      }
      return;
    }
    let colon = start;
    while (colon < end && bytes[colon] !== COLON) colon++;
    if (colon === end || colon === start) return;
    let nameEnd = colon;
    while (nameEnd > start && (bytes[nameEnd - 1] === SP || bytes[nameEnd - 1] === HT)) nameEnd--;
    let from = colon + 1;
    while (from < end && (bytes[from] === SP || bytes[from] === HT)) from++;
    while (end > from && (bytes[end - 1] === SP || bytes[end - 1] === HT)) end--;
    const name = nameAt(bytes, start, nameEnd);
    const line = this.#add(name, bit(name.kind));
    if (line === undefined) return;
    line.start = from;
    line.end = end;
    this.#known.miss(bytes, start, lf + 1 - start, name, from, end);
  }

  /** The next line's object; undefined when there are too many. */
  #add(name: Name, bits: number): Line | undefined {
    if (this.#count >= HEADER_LINES) return undefined;
    const line = this.#lines[this.#count++] ??= new Line();
    if (line.name !== name) this.#orderOf = -1;
    line.name = name;
    line.known = line.text = undefined;
    this.#kinds |= bits;
    return line;
  }

  #text(index: number): string {
    const line = this.#lines[index];
    return line.known?.text ?? line.text ?? utf8(this.#bytes, line.start, line.end);
  }

  /**
   * Puts the lines that are printed in order: few, and nearly in order, they need no sort. The next message mostly has
   * the same names, and keeps the order.
   */
  #select(head: Head): readonly number[] {
    const order = this.#order, isRequest = head.status === 0;
    const leftOut = bit(FRAMING) | (isRequest ? bit(HOST) : 0) | (head.chunked ? bit(CONTENT_LENGTH) : 0) |
      (!isRequest && this.close ? bit(CONNECTION) : 0);
    // As Go's net/http reads the older header.
    const isUncached = (this.#kinds & (bit(PRAGMA) | bit(CACHE_CONTROL))) === bit(PRAGMA) &&
      this.value("Pragma") === "no-cache";
    const orderOf = leftOut << 1 | (isUncached ? 1 : 0);
    if (orderOf === this.#orderOf) return order;
    this.#orderOf = orderOf;
    order.length = 0;
    for (let i = 0; i < this.#count; i++) if ((bit(this.#lines[i].name.kind) & leftOut) === 0) this.#insert(i);
    if (isUncached) {
      const line = this.#lines[this.#count] ??= new Line();
      line.name = CACHE_CONTROL_NAME;
      line.known = undefined;
      line.text = "no-cache";
      this.#insert(this.#count);
    }
    return order;
  }

  #insert(index: number): void {
    const order = this.#order;
    const { canonical } = this.#lines[index].name;
    let at = order.length;
    while (at > 0 && this.#lines[order[at - 1]].name.canonical > canonical) {
      order[at] = order[at - 1];
      at--;
    }
    order[at] = index;
  }
}

const ofRequests = new HeaderLines(), ofResponses = new HeaderLines();

/** The header lines of a message; valid until the next call for a message of the same direction. */
export function headersOf(head: Head): HeaderLines {
  return (head.status === 0 ? ofRequests : ofResponses).read(head);
}
