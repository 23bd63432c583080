/** What HTTP/1 (RFC 9112) messages are made of, and the ceilings on them. */
import { latin1 } from "../../bytes/text.ts";
import type { CapturedBody } from "./captured_body.ts";
import type { HeadBytes } from "./head_store.ts";

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

/** Bytes of the heads of one connection's requests that wait. */
export const WAITING_HEAD_BYTES = 4 * 1024 * 1024;

/**
 * A start line with its headers. The text stays where the conversation keeps it until somebody asks for a part: that
 * may be done until the sink of the round trip returns.
 */
export class Head {
  /**
   * @param store where the bytes are kept, from `position` on
   * @param status status code; 0 for requests
   * @param method empty for responses
   * @param version `HTTP/1.1` or `HTTP/1.0`
   * @param contentLength value of Content-Length; -1 when absent, NaN when it is none
   * @param otherCoding whether a Transfer-Encoding was given whose last coding is not chunked
   * @param subjectStart,subjectEnd where in the head a request's target, or a response's reason phrase, lies
   */
  constructor(
    readonly store: HeadBytes,
    readonly position: number,
    readonly length: number,
    readonly status: number,
    readonly method: string,
    readonly version: string,
    readonly chunked: boolean,
    readonly contentLength: number,
    readonly otherCoding: boolean,
    readonly subjectStart: number,
    readonly subjectEnd: number,
    readonly headersStart: number,
  ) {}

  /** The request's target as it was sent, or the response's reason phrase; one character a byte. */
  get subject(): string {
    const start = this.store.indexOf(this.position);
    return latin1(this.store.bytes, start + this.subjectStart, start + this.subjectEnd);
  }
}

/** What HTTP/1 keeps of a round trip. */
export interface HttpDetail {
  readonly request: Head;
  /** Set when the response's head was read. */
  response: Head | undefined;
  /** Whether the response reads until the connection ends. */
  untilClose: boolean;
  /** The response's body, where bodies are asked for. */
  body: CapturedBody | undefined;
}
