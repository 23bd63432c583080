/** Ceilings on what clients can make the server hold or do. Where one is hit, it is counted by its reason. */

export interface Limits {
  /** Bytes of a request's target and of the names and values of its headers; more is answered 431. */
  readonly headerBytes: number;
  /** Headers of a request; more is answered 431. */
  readonly headers: number;
  /** How long they, and the whole request, may take to come; later is answered 408, or cut. */
  readonly headerMs: number;
  readonly requestMs: number;
  /** Characters of a request target; more is answered 414. */
  readonly targetCharacters: number;
  /** Bytes of a request's body; more is answered 413. */
  readonly bodyBytes: number;
  /** How long a connection may stay between two requests. */
  readonly keepAliveMs: number;
  /** Connections in all; for one more, the one that was silent for longest is closed. */
  readonly connections: number;
  /** Requests that may wait on one connection for the one before them; more close it. */
  readonly pipelined: number;
  /** Metrics on their way to clients at once; for one more, the oldest is given up. */
  readonly scrapes: number;
  /** Clients of `/watch` at once; one more is answered 503. */
  readonly watchers: number;
  /** Bytes that may wait for one client of `/watch` before it loses round trips: twice what 4096 packets may bring. */
  readonly watchBytes: number;
  /** How long a client may take to accept a piece of `CHUNK_BYTES`. */
  readonly stallMs: number;
  /** How long the last bytes may take when the server closes or an exchange has had its time. */
  readonly farewellMs: number;
}

export const LIMITS: Limits = {
  headerBytes: 16 * 1024,
  headers: 100,
  headerMs: 10_000,
  requestMs: 20_000,
  targetCharacters: 8 * 1024,
  bodyBytes: 4 * 1024,
  keepAliveMs: 90_000,
  connections: 128,
  pipelined: 4,
  scrapes: 16,
  watchers: 16,
  watchBytes: 4 * 1024 * 1024,
  stallMs: 30_000,
  farewellMs: 1000,
};

/** A long answer leaves in pieces of this size, each when the one before has been taken. */
export const CHUNK_BYTES = 64 * 1024;

/** The longest that a timer can wait (a signed 32-bit number of milliseconds). */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** A duration as a timer takes it. */
export function timerMs(ns: number): number {
  return Math.min(Math.ceil(ns / 1e6), LONGEST_TIMER_MS);
}
