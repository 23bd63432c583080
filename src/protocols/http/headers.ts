/**
 * Header lines (RFC 9112, section 5), read from their bytes when a round trip is printed. Values are written out from
 * where they lie; only what must change (masked, folded, not ASCII) becomes a string.
 */
import { latin1, utf8 } from "../../bytes/text.ts";
import type { JsonWriter } from "../../core/json.ts";
import { isSecretHeader, MASK, maskTarget } from "../../core/secrets.ts";
import { canonicalName, jsonOpening } from "../_http/names.ts";
import { type Head, HEADER_LINES } from "./messages.ts";

const LF = 10, CR = 13, SP = 32, HT = 9, COLON = 58;

/** What is done with a header of a name. */
const PRINTED = 0, SECRET = 1, TARGET = 2, FRAMING = 3, HOST = 4, CONNECTION = 5, CONTENT_LENGTH = 6;

interface Name {
  /** As it was sent. */
  readonly sent: string;
  /** As Go's net/textproto has it. */
  readonly canonical: string;
  readonly kind: number;
  /** `"Name":[` where nothing in the name needs an escape, else empty. */
  readonly opening: string;
}

const KINDS: Readonly<Record<string, number>> = {
  "Transfer-Encoding": FRAMING,
  "Trailer": FRAMING,
  "Host": HOST,
  "Connection": CONNECTION,
  "Content-Length": CONTENT_LENGTH,
  "Referer": TARGET,
  "Location": TARGET,
  "Content-Location": TARGET,
};

const SLOTS = 1024;
const names: (Name | undefined)[] = new Array(SLOTS).fill(undefined);

/** The name in `bytes[start..end)`, from a table of those seen before. */
function nameAt(bytes: Uint8Array, start: number, end: number): Name {
  let hash = end - start;
  for (let i = start; i < end; i++) hash = (Math.imul(hash, 31) + bytes[i]) | 0;
  const slot = (hash ^ (hash >>> 10)) & (SLOTS - 1);
  const known = names[slot];
  if (known !== undefined && known.sent.length === end - start) {
    let i = 0;
    while (i < known.sent.length && known.sent.charCodeAt(i) === bytes[start + i]) i++;
    if (i === known.sent.length) return known;
  }
  const sent = latin1(bytes, start, end);
  const canonical = canonicalName(sent);
  return names[slot] = {
    sent,
    canonical,
    kind: KINDS[canonical] ?? (isSecretHeader(canonical) ? SECRET : PRINTED),
    opening: jsonOpening(canonical),
  };
}

const NAMELESS: Name = { sent: "", canonical: "", kind: PRINTED, opening: "" };
const CACHE_CONTROL: Name = { ...NAMELESS, canonical: "Cache-Control", opening: '"Cache-Control":[' };

/** A line: its name, and its value as bytes, or as text where the bytes are not what is meant. */
class Line {
  name: Name = NAMELESS;
  start = 0;
  end = 0;
  text: string | undefined = undefined;
}

/** The header lines of one message, taken apart. One object is used for all messages: read, then used, then read anew. */
export class HeaderLines {
  #bytes: Uint8Array = new Uint8Array(0);
  #start = -1;
  #head: Head | undefined = undefined;
  readonly #lines: Line[] = [];
  #count = 0;
  /** Indices of lines that are printed, in order of their names. */
  readonly #order: number[] = [];

  /** Takes the headers of a message apart. */
  read(head: Head): this {
    const { bytes } = head.store;
    const start = head.store.indexOf(head.position + head.headersStart);
    if (head === this.#head && bytes === this.#bytes && start === this.#start) return this; // asked for several times
    this.#head = head;
    this.#bytes = bytes;
    this.#start = start;
    this.#count = 0;
    const end = head.store.indexOf(head.position + head.length);
    for (let at = start; at < end;) {
      let lf = at;
      while (lf < end && bytes[lf] !== LF) lf++;
      const last = lf > at && bytes[lf - 1] === CR ? lf - 1 : lf;
      this.#line(bytes, at, last);
      at = lf + 1;
    }
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
    for (let i = 0; i < this.#count; i++) {
      if (this.#lines[i].name.kind !== CONNECTION) continue;
      if (this.#text(i).toLowerCase().split(",").some((element) => element.trim() === "close")) return true;
    }
    return false;
  }

  /** Writes the headers as an object of arrays, as {@link entries} has them. */
  write(head: Head, json: JsonWriter, showSecrets: boolean): void {
    const order = this.#select(head);
    json.byte(0x7b);
    for (let i = 0; i < order.length; i++) {
      const line = this.#lines[order[i]];
      const { canonical } = line.name;
      const isNext = i > 0 && this.#lines[order[i - 1]].name.canonical === canonical;
      if (isNext) json.ascii(",");
      else {
        if (i > 0) json.ascii("],");
        if (line.name.opening !== "") json.ascii(line.name.opening);
        else {
          json.string(canonical);
          json.ascii(":[");
        }
      }
      const shown = this.#shown(order[i], showSecrets);
      if (shown === undefined) json.bytesAsString(this.#bytes, line.start, line.end);
      else json.string(shown);
    }
    if (order.length > 0) json.byte(0x5d);
    json.byte(0x7d);
  }

  /**
   * The headers as the contract prints them: canonical names in bytewise order, values in the order sent. Left out is
   * what has a field of its own.
   */
  entries(head: Head, showSecrets: boolean): [name: string, values: string[]][] {
    const found: [string, string[]][] = [];
    for (const index of this.#select(head)) {
      const { canonical } = this.#lines[index].name;
      const value = this.#shown(index, showSecrets) ?? this.#text(index);
      if (found.at(-1)?.[0] === canonical) found.at(-1)![1].push(value);
      else found.push([canonical, [value]]);
    }
    return found;
  }

  #line(bytes: Uint8Array, start: number, end: number): void {
    if (start === end) return;
    if (bytes[start] === SP || bytes[start] === HT) { // folded (5.2): it continues the line before
      if (this.#count > 0) {
        const before = this.#lines[this.#count - 1];
        before.text = `${this.#text(this.#count - 1)} ${utf8(bytes, start, end).trim()}`.trim();
      }
      return;
    }
    let colon = start;
    while (colon < end && bytes[colon] !== COLON) colon++;
    if (colon === end || colon === start || this.#count >= HEADER_LINES) return;
    let nameEnd = colon;
    while (nameEnd > start && (bytes[nameEnd - 1] === SP || bytes[nameEnd - 1] === HT)) nameEnd--;
    let from = colon + 1;
    while (from < end && (bytes[from] === SP || bytes[from] === HT)) from++;
    while (end > from && (bytes[end - 1] === SP || bytes[end - 1] === HT)) end--;
    const line = this.#lines[this.#count] ??= new Line();
    line.name = nameAt(bytes, start, nameEnd);
    line.start = from;
    line.end = end;
    line.text = undefined;
    this.#count++;
  }

  #text(index: number): string {
    const line = this.#lines[index];
    return line.text ?? utf8(this.#bytes, line.start, line.end);
  }

  /** What is printed instead of a line's bytes; undefined when they are printed as they are. */
  #shown(index: number, showSecrets: boolean): string | undefined {
    const line = this.#lines[index];
    if (showSecrets) return line.text;
    if (line.name.kind === SECRET) return MASK;
    return line.name.kind === TARGET ? maskTarget(this.#text(index)) : line.text;
  }

  /** Puts the lines that are printed in order: few, and nearly in order, they need no sort. */
  #select(head: Head): readonly number[] {
    const order = this.#order, isRequest = head.status === 0;
    const closes = !isRequest && this.close;
    order.length = 0;
    for (let i = 0; i < this.#count; i++) {
      const { kind } = this.#lines[i].name;
      if (
        kind === FRAMING || (kind === HOST && isRequest) || (kind === CONTENT_LENGTH && head.chunked) ||
        (kind === CONNECTION && closes)
      ) continue;
      this.#insert(i);
    }
    // As Go's net/http reads the older header.
    if (this.value("Pragma") === "no-cache" && !this.#has("Cache-Control")) {
      const line = this.#lines[this.#count] ??= new Line();
      line.name = CACHE_CONTROL;
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

  #has(canonical: string): boolean {
    for (let i = 0; i < this.#count; i++) if (this.#lines[i].name.canonical === canonical) return true;
    return false;
  }
}

const lines = new HeaderLines();

/** The header lines of a message; valid until the next call. */
export function headersOf(head: Head): HeaderLines {
  return lines.read(head);
}
