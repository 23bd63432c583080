/**
 * Paths and names without what identifies single things: `/users/42/orders/2024-01-31` is
 * `/users/{id}/orders/{id}`. The rules are fixed, so that a path has the same template everywhere and always.
 */

export const ID = "{id}";

/** Segments of a path that are told apart; what is deeper reads as `…`. */
export const SEGMENTS = 12;
/** A longer segment, or a part of one, identifies something, whatever it looks like. */
export const LONGEST_SEGMENT = 64, LONGEST_PART = 32;
/** From this length on, and with so many changes between letters and digits, text is random: of a segment, of a part. */
const RANDOM_SEGMENT = 16, RANDOM_SEGMENT_CHANGES = 4;
const RANDOM_PART = 8, RANDOM_PART_CHANGES = 3;

const UUID = /^\{?[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}\}?$/i;
const DATE = /^\d{4}-\d\d-\d\d(?:[T ]\d\d[:.]?\d\d.*)?$/;
const VERSION = /^v\d{1,3}(?:[._]\d{1,3}){0,3}(?:-?(?:alpha|beta|rc)\d{0,2})?$/i;
/** A number, or several (coordinates, ranges): `12`, `-3.5`, `40.71,-74.00`. */
const NUMBERS = /^[+-]?\d+(?:\.\d+)?(?:[,;:x][+-]?\d+(?:\.\d+)?)*$/;
const EMAIL = /^[^@/]+@[^@/]+\.[^@/]+$/;
/** Hashes have a digit: `facade` and `decade` are words. */
export const SHORTEST_HASH = 8;
const HASH = /^(?:0x)?(?=[a-f]*\d)[\da-f]{8,}$/i;
/** A file's type, which stays. */
const EXTENSION = /\.[a-z][a-z\d]{0,4}$/i;
const SEPARATORS = /([-_.~:,+=@()!$&' ])/;

/** A path, percent-decoded and without its query, as a template. */
export function pathTemplate(path: string): string {
  const segments = path.split("/", SEGMENTS + 2);
  for (let i = 0; i < segments.length; i++) segments[i] = nameTemplate(withoutParameters(segments[i]));
  if (segments.length <= SEGMENTS + 1) return segments.join("/");
  return segments.slice(0, SEGMENTS + 1).join("/") + "/…";
}

/** One segment of a path, or the name of something (a queue, a topic), as a template. */
export function nameTemplate(name: string): string {
  if (name === "" || VERSION.test(name)) return name;
  if (isIdentity(name)) return ID;
  const extension = EXTENSION.exec(name)?.[0] ?? "";
  const stem = extension === "" ? name : name.slice(0, -extension.length);
  if (isIdentity(stem)) return ID + extension;
  const pieces = stem.split(SEPARATORS); // parts at even places, separators between them
  let ids = 0, parts = 0;
  for (let i = 0; i < pieces.length; i += 2) {
    if (pieces[i] === "") continue;
    parts++;
    if (!isPartIdentity(pieces[i])) continue;
    pieces[i] = ID;
    ids++;
  }
  const rest = pieces.filter((piece) => piece !== ID).join("");
  const isRandom = stem.length >= RANDOM_SEGMENT && digitChanges(rest) >= RANDOM_SEGMENT_CHANGES;
  if (isRandom || (ids === parts && parts > 0)) return ID + extension;
  return pieces.join("") + extension;
}

/** A segment without its matrix parameters: `a;jsessionid=12` is `a` (RFC 3986, section 3.3). */
export function withoutParameters(segment: string): string {
  const semicolon = segment.indexOf(";");
  return semicolon > 0 && segment.includes("=", semicolon) ? segment.slice(0, semicolon) : segment;
}

function isIdentity(text: string): boolean {
  return text.length > LONGEST_SEGMENT || NUMBERS.test(text) || UUID.test(text) || DATE.test(text) ||
    EMAIL.test(text) || HASH.test(text);
}

function isPartIdentity(part: string): boolean {
  return part.length > LONGEST_PART || NUMBERS.test(part) || HASH.test(part) ||
    (part.length >= RANDOM_PART && digitChanges(part) >= RANDOM_PART_CHANGES);
}

/** How often a letter follows a digit, or a digit a letter. Words and numbers side by side have few such places. */
function digitChanges(text: string): number {
  let changes = 0, before = 0;
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    const kind = c >= 0x30 && c <= 0x39 ? 1 : (c | 0x20) >= 0x61 && (c | 0x20) <= 0x7a ? 2 : 0;
    if (kind + before === 3) changes++;
    before = kind;
  }
  return changes;
}
