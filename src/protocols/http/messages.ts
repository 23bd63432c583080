/** What HTTP/1 (RFC 9112) messages are made of, and the ceilings on them. */

/** Longest block of start line and headers that is read. */
export const HEAD_BYTES = 64 * 1024;
/** Header lines printed of one message. */
export const HEADER_LINES = 512;
/** Longest line of a chunk's size and extensions, and longest trailer section. */
export const CHUNK_LINE_BYTES = 4096;
export const TRAILER_BYTES = 64 * 1024;

/** How the end of a body is found (RFC 9112, section 6.3). */
export const NO_BODY = 0;
export const BY_LENGTH = 1;
export const CHUNKED = 2;
export const UNTIL_CLOSE = 3;
export type Framing = typeof NO_BODY | typeof BY_LENGTH | typeof CHUNKED | typeof UNTIL_CLOSE;

/** A start line with its headers. The headers stay text until somebody prints them. */
export interface Head {
  /** Requests: the method. Responses: empty. */
  readonly method: string;
  /** Requests: the target as it was sent. Responses: the reason phrase. */
  readonly text: string;
  /** Responses: the status code. Requests: 0. */
  readonly status: number;
  /** `HTTP/1.1` or `HTTP/1.0`. */
  readonly version: string;
  /** The header lines, one character a byte, without the start line. */
  readonly headers: string;
  readonly chunked: boolean;
  /** Value of Content-Length; -1 when absent, NaN when it is none. */
  readonly contentLength: number;
  /** Whether a Transfer-Encoding was given whose last coding is not chunked. */
  readonly otherCoding: boolean;
  /** Whether `Connection` names `close`. */
  readonly close: boolean;
}

/** What HTTP/1 keeps of a round trip. */
export interface HttpDetail {
  readonly request: Head;
  /** Set when the response's head was read. */
  response: Head | undefined;
  /** Whether the response reads until the connection ends. */
  untilClose: boolean;
}
