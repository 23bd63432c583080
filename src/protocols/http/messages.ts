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

/** A start line with its headers. They stay one text, of one character a byte, until somebody asks for parts of it. */
export class Head {
  readonly #text: string;
  readonly #subjectStart: number;
  readonly #subjectEnd: number;
  readonly #headersStart: number;

  /**
   * @param text the whole head
   * @param status status code; 0 for requests
   * @param method empty for responses
   * @param subjectStart,subjectEnd where a request's target, or a response's reason phrase, lies in the text
   * @param version `HTTP/1.1` or `HTTP/1.0`
   * @param contentLength value of Content-Length; -1 when absent, NaN when it is none
   * @param otherCoding whether a Transfer-Encoding was given whose last coding is not chunked
   * @param close whether Connection names `close`
   */
  constructor(
    text: string,
    readonly status: number,
    readonly method: string,
    subjectStart: number,
    subjectEnd: number,
    headersStart: number,
    readonly version: string,
    readonly chunked: boolean,
    readonly contentLength: number,
    readonly otherCoding: boolean,
    readonly close: boolean,
  ) {
    this.#text = text;
    this.#subjectStart = subjectStart;
    this.#subjectEnd = subjectEnd;
    this.#headersStart = headersStart;
  }

  /** The request's target as it was sent, or the response's reason phrase. */
  get subject(): string {
    return this.#text.slice(this.#subjectStart, this.#subjectEnd);
  }

  /** The header lines. */
  get headers(): string {
    return this.#text.slice(this.#headersStart);
  }
}

/** What HTTP/1 keeps of a round trip. */
export interface HttpDetail {
  readonly request: Head;
  /** Set when the response's head was read. */
  response: Head | undefined;
  /** Whether the response reads until the connection ends. */
  untilClose: boolean;
}
