/**
 * Where frames certainly begin in a connection that is joined in the middle, or after bytes are missing.
 *
 * A quiet point alone does not tell: a sender may pause in the middle of a DATA frame, and a busy connection has no
 * quiet point at all. Certain is the beginning of a segment from which whole frames follow each other without a break,
 * when they hold the client's preface, a header block that decodes to its last byte and has a pseudo-header field of
 * its direction, or else evidence enough: a point for each whole frame, another where it is not empty and its stream is
 * one that is open, or the connection's, so that its type gives the rest of its header, and another when the last frame
 * ends with the segment. Three points are certain.
 *
 * A header that is valid in every respect (length, type, the flags and the length that the type may have, the reserved
 * bit, whose streams) leaves chance one in some 2^24, an open stream or a header that is given one in 2^25 at least,
 * and the end one in 2^14: three points are 2^60 or more. The beginning of a segment keeps out what is no chance:
 * HTTP/2 inside of HTTP/2, as in a file that is downloaded.
 */
import { i32be, u24be } from "../../bytes/read.ts";
import { type Direction, FROM_CLIENT } from "../../core/flow.ts";
import { CERTAIN, NO, type Probe, UNSURE } from "../../core/verdict.ts";
import {
  ACK,
  CONTINUATION,
  DATA,
  END_HEADERS,
  findFragment,
  fragment,
  GOAWAY,
  HEADER_BYTES,
  HEADERS,
  PADDED,
  payloadLength,
  PING,
  PREFACE,
  PRIORITISED,
  PRIORITY,
  PUSH_PROMISE,
  RST_STREAM,
  SETTINGS,
  streamId,
  USUAL_FRAME_BYTES,
  WINDOW_UPDATE,
} from "./frames.ts";
import { HeaderBlock } from "./header_block.ts";
import { HpackDecoder } from "./hpack.ts";

const CERTAIN_POINTS = 3;

/** Flags that a type of frame may have, by type. */
const FLAGS = [0x09, 0x2d, 0x00, 0x00, 0x01, 0x0c, 0x01, 0x00, 0x00, 0x04];

/** How many of the bytes are the preface's, or -1 where they differ from it. */
export function prefaceBytes(bytes: Uint8Array, start: number, end: number): number {
  const length = Math.min(PREFACE.length, end - start);
  for (let i = 0; i < length; i++) if (bytes[start + i] !== PREFACE.charCodeAt(i)) return -1;
  return length;
}

/** Whether a frame's header is valid in every respect. Its payload is looked at as far as it is there. */
function isFrame(direction: Direction, bytes: Uint8Array, at: number, end: number): boolean {
  const length = payloadLength(bytes, at), type = bytes[at + 3], flags = bytes[at + 4];
  if (length > USUAL_FRAME_BYTES || type > CONTINUATION || (flags & ~FLAGS[type]) !== 0) return false;
  if (bytes[at + 5] >= 0x80) return false; // the reserved bit
  const id = streamId(bytes, at);
  // Only clients open streams of odd numbers; a client sends nothing but WINDOW_UPDATE, RST_STREAM, PRIORITY on others.
  const isOwn = direction === FROM_CLIENT ? (id & 1) === 1 : id !== 0;
  switch (type) {
    case DATA:
      return isOwn && ((flags & PADDED) === 0 || length > 0);
    case HEADERS:
      return isOwn && length > ((flags & PADDED) !== 0 ? 1 : 0) + ((flags & PRIORITISED) !== 0 ? 5 : 0);
    case CONTINUATION:
      return isOwn;
    case PUSH_PROMISE:
      return direction !== FROM_CLIENT && (id & 1) === 1 && length > 4;
    case PRIORITY:
      return length === 5 && id !== 0;
    case RST_STREAM:
      return length === 4 && id !== 0;
    case SETTINGS:
      return id === 0 && length % 6 === 0 && ((flags & ACK) === 0 || length === 0) && areSettings(bytes, at, end);
    case PING:
      return id === 0 && length === 8;
    case GOAWAY:
      return id === 0 && length >= 8;
    case WINDOW_UPDATE:
      return length === 4 && (end - at < HEADER_BYTES + 4 || i32be(bytes, at + HEADER_BYTES) > 0);
    default:
      return false;
  }
}

/** Whether the identifiers are settings that exist: 1 to 9 (RFC 9113, 8441, 9218), or one reserved for greasing. */
function areSettings(bytes: Uint8Array, at: number, end: number): boolean {
  const last = Math.min(end, at + HEADER_BYTES + u24be(bytes, at));
  for (let i = at + HEADER_BYTES; i + 6 <= last; i += 6) {
    const isGrease = (bytes[i] & 0x0f) === 0x0a && (bytes[i + 1] & 0x0f) === 0x0a;
    if (!isGrease && (bytes[i] !== 0 || bytes[i + 1] === 0 || bytes[i + 1] > 0x10)) return false;
  }
  return true;
}

const block = new HeaderBlock();
const decoder = new HpackDecoder(false);

/** Judges one place; what was looked at is not looked at again when more bytes have come. */
export class CertainStart {
  #judged = 0;
  #points = 0;
  /** The stream whose header block goes on in a CONTINUATION frame, or 0. */
  #continued = 0;

  /** @param isOpen whether a stream is known and has not ended */
  constructor(readonly direction: Direction, readonly isOpen: (stream: number) => boolean) {}

  /** Begins with another place. */
  reset(): void {
    this.#judged = this.#points = this.#continued = 0;
  }

  /** Whether frames begin at `start`; UNSURE when more bytes are needed to tell. */
  judge(bytes: Uint8Array, start: number, end: number): Probe {
    if (this.direction === FROM_CLIENT && this.#judged === 0) {
      const length = prefaceBytes(bytes, start, end);
      if (length >= 0) return length === PREFACE.length ? CERTAIN : UNSURE;
    }
    for (;;) {
      const at = start + this.#judged;
      if (end - at < HEADER_BYTES) return at < end && bytes[at] !== 0 ? NO : UNSURE;
      if (!isFrame(this.direction, bytes, at, end)) return NO;
      const type = bytes[at + 3], flags = bytes[at + 4], id = streamId(bytes, at);
      if ((type === CONTINUATION ? id : 0) !== this.#continued) return NO;
      const next = at + HEADER_BYTES + payloadLength(bytes, at);
      if (next > end) return UNSURE;
      if (type === HEADERS || type === PUSH_PROMISE || type === CONTINUATION) {
        this.#continued = (flags & END_HEADERS) === 0 ? id : 0;
        if (type !== CONTINUATION && this.#continued === 0) {
          const found = this.#headers(bytes, at, this.direction === FROM_CLIENT || type === PUSH_PROMISE);
          if (found !== UNSURE) return found;
        }
      }
      this.#judged = next - start;
      this.#points += next > at + HEADER_BYTES && (id === 0 || this.isOpen(id)) ? 2 : 1;
      if (this.#points + (next === end ? 1 : 0) >= CERTAIN_POINTS) return CERTAIN;
    }
  }

  /** What a whole header block tells: UNSURE for trailers, and where nothing is known. */
  #headers(bytes: Uint8Array, at: number, isRequest: boolean): Probe {
    if (!findFragment(bytes, at)) return NO;
    decoder.table.lose();
    if (!decoder.decode(bytes, fragment.start, fragment.end, block)) return NO;
    const { method, path, scheme, authority, status } = block;
    const hasRequest = method !== "" || path !== "" || scheme !== "" || authority !== "";
    if (isRequest ? status !== "" : hasRequest) return NO;
    if (isRequest) return hasRequest ? CERTAIN : UNSURE;
    return status === "" ? UNSURE : /^[1-9][0-9]{2}$/.test(status) ? CERTAIN : NO;
  }
}
