/** What HTTP/2 frames are made of (RFC 9113, sections 4, 6, 7 and 11), and the ceilings on what they can make us hold. */
import { u24be, u32be } from "../../bytes/read.ts";

/** The client's connection preface (section 3.4). */
export const PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/** Length of a frame's header. */
export const HEADER_BYTES = 9;

/** Frame types (section 6). */
export const DATA = 0, HEADERS = 1, PRIORITY = 2, RST_STREAM = 3, SETTINGS = 4, PUSH_PROMISE = 5;
export const PING = 6, GOAWAY = 7, WINDOW_UPDATE = 8, CONTINUATION = 9;

/** Flags; ACK is END_STREAM's bit on SETTINGS and PING. */
export const END_STREAM = 0x01, ACK = 0x01, END_HEADERS = 0x04, PADDED = 0x08, PRIORITISED = 0x20;

/** Settings that matter to a reader (section 6.5.2). */
export const SETTING_HEADER_TABLE_SIZE = 1, SETTING_MAX_FRAME_SIZE = 5;

/** The longest payload that may be sent unless a setting says more, and the longest that can be. */
export const USUAL_FRAME_BYTES = 16384;
export const LONGEST_FRAME_BYTES = 0xffffff;
/** Longest frame, apart from DATA, that is waited for: a header block in one piece is hardly longer. */
export const WHOLE_FRAME_BYTES = 128 * 1024;
/** Longest header block over several frames, and the frames that it may come in: a flood has no end (CVE-2024-27316). */
export const HEADER_BLOCK_BYTES = 256 * 1024;
export const CONTINUATION_FRAMES = 512;
/** Fields kept of one header block, and their size as section 6.5.2 counts it: a small block can name a large list. */
export const HEADER_FIELDS = 1024;
export const HEADER_LIST_BYTES = 256 * 1024;
/** Size of the header lists of one connection's streams that wait. */
export const WAITING_LIST_BYTES = 8 * 1024 * 1024;
/** Streams of one connection that wait, and GOAWAY frames of one that are looked at. */
export const STREAMS = 65536;
export const GOAWAY_FRAMES = 16;

// |                 length (24)                   |   type (8)    |
// |   flags (8)   |R|             stream identifier (31)          |
// |                                               | payload ...

export function payloadLength(bytes: Uint8Array, at: number): number {
  return u24be(bytes, at);
}

export function streamId(bytes: Uint8Array, at: number): number {
  return u32be(bytes, at + 5) & 0x7fffffff;
}

/** Where the fragment of a header block lies in a HEADERS or PUSH_PROMISE frame: filled in by {@link findFragment}. */
export const fragment = { start: 0, end: 0 };

/**
 * Finds the fragment of a header block between padding and priority or promised stream (sections 6.2 and 6.6), in a
 * whole frame whose header is at `at`. False when what stands before it does not fit into the frame.
 */
export function findFragment(bytes: Uint8Array, at: number): boolean {
  const type = bytes[at + 3], flags = bytes[at + 4];
  let start = at + HEADER_BYTES, end = start + payloadLength(bytes, at);
  if ((flags & PADDED) !== 0 && start < end) end -= bytes[start++];
  if (type === PUSH_PROMISE) start += 4;
  else if (type === HEADERS && (flags & PRIORITISED) !== 0) start += 5;
  fragment.start = start;
  fragment.end = end;
  return start <= end;
}

const ERRORS = [
  "NO_ERROR",
  "PROTOCOL_ERROR",
  "INTERNAL_ERROR",
  "FLOW_CONTROL_ERROR",
  "SETTINGS_TIMEOUT",
  "STREAM_CLOSED",
  "FRAME_SIZE_ERROR",
  "REFUSED_STREAM",
  "CANCEL",
  "COMPRESSION_ERROR",
  "CONNECT_ERROR",
  "ENHANCE_YOUR_CALM",
  "INADEQUATE_SECURITY",
  "HTTP_1_1_REQUIRED",
] as const;

/** Name of an error code (section 7); codes that have none are unknown to the receiver too. */
export function errorName(code: number): string {
  return ERRORS[code] ?? "UNKNOWN_ERROR";
}
