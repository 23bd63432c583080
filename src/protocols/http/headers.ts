/** Header lines as a map, made when a round trip is printed. */
import { utf8FromLatin1 } from "../../bytes/text.ts";
import { isSecretHeader, MASK, maskTarget } from "../../core/secrets.ts";
import { type Head, HEADER_LINES } from "./messages.ts";

/** What is done with a header of a name. */
const PRINTED = 0, SECRET = 1, TARGET = 2, FRAMING = 3, HOST = 4, CONNECTION = 5, CONTENT_LENGTH = 6;

interface Name {
  readonly canonical: string;
  readonly kind: number;
}

const SPECIAL: Readonly<Record<string, number>> = {
  "Transfer-Encoding": FRAMING,
  "Trailer": FRAMING,
  "Host": HOST,
  "Connection": CONNECTION,
  "Content-Length": CONTENT_LENGTH,
  "Referer": TARGET,
  "Location": TARGET,
  "Content-Location": TARGET,
};

/** Names seen, as they were sent. Bounded: what comes later is worked out each time. */
const names = new Map<string, Name>();
const NAMES = 4096;

function nameOf(sent: string): Name {
  let name = names.get(sent);
  if (name === undefined) {
    const canonical = canonicalName(sent);
    name = { canonical, kind: SPECIAL[canonical] ?? (isSecretHeader(canonical) ? SECRET : PRINTED) };
    if (names.size < NAMES && sent.length <= 64) names.set(sent, name);
  }
  return name;
}

/** Calls back with each header, in the order sent; folded lines (RFC 9112, 5.2) are joined. Values are not masked. */
function eachHeader(headers: string, visit: (name: string, value: string) => void): void {
  let name = "", value = "";
  let count = 0;
  for (let at = 0; at < headers.length && count < HEADER_LINES;) {
    let end = headers.indexOf("\n", at);
    if (end < 0) end = headers.length;
    const first = headers.charCodeAt(at);
    if ((first === 32 || first === 9) && name !== "") {
      value = `${value} ${headers.slice(at, end).trim()}`.trim();
    } else {
      const colon = headers.indexOf(":", at);
      if (colon > at && colon < end) {
        if (name !== "") visit(name, value);
        name = headers.slice(at, colon).trimEnd();
        value = headers.slice(colon + 1, end).trim();
        count++;
      }
    }
    at = end + 1;
  }
  if (name !== "") visit(name, value);
}

/** The first value of a header, or an empty string. */
export function headerValue(headers: string, lowerName: string): string {
  let found: string | undefined;
  eachHeader(headers, (name, value) => {
    if (found === undefined && name.length === lowerName.length && name.toLowerCase() === lowerName) found = value;
  });
  return found === undefined ? "" : utf8FromLatin1(found);
}

/** Whether `Connection` names `close`. */
export function closes(head: Head): boolean {
  return /(^|\n)connection[ \t]*:([^\n]*,)?[ \t]*close[ \t]*(,|\r|\n)/i.test(head.headers);
}

/** `content-length` as `Content-Length`: as Go's net/textproto has names; names with other characters stay as they are. */
export function canonicalName(name: string): string {
  if (!/^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/.test(name)) return name;
  return name.toLowerCase().replace(/(^|-)[a-z]/g, (letter) => letter.toUpperCase());
}

/** A header with its values in the order sent. */
export type Header = readonly [name: string, values: string[]];

/**
 * The headers of a message as the contract prints them: canonical names in bytewise order. Left out is what has a
 * field of its own.
 */
export function headerMap(head: Head, showSecrets: boolean): Header[] {
  const isRequest = head.status === 0;
  const found: Header[] = [];
  eachHeader(head.headers, (sent, value) => {
    const { canonical, kind } = nameOf(sent);
    if (kind !== PRINTED) {
      if (kind === FRAMING || (kind === HOST && isRequest) || (kind === CONTENT_LENGTH && head.chunked)) return;
      if (kind === CONNECTION && !isRequest && closes(head)) return;
      if (kind === SECRET && !showSecrets) value = MASK;
      else if (kind === TARGET && !showSecrets) value = maskTarget(value);
    }
    add(found, canonical, utf8FromLatin1(value));
  });
  const pragma = found.find(([name]) => name === "Pragma");
  if (pragma?.[1][0] === "no-cache" && !found.some(([name]) => name === "Cache-Control")) {
    add(found, "Cache-Control", "no-cache");
  }
  return found;
}

/** Puts a value where its name stands in order: few headers, nearly in order, need no map and no sort. */
function add(found: Header[], name: string, value: string): void {
  let at = found.length;
  while (at > 0 && found[at - 1][0] > name) at--;
  if (at > 0 && found[at - 1][0] === name) found[at - 1][1].push(value);
  else found.splice(at, 0, [name, [value]]);
}
