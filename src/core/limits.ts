/** Ceilings on what packets can make us hold. Each is counted where it is hit. */

/** Bytes of one direction that wait for the rest of a message. */
export const CARRY_BYTES = 256 * 1024;
/**
 * What is kept of a flow while nobody knows what it speaks: bytes of each direction, segments of both, and bytes of all
 * such flows together.
 */
export const OPENING_BYTES = 16 * 1024;
export const OPENING_SEGMENTS = 1024;
export const OPENING_BYTES_TOTAL = 64 * 1024 * 1024;
/** How often a connection that was joined in the middle is listened to anew before it counts as nobody's. */
export const OPENING_TRIES = 16;
/** Requests of one flow that wait for their response. */
export const PENDING_REQUESTS = 65536;
/** Bytes and segments of one direction that wait for a hole to be filled. */
export const HELD_BYTES = 1024 * 1024;
export const HELD_SEGMENTS = 1024;
/** Bytes held for reordering in all flows together. */
export const HELD_BYTES_TOTAL = 64 * 1024 * 1024;
/**
 * A hole that the receiver has acknowledged was lost by the capture, unless its bytes come late: it is given up after so
 * many further packets of the flow, or after this time with a few of them, or after this time at all.
 */
export const HOLE_PACKETS = 32;
export const HOLE_FEW_PACKETS = 4;
export const HOLE_NS = 250e6;
export const HOLE_IDLE_NS = 3e9;
/** A hole that nobody acknowledged is given up after this long. */
export const HOLE_UNACKNOWLEDGED_NS = 10e9;
/** After so many seconds a request counts as unanswered, unless its protocol says otherwise. */
export const PATIENCE_SECONDS = 60;
/** Bodies that are kept at once where bodies are asked for, in all flows together. */
export const BODY_BYTES_TOTAL = 64 * 1024 * 1024;
/** What flows, their requests and their bytes may hold together where nothing else was said: see core/memory.ts. */
export const MEMORY_BYTES = 256 * 1024 * 1024;
/** Fragments of one datagram: more than any link's size of packets makes. */
export const FRAGMENTS = 256;
/** Flows followed at once. */
export const FLOWS = 1_000_000;
/** A flow without a packet for this long is over; one that was closed is forgotten sooner. */
export const FLOW_IDLE_SECONDS = 300;
export const FLOW_CLOSED_SECONDS = 60;
