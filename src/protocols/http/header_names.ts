/** Names of header fields as they are sent, with what is known of each: what is done with it, and how it is printed. */
import { latin1 } from "../../bytes/text.ts";
import { Fragment } from "../../bytes/writer.ts";
import { JsonWriter } from "../../core/json.ts";
import { isSecretHeader } from "../../core/secrets.ts";
import { canonicalName } from "../_http/names.ts";

/** What is done with a header of a name. */
export const PRINTED = 0, SECRET = 1, TARGET = 2, FRAMING = 3, HOST = 4, CONNECTION = 5, CONTENT_LENGTH = 6;
export const PRAGMA = 7, CACHE_CONTROL = 8;
/** Stands for a `Connection` that is known to name `close`. */
export const CLOSING = 9;

/** A kind as one bit of a set. */
export function bit(kind: number): number {
  return 1 << kind;
}

/** Where in a name's opening the name stands: the first of an object has none before it. */
export const OPENING_NAME = 2;

export interface Name {
  /** As it was sent. */
  readonly sent: string;
  /** As Go's net/textproto has it. */
  readonly canonical: string;
  readonly kind: number;
  /** `],"Name":[`: what ends the values of the name before, and begins its own. */
  readonly opening: Fragment;
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
  "Pragma": PRAGMA,
  "Cache-Control": CACHE_CONTROL,
};

/** What is known of a name. */
export function nameOf(sent: string): Name {
  const canonical = canonicalName(sent);
  const json = new JsonWriter(64);
  json.ascii("],");
  json.string(canonical);
  json.ascii(":[");
  return {
    sent,
    canonical,
    kind: KINDS[canonical] ?? (isSecretHeader(canonical) ? SECRET : PRINTED),
    opening: new Fragment(json.view()),
  };
}

const SLOTS = 1024;
const names: (Name | undefined)[] = new Array(SLOTS).fill(undefined);

/** The name in `bytes[start..end)`, from a table of those seen before. */
export function nameAt(bytes: Uint8Array, start: number, end: number): Name {
  let hash = end - start;
  for (let i = start; i < end; i++) hash = (Math.imul(hash, 31) + bytes[i]) | 0;
  const slot = (hash ^ (hash >>> 10)) & (SLOTS - 1);
  const known = names[slot];
  if (known !== undefined && known.sent.length === end - start) {
    let i = 0;
    while (i < known.sent.length && known.sent.charCodeAt(i) === bytes[start + i]) i++;
    if (i === known.sent.length) return known;
  }
  return names[slot] = nameOf(latin1(bytes, start, end));
}
