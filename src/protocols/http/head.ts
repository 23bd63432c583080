/**
 * Start line and headers of HTTP/1 messages (RFC 9112, sections 2 to 5). One pass over the bytes finds what frames the
 * body; the headers themselves are kept as one string and become a map only when they are printed.
 */
import { latin1, token } from "../../bytes/text.ts";
import { Head } from "./messages.ts";

const LF = 10, CR = 13, SP = 32, HT = 9, COLON = 58;

/** 1 for the characters of a token (RFC 9110, 5.6.2). */
const tokenCharacters = new Uint8Array(256);
for (const c of "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") {
  tokenCharacters[c.charCodeAt(0)] = 1;
}

/** Whether a byte may stand in a method or a header name. */
export function isTokenCharacter(byte: number): boolean {
  return tokenCharacters[byte] === 1;
}

/**
 * One past the empty line that ends a head, or -1 when it is not there yet. Bare line feeds are line ends too
 * (RFC 9112, 2.2).
 */
export function headEnd(bytes: Uint8Array, from: number, end: number): number {
  for (let i = from; i < end; i++) {
    if (bytes[i] !== LF) continue;
    if (i + 1 < end && bytes[i + 1] === LF) return i + 2;
    if (i + 2 < end && bytes[i + 1] === CR && bytes[i + 2] === LF) return i + 3;
  }
  return -1;
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

/** What {@link scanHead} found: valid until it is called again. */
const found = { headers: 0, chunked: false, otherCoding: false, close: false, contentLength: -1 };

/**
 * Goes once over a whole head and notes what frames the body. Returns one past the empty line that ends it, or -1 when
 * that is not there yet.
 */
function scanHead(bytes: Uint8Array, start: number, end: number): number {
  found.chunked = found.otherCoding = found.close = false;
  found.contentLength = -1;
  let at = start;
  do {
    if (at >= end) return -1;
  } while (bytes[at++] !== LF);
  found.headers = at;
  for (;;) {
    if (at >= end) return -1;
    const first = bytes[at];
    if (first === LF) return at + 1;
    if (first === CR) {
      if (at + 1 >= end) return -1;
      if (bytes[at + 1] === LF) return at + 2;
    }
    // The names that matter begin with c or t, and their length tells them apart before any letter is compared.
    const lower = first | 0x20;
    if ((lower === 0x63 || lower === 0x74) && at + 18 < end) framingHeader(bytes, at, end);
    do {
      if (at >= end) return -1;
    } while (bytes[at++] !== LF);
  }
}

function framingHeader(bytes: Uint8Array, at: number, end: number): void {
  if (bytes[at + 14] === COLON && isName(bytes, at, "content-length")) {
    found.contentLength = lengthValue(bytes, at + 15, end, found.contentLength);
  } else if (bytes[at + 10] === COLON && isName(bytes, at, "connection")) {
    found.close ||= !isKeepAlive(bytes, at + 11) && elements(bytes, at + 11, end).includes("close");
  } else if (bytes[at + 17] === COLON && isName(bytes, at, "transfer-encoding")) {
    const codings = elements(bytes, at + 18, end);
    found.chunked = codings.at(-1) === "chunked";
    found.otherCoding = !found.chunked;
  }
}

/** The most usual value of Connection, told without making a string of it. */
function isKeepAlive(bytes: Uint8Array, at: number): boolean {
  return bytes[at] === SP && (bytes[at + 11] === CR || bytes[at + 11] === LF) && isName(bytes, at + 1, "keep-alive");
}

/** Where the parts of a request line lie: filled in by {@link isRequestLine}. */
const line = { methodEnd: 0, targetStart: 0, targetEnd: 0, versionStart: 0 };

/** The end of the line's text: before CR LF, or LF alone. */
function lineEnd(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  while (at < end && bytes[at] !== LF) at++;
  return at > start && bytes[at - 1] === CR ? at - 1 : at;
}

/** `HTTP/` digit `.` digit */
function isVersion(bytes: Uint8Array, at: number): boolean {
  return bytes[at] === 0x48 && bytes[at + 1] === 0x54 && bytes[at + 2] === 0x54 && bytes[at + 3] === 0x50 &&
    bytes[at + 4] === 0x2f && isDigit(bytes[at + 5]) && bytes[at + 6] === 0x2e && isDigit(bytes[at + 7]);
}

function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39;
}

/** Whether a whole line `method SP target SP HTTP/x.y` begins here. */
export function isRequestLine(bytes: Uint8Array, start: number, end: number): boolean {
  let last = lineEnd(bytes, start, end);
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

/** A message's head with where it ends, or why there is none. */
export const HALF = -1;
export const NOT_A_HEAD = -2;

/** The head that the last call of {@link readRequest} or {@link readResponse} read. */
export let head: Head = new Head("", 0, "", 0, 0, 0, "", false, -1, false, false);

/** Reads a request's head into `head`. Returns where it ends, HALF or NOT_A_HEAD. */
export function readRequest(bytes: Uint8Array, start: number, end: number): number {
  const stop = scanHead(bytes, start, end);
  if (stop < 0) return HALF;
  if (!isRequestLine(bytes, start, found.headers)) return NOT_A_HEAD;
  const { methodEnd, targetStart, targetEnd, versionStart } = line;
  const version = token(bytes, versionStart, versionStart + 8);
  made(bytes, start, stop, 0, token(bytes, start, methodEnd), targetStart, targetEnd, version);
  return stop;
}

/** Reads a response's head into `head`. Returns where it ends, HALF or NOT_A_HEAD. */
export function readResponse(bytes: Uint8Array, start: number, end: number): number {
  const stop = scanHead(bytes, start, end);
  if (stop < 0) return HALF;
  if (!isStatusLine(bytes, start, found.headers)) return NOT_A_HEAD;
  const last = lineEnd(bytes, start, found.headers);
  let at = start + 9;
  while (bytes[at] === SP) at++;
  const status = (bytes[at] - 48) * 100 + (bytes[at + 1] - 48) * 10 + bytes[at + 2] - 48;
  at += 3;
  while (at < last && bytes[at] === SP) at++;
  made(bytes, start, stop, status, "", at, last, token(bytes, start, start + 8));
  return stop;
}

function made(
  bytes: Uint8Array,
  start: number,
  stop: number,
  status: number,
  method: string,
  subjectStart: number,
  subjectEnd: number,
  version: string,
): void {
  head = new Head(
    latin1(bytes, start, stop),
    status,
    method,
    subjectStart - start,
    subjectEnd - start,
    found.headers - start,
    version,
    found.chunked,
    found.contentLength,
    found.otherCoding,
    found.close,
  );
}

function isName(bytes: Uint8Array, at: number, lower: string): boolean {
  for (let i = 0; i < lower.length; i++) if ((bytes[at + i] | 0x20) !== lower.charCodeAt(i)) return false;
  return true;
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
  return latin1(bytes, start, lineEnd(bytes, start, end)).toLowerCase().split(",").map((element) => element.trim());
}
