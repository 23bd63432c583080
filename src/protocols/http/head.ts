/**
 * Start line and headers of HTTP/1 messages (RFC 9112, sections 2 to 5). Only the end of the head and what frames the
 * body are looked for; the headers themselves stay bytes and become a map only when they are printed.
 */
import { latin1, token } from "../../bytes/text.ts";
import { viewOf } from "../../bytes/view.ts";

const LF = 10, CR = 13, SP = 32, HT = 9;

/** 1 for the characters of a token (RFC 9110, 5.6.2). */
const tokenCharacters = new Uint8Array(256);
for (const c of "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") {
  tokenCharacters[c.charCodeAt(0)] = 1;
}

/** Whether a byte may stand in a method or a header name. */
export function isTokenCharacter(byte: number): boolean {
  return tokenCharacters[byte] === 1;
}

/** Position of the first line feed from `from` on, or `end`. Eight bytes are looked at at once, each line in a few ns. */
function lineFeed(bytes: Uint8Array, from: number, end: number): number {
  const view = viewOf(bytes);
  let at = from;
  for (const last = end - 8; at <= last; at += 8) {
    // A byte that was LF is 0 now; subtracting 1 from each sets the top bit of the first 0, and perhaps of bytes after it.
    const a = view.getInt32(at, true) ^ 0x0a0a0a0a, b = view.getInt32(at + 4, true) ^ 0x0a0a0a0a;
    const inA = (a - 0x01010101) & ~a & 0x80808080, inB = (b - 0x01010101) & ~b & 0x80808080;
    if ((inA | inB) === 0) continue;
    return inA !== 0 ? at + firstByte(inA) : at + 4 + firstByte(inB);
  }
  while (at < end && bytes[at] !== LF) at++;
  return at;
}

/** Which byte of four, least significant first, holds the lowest bit that is set. */
function firstByte(bits: number): number {
  return (31 - Math.clz32(bits & -bits)) >> 3;
}

/**
 * One past the empty line that ends a head, or -1 when it is not there yet. Bare line feeds are line ends too
 * (RFC 9112, 2.2). `from` may stand anywhere in a line that is not empty.
 */
export function headEnd(bytes: Uint8Array, from: number, end: number): number {
  for (let at = lineFeed(bytes, from, end) + 1; at < end;) {
    const lf = lineFeed(bytes, at, end);
    if (isEmptyLine(bytes, at, lf)) return lf < end ? lf + 1 : -1;
    at = lf + 1;
  }
  return -1;
}

/** Whether a line that ends before the line feed at `lf` is empty. */
function isEmptyLine(bytes: Uint8Array, start: number, lf: number): boolean {
  return lf === start || (lf === start + 1 && bytes[start] === CR);
}

/** Skips empty lines before a start line, as receivers do. */
export function skipEmptyLines(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  for (;;) {
    if (at < end && bytes[at] === LF) at++;
    else if (at + 1 < end && bytes[at] === CR && bytes[at + 1] === LF) at += 2;
    else return at;
  }
}

/** Results of {@link readRequest} and {@link readResponse} besides a position. */
export const HALF = -1;
export const NOT_A_HEAD = -2;

/** What the last call of {@link readRequest} or {@link readResponse} read, with offsets from the head's first byte. */
export const read = {
  method: "",
  status: 0,
  version: "",
  /** The request's target, or the response's reason phrase. */
  subjectStart: 0,
  subjectEnd: 0,
  /** One past the start line. */
  headersStart: 0,
  chunked: false,
  otherCoding: false,
  contentLength: -1,
  upgrades: false,
};

const CONTENT_LENGTH = "content-length:", TRANSFER_ENCODING = "transfer-encoding:", UPGRADE = "upgrade:";

/**
 * Reads a head line by line, and of the headers Content-Length and Transfer-Encoding, and whether there is an Upgrade.
 * Returns where it ends, or HALF.
 */
function readHead(bytes: Uint8Array, start: number, end: number): number {
  read.chunked = read.otherCoding = read.upgrades = false;
  read.contentLength = -1;
  let at = lineFeed(bytes, start, end) + 1;
  read.headersStart = at - start;
  while (at < end) {
    const lf = lineFeed(bytes, at, end);
    if (isEmptyLine(bytes, at, lf)) return lf < end ? lf + 1 : HALF;
    if (lf === end) return HALF;
    const first = bytes[at] | 0x20;
    if (first === 0x63) { // c
      if (isHeader(bytes, at, lf, CONTENT_LENGTH)) {
        read.contentLength = lengthValue(bytes, at + CONTENT_LENGTH.length, lf + 1, read.contentLength);
      }
    } else if (first === 0x74 && isHeader(bytes, at, lf, TRANSFER_ENCODING)) { // t
      const codings = elements(bytes, at + TRANSFER_ENCODING.length, lf + 1);
      read.chunked = codings.at(-1) === "chunked";
      read.otherCoding = !read.chunked;
    } else if (first === 0x75 && isHeader(bytes, at, lf, UPGRADE)) read.upgrades = true; // u
    at = lf + 1;
  }
  return HALF;
}

/** Whether the line in `bytes[at..end)` begins with this name (in lower case, with its colon). */
function isHeader(bytes: Uint8Array, at: number, end: number, name: string): boolean {
  if (end - at < name.length) return false;
  for (let i = name.length - 1; i >= 0; i--) { // names differ at their ends more than at their beginnings
    const c = bytes[at + i];
    if ((c >= 0x41 && c <= 0x5a ? c | 0x20 : c) !== name.charCodeAt(i)) return false;
  }
  return true;
}

/** Where the parts of a request line lie: filled in by {@link splitRequestLine}. */
const line = { methodEnd: 0, targetStart: 0, targetEnd: 0, versionStart: 0 };

/** The end of the text of a line that ends at the line feed at `lf`: before CR LF, or LF alone. */
function textEnd(bytes: Uint8Array, start: number, lf: number): number {
  return lf > start && bytes[lf - 1] === CR ? lf - 1 : lf;
}

/** `HTTP/` digit `.` digit */
function isVersion(bytes: Uint8Array, at: number): boolean {
  return bytes[at] === 0x48 && bytes[at + 1] === 0x54 && bytes[at + 2] === 0x54 && bytes[at + 3] === 0x50 &&
    bytes[at + 4] === 0x2f && isDigit(bytes[at + 5]) && bytes[at + 6] === 0x2e && isDigit(bytes[at + 7]);
}

/** The text of a version that {@link isVersion} found. */
function versionText(bytes: Uint8Array, at: number): string {
  if (bytes[at + 5] === 0x31) {
    if (bytes[at + 7] === 0x31) return "HTTP/1.1";
    if (bytes[at + 7] === 0x30) return "HTTP/1.0";
  }
  return latin1(bytes, at, at + 8);
}

function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39;
}

/** Whether a whole line `method SP target SP HTTP/x.y` begins here. */
export function isRequestLine(bytes: Uint8Array, start: number, end: number): boolean {
  return splitRequestLine(bytes, start, lineFeed(bytes, start, end));
}

/** Finds the parts of a request line, which ends at the line feed at `lf`; false when it is none. */
function splitRequestLine(bytes: Uint8Array, start: number, lf: number): boolean {
  let last = textEnd(bytes, start, lf);
  while (last > start && (bytes[last - 1] === SP || bytes[last - 1] === HT)) last--;
  const versionStart = last - 8;
  if (versionStart <= start || !isVersion(bytes, versionStart) || bytes[versionStart - 1] !== SP) return false;
  let at = start;
  while (at < versionStart && tokenCharacters[bytes[at]] === 1) at++;
  if (at === start || bytes[at] !== SP) return false;
  line.methodEnd = at;
  while (bytes[at] === SP) at++;
  let targetEnd = versionStart;
  while (targetEnd > at && bytes[targetEnd - 1] === SP) targetEnd--;
  line.targetStart = at;
  line.targetEnd = targetEnd;
  line.versionStart = versionStart;
  return targetEnd > at;
}

/** Whether a whole line `HTTP/x.y SP 3DIGIT` begins here. */
export function isStatusLine(bytes: Uint8Array, start: number, end: number): boolean {
  if (end - start < 12 || !isVersion(bytes, start) || bytes[start + 8] !== SP) return false;
  let at = start + 9;
  while (bytes[at] === SP) at++;
  return at + 3 <= end && bytes[at] >= 0x31 && bytes[at] <= 0x39 && isDigit(bytes[at + 1]) && isDigit(bytes[at + 2]) &&
    (at + 3 === end || bytes[at + 3] === SP || bytes[at + 3] === CR || bytes[at + 3] === LF);
}

/** Reads a request's head. Returns where it ends, HALF or NOT_A_HEAD. */
export function readRequest(bytes: Uint8Array, start: number, end: number): number {
  const stop = readHead(bytes, start, end);
  if (stop === HALF) return HALF;
  if (!splitRequestLine(bytes, start, start + read.headersStart - 1)) return NOT_A_HEAD;
  read.method = token(bytes, start, line.methodEnd);
  read.status = 0;
  read.version = versionText(bytes, line.versionStart);
  read.subjectStart = line.targetStart - start;
  read.subjectEnd = line.targetEnd - start;
  return stop;
}

/** Reads a response's head. Returns where it ends, HALF or NOT_A_HEAD. */
export function readResponse(bytes: Uint8Array, start: number, end: number): number {
  const stop = readHead(bytes, start, end);
  if (stop === HALF) return HALF;
  if (!isStatusLine(bytes, start, stop)) return NOT_A_HEAD;
  const last = textEnd(bytes, start, start + read.headersStart - 1);
  let at = start + 9;
  while (bytes[at] === SP) at++;
  read.method = "";
  read.status = (bytes[at] - 48) * 100 + (bytes[at + 1] - 48) * 10 + bytes[at + 2] - 48;
  at += 3;
  while (at < last && bytes[at] === SP) at++;
  read.version = versionText(bytes, start);
  read.subjectStart = at - start;
  read.subjectEnd = last - start;
  return stop;
}

/**
 * The number of a Content-Length, which may be a list of equal ones (RFC 9112, 6.3); NaN for anything else, or when
 * it contradicts an earlier one.
 */
function lengthValue(bytes: Uint8Array, start: number, end: number, earlier: number): number {
  let at = start, value = 0;
  while (bytes[at] === SP) at++;
  const digits = at;
  for (; at < end && isDigit(bytes[at]) && at - digits < 15; at++) value = value * 10 + bytes[at] - 48;
  const isPlain = at > digits && (bytes[at] === CR || bytes[at] === LF);
  if (isPlain && (earlier === -1 || earlier === value)) return value;
  value = earlier;
  for (const element of elements(bytes, start, end)) {
    const number = /^[0-9]{1,15}$/.test(element) ? Number(element) : NaN;
    if (value !== -1 && value !== number) return NaN;
    value = number;
  }
  return value;
}

/** The elements of a list-valued header, in lower case. */
function elements(bytes: Uint8Array, start: number, end: number): string[] {
  return latin1(bytes, start, textEnd(bytes, start, end - 1)).toLowerCase().split(",").map((element) => element.trim());
}
