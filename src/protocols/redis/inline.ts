/**
 * Commands as people type them: a line of words, some of them in quotes.
 * https://redis.io/docs/latest/develop/reference/protocol-spec/#inline-commands; quotes and escapes as in redis-cli.
 */
import type { Prefix } from "./prefix.ts";

const LF = 10, CR = 13, HT = 9, SPACE = 32, DOUBLE = 0x22, SINGLE = 0x27, BACKSLASH = 0x5c;

/** What {@link nextWord} found. */
export const WORD = 0;
export const NONE = 1;
/** A quote that is not closed, or not followed by a space: the server answers with an error and closes. */
export const UNBALANCED = 2;

/** Filled in by {@link nextWord}: bytes of the word without quotes and escapes, and where it ended. */
export const word = { length: 0, end: 0 };

function isSpace(byte: number): boolean {
  return byte === SPACE || (byte >= HT && byte <= CR);
}

/** Reads the next word of a line, and its first bytes into `prefix`. */
export function nextWord(bytes: Uint8Array, start: number, end: number, prefix: Prefix): number {
  let at = start;
  while (at < end && isSpace(bytes[at])) at++;
  prefix.clear();
  word.length = 0;
  word.end = at;
  if (at === end) return NONE;
  for (let quote = 0; at < end; at++) {
    let byte = bytes[at];
    if (quote === 0) {
      if (isSpace(byte)) break;
      if (byte === DOUBLE || byte === SINGLE) {
        quote = byte;
        if (at + 1 === end) return UNBALANCED;
        continue;
      }
    } else if (byte === quote) {
      word.end = at + 1;
      return at + 1 === end || isSpace(bytes[at + 1]) ? WORD : UNBALANCED;
    } else if (byte === BACKSLASH && at + 1 < end && (quote === DOUBLE || bytes[at + 1] === SINGLE)) {
      // \x41, \n and the like within double quotes; within single quotes only \'
      const isHex = quote === DOUBLE && bytes[at + 1] === 0x78 && isHexDigit(bytes[at + 2]) &&
        isHexDigit(bytes[at + 3]);
      byte = isHex ? 0 : bytes[at + 1]; // which byte it is matters to no command's name
      at += isHex ? 3 : 1;
    }
    word.length++;
    prefix.push(byte);
    if (quote !== 0 && at + 1 >= end) return UNBALANCED;
  }
  word.end = at;
  return WORD;
}

function isHexDigit(byte: number): boolean {
  return (byte >= 0x30 && byte <= 0x39) || ((byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x66);
}

/** Whether a line may hold this byte; others show that it is none. */
export function isLineByte(byte: number): boolean {
  return byte >= SPACE ? byte !== 0x7f : byte >= HT && byte <= CR;
}

/** `GET / HTTP/1.1`: a request of HTTP, which no client of Redis sends first. */
export function isHttpLine(bytes: Uint8Array, start: number, end: number): boolean {
  let at = end;
  while (at > start && isSpace(bytes[at - 1])) at--;
  return at - start > 9 && startsWith(bytes, at - 9, " HTTP/");
}

/** The first line of the PROXY protocol, version 1 (https://www.haproxy.org/download/2.9/doc/proxy-protocol.txt). */
export function isProxyLine(bytes: Uint8Array, start: number, end: number): boolean {
  return end - start > 14 && (startsWith(bytes, start, "PROXY TCP") || startsWith(bytes, start, "PROXY UNKNOWN"));
}

function startsWith(bytes: Uint8Array, at: number, text: string): boolean {
  for (let i = 0; i < text.length; i++) if (bytes[at + i] !== text.charCodeAt(i)) return false;
  return true;
}

/** One past the line feed that ends the line in hand, or -1. */
export function lineFeed(bytes: Uint8Array, from: number, end: number): number {
  for (let at = from; at < end; at++) if (bytes[at] === LF) return at + 1;
  return -1;
}
