/**
 * Endpoints of what is asked by a word and a path or a name. There are few of them and many requests, so they are made
 * once and found again.
 */
import { Interned, LONGEST as LONGEST_KEY } from "./interned.ts";
import { Lately } from "./lately.ts";
import {
  ID,
  LONGEST_PART,
  LONGEST_SEGMENT,
  nameTemplate,
  pathTemplate,
  SEGMENTS,
  SHORTEST_HASH,
  withoutParameters,
} from "./path.ts";

/** What stands in a segment. Without digits and what is special a short one is its own template. */
const DIGIT = 1, HEX_LETTER = 2, SPECIAL = 4, OTHER = 8;
const classes = new Uint8Array(128);
for (let c = 0; c < 128; c++) {
  const character = String.fromCharCode(c);
  if (/\d/.test(character)) classes[c] = DIGIT;
  else if (/[a-f]/i.test(character)) classes[c] = HEX_LETTER;
  else classes[c] = /[@;]/.test(character) ? SPECIAL : OTHER;
}

const endpoints = new Interned();
const latelyPaths = new Lately(), latelyNames = new Lately();

/** `GET /users/{id}`: a method, and the template of a path as {@link pathTemplate} makes it. */
export function pathEndpoint(method: string, path: string): string {
  return latelyPaths.get(method, path) ?? latelyPaths.keep(method, path, byKey(method, path));
}

/** `Produce orders-{id}`: an operation, and the template of what it is done to. */
export function nameEndpoint(operation: string, name: string): string {
  return latelyNames.get(operation, name) ??
    latelyNames.keep(operation, name, `${operation} ${nameTemplate(name)}`.trimEnd());
}

/** Paths with the same key have the same endpoint, so it is only made where no such key was there before. */
function byKey(method: string, path: string): string {
  const length = writeKey(method, path, endpoints.units);
  return endpoints.find(length) ?? endpoints.keep(length, `${method} ${pathTemplate(path)}`.trimEnd());
}

/** Writes method and path, templates in place of segments that may identify something. Too long a key is none. */
function writeKey(method: string, path: string, units: Uint16Array): number {
  if (method.length > LONGEST_SEGMENT) return LONGEST_KEY + 1;
  let length = copy(method, units, 0);
  for (let at = 0, segments = 0; at <= path.length; at++, segments++) {
    if (length + 4 * LONGEST_SEGMENT > LONGEST_KEY) return LONGEST_KEY + 1;
    units[length++] = 0x2f;
    if (segments > SEGMENTS) return length; // what is behind this slash is not told apart
    const start = at, from = length;
    let seen = 0;
    for (; at < path.length; at++) {
      const c = path.charCodeAt(at);
      if (c === 0x2f) break;
      seen |= c < 128 ? classes[c] : OTHER;
      if (at - start < LONGEST_PART) units[length++] = c;
    }
    const isPlain = (seen & (DIGIT | SPECIAL)) === 0 && at - start <= LONGEST_PART;
    const isHash = (seen & (SPECIAL | OTHER)) === 0 && at - start >= SHORTEST_HASH;
    if (seen === DIGIT || (isHash && !isPlain)) length = copy(ID, units, from);
    else if (!isPlain) length = copy(nameTemplate(withoutParameters(path.slice(start, at))), units, from);
  }
  return length;
}

function copy(text: string, units: Uint16Array, at: number): number {
  for (let i = 0; i < text.length; i++) units[at++] = text.charCodeAt(i);
  return at;
}
