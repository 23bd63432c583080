/** Bodies of HTTP/1 messages (RFC 9112, sections 6 and 7): counted, and kept only where they are asked for. */
import type { CapturedBody } from "./captured_body.ts";
import { BY_LENGTH, CHUNK_LINE_BYTES, CHUNKED, type Framing, NO_BODY, TRAILER_BYTES, UNTIL_CLOSE } from "./messages.ts";

const LF = 10, CR = 13;

/** Within a chunked body: a line with a size, data, the line end after data, the trailers. */
const SIZE = 0, DATA = 1, DATA_END = 2, TRAILER = 3;

export class Body {
  /** Bytes of content so far. */
  size = 0;
  /** Whether its last byte was seen. */
  done = true;
  /** Whether the framing was found to be broken; the body's end is then unknown. */
  broken = false;
  /** Where the content is kept; undefined where nobody wants it. */
  #kept: CapturedBody | undefined = undefined;
  #framing: Framing = NO_BODY;
  #remaining = 0;
  #part = SIZE;
  #trailerBytes = 0;

  /**
   * @param length bytes of a body framed by its length
   * @param kept takes the content
   */
  start(framing: Framing, length: number, kept?: CapturedBody): void {
    this.size = 0;
    this.#kept = kept;
    this.broken = false;
    this.#framing = framing;
    this.#remaining = length;
    this.#part = SIZE;
    this.#trailerBytes = 0;
    this.done = framing === NO_BODY || (framing === BY_LENGTH && length === 0);
  }

  /** Takes what is this body's of `bytes[start..end)` and returns where it stopped: at its end, or at half a line. */
  take(bytes: Uint8Array, start: number, end: number): number {
    switch (this.#framing) {
      case BY_LENGTH: {
        const taken = Math.min(this.#remaining, end - start);
        this.size += taken;
        this.#kept?.add(bytes, start, start + taken);
        this.#remaining -= taken;
        this.done = this.#remaining === 0;
        return start + taken;
      }
      case UNTIL_CLOSE:
        this.size += end - start;
        this.#kept?.add(bytes, start, end);
        return end;
      case CHUNKED:
        return this.#takeChunks(bytes, start, end);
      default:
        return start;
    }
  }

  /** Skips bytes that will never come. False when the end of the body is unknown from now on. */
  skip(lost: number): boolean {
    this.#kept?.cut();
    if (this.#framing === UNTIL_CLOSE) {
      this.size += lost;
      return true;
    }
    const counted = this.#framing === BY_LENGTH || (this.#framing === CHUNKED && this.#part === DATA);
    if (!counted || lost > this.#remaining) return false;
    this.size += lost;
    this.#remaining -= lost;
    if (this.#remaining > 0) return true;
    if (this.#framing === BY_LENGTH) this.done = true;
    else this.#part = DATA_END;
    return true;
  }

  /** The connection ended before the body did. */
  cut(): void {
    this.#kept?.cut();
  }

  /** What was kept is not wanted any longer. */
  release(): void {
    this.#kept?.release();
    this.#kept = undefined;
  }

  #takeChunks(bytes: Uint8Array, start: number, end: number): number {
    let at = start;
    while (at < end && !this.done && !this.broken) {
      if (this.#part === DATA) {
        const taken = Math.min(this.#remaining, end - at);
        this.size += taken;
        this.#kept?.add(bytes, at, at + taken);
        this.#remaining -= taken;
        at += taken;
        if (this.#remaining === 0) this.#part = DATA_END;
        continue;
      }
      let lf = at;
      while (lf < end && bytes[lf] !== LF) lf++;
      if (lf === end) { // half a line: it is offered again with the rest
        if (end - at > CHUNK_LINE_BYTES) this.broken = true;
        return at;
      }
      const last = lf > at && bytes[lf - 1] === CR ? lf - 1 : lf;
      this.#line(bytes, at, last);
      at = lf + 1;
    }
    return at;
  }

  #line(bytes: Uint8Array, start: number, end: number): void {
    switch (this.#part) {
      case DATA_END:
        if (start === end) this.#part = SIZE;
        else this.broken = true;
        return;
      case TRAILER:
        this.#trailerBytes += end - start;
        if (start === end) this.done = true;
        else if (this.#trailerBytes > TRAILER_BYTES) this.broken = true;
        return;
      default: {
        const size = chunkSize(bytes, start, end);
        if (size < 0) this.broken = true;
        else if (size === 0) this.#part = TRAILER;
        else {
          this.#remaining = size;
          this.#part = DATA;
        }
      }
    }
  }
}

/** The hexadecimal number that a chunk line begins with, or -1. What follows a `;` are extensions. */
function chunkSize(bytes: Uint8Array, start: number, end: number): number {
  let size = 0;
  let at = start;
  for (; at < end; at++) {
    const c = bytes[at];
    const digit = c >= 0x30 && c <= 0x39 ? c - 0x30 : (c | 0x20) >= 0x61 && (c | 0x20) <= 0x66 ? (c | 0x20) - 0x57 : -1;
    if (digit < 0) break;
    size = size * 16 + digit;
    if (size > Number.MAX_SAFE_INTEGER) return -1;
  }
  if (at === start) return -1;
  while (at < end && (bytes[at] === 0x20 || bytes[at] === 0x09)) at++;
  return at === end || bytes[at] === 0x3b ? size : -1;
}
