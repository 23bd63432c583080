/**
 * What `Conversation.feed` returns: a count of bytes consumed (0 or more), or one of these. An integer costs about
 * 1 ns where a thrown error costs 2.5 µs, and no error ever crosses `feed`.
 *
 * "Nothing yet, more bytes are needed" is simply 0 consumed: the stream keeps the bytes and offers them again with
 * what follows.
 */

/** The bytes break the protocol: this direction is skipped until the conversation can start again with certainty. */
export const INVALID = -1;

/** This connection does not speak the protocol at all: the conversation is closed and the rest is ignored. */
export const NOT_MINE = -2;

/** Nothing more can be learned here (encrypted from now on, a replication stream): closed, counted by its reason. */
export const CLOSED = -3;

/** The connection changes to `Conversation.successor`; bytes from `Conversation.handOverAt` on belong to it. */
export const HAND_OVER = -4;

/** Answers of `Protocol.probe`. */
export const NO = 0;
export const UNSURE = 1;
export const CERTAIN = 2;
export type Probe = typeof NO | typeof UNSURE | typeof CERTAIN;
