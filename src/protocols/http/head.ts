/**
 * Start line and headers of HTTP/1 messages (RFC 9112, sections 2 to 5). One pass over the bytes finds what frames the
 * body; the headers themselves are kept as one string and become a map only when they are printed.
 */
import { latin1, token } from "../../bytes/text.ts";
import type { Head } from "./messages.ts";

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

/** Where a request line's target ends and its version begins, and the like: filled in by {@link isRequestLine}. */
const line = { methodEnd: 0, targetStart: 0, targetEnd: 0, versionStart: 0, end: 0 };

function lineEnd(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  while (at < end && bytes[at] !== LF) at++;
  line.end = at < end ? at + 1 : end;
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

/** A request's head, or undefined when the first line is no request line. `end` is what {@link headEnd} said. */
export function requestHead(bytes: Uint8Array, start: number, end: number): Head | undefined {
  if (!isRequestLine(bytes, start, end)) return undefined;
  const method = token(bytes, start, line.methodEnd);
  const text = latin1(bytes, line.targetStart, line.targetEnd);
  return withHeaders(method, text, 0, token(bytes, line.versionStart, line.versionStart + 8), bytes, line.end, end);
}

/** A response's head, or undefined when the first line is no status line. */
export function responseHead(bytes: Uint8Array, start: number, end: number): Head | undefined {
  if (!isStatusLine(bytes, start, end)) return undefined;
  const last = lineEnd(bytes, start, end);
  let at = start + 9;
  while (bytes[at] === SP) at++;
  const status = (bytes[at] - 48) * 100 + (bytes[at + 1] - 48) * 10 + bytes[at + 2] - 48;
  at += 3;
  while (at < last && bytes[at] === SP) at++;
  return withHeaders("", latin1(bytes, at, last), status, token(bytes, start, start + 8), bytes, line.end, end);
}

function withHeaders(
  method: string,
  text: string,
  status: number,
  version: string,
  bytes: Uint8Array,
  start: number,
  end: number,
): Head {
  let chunked = false, otherCoding = false, close = false, contentLength = -1;
  for (let at = start; at < end;) {
    const last = lineEnd(bytes, at, end);
    const next = line.end;
    // The names that matter begin with c or t; their length tells them apart before any letter is compared.
    const first = bytes[at] | 0x20;
    if (first === 0x63 || first === 0x74) {
      let colon = at;
      while (colon < last && bytes[colon] !== COLON) colon++;
      if (colon - at === 14 && isName(bytes, at, "content-length")) {
        contentLength = lengthValue(bytes, colon + 1, last, contentLength);
      } else if (colon - at === 17 && isName(bytes, at, "transfer-encoding")) {
        chunked = lastElement(bytes, colon + 1, last) === "chunked";
        otherCoding = !chunked && colon + 1 < last;
      } else if (colon - at === 10 && isName(bytes, at, "connection")) {
        close ||= hasElement(bytes, colon + 1, last, "close");
      }
    }
    at = next;
  }
  return {
    method,
    text,
    status,
    version,
    headers: latin1(bytes, start, end),
    chunked,
    contentLength,
    otherCoding,
    close,
  };
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
  let value = earlier;
  for (const element of latin1(bytes, start, end).split(",")) {
    const digits = element.trim();
    const number = /^[0-9]{1,15}$/.test(digits) ? Number(digits) : NaN;
    if (value !== -1 && value !== number) return NaN;
    value = number;
  }
  return value;
}

function elements(bytes: Uint8Array, start: number, end: number): string[] {
  return latin1(bytes, start, end).toLowerCase().split(",").map((element) => element.trim());
}

function lastElement(bytes: Uint8Array, start: number, end: number): string {
  return elements(bytes, start, end).at(-1)!;
}

function hasElement(bytes: Uint8Array, start: number, end: number, wanted: string): boolean {
  return elements(bytes, start, end).includes(wanted);
}
