/** What following flows holds in memory: counted where it is taken, so that all of it together has a ceiling. */

/** Bytes held now, by what for. Requests and flows are objects: their count times what one takes. */
export interface MemoryUse {
  /** Segments that wait for a hole to be filled. */
  readonly reassembly: number;
  /** Unfinished messages. */
  readonly carry: number;
  /** IP fragments that wait for the rest of their datagram. */
  readonly fragments: number;
  /** Requests that wait for their response. */
  readonly requests: number;
  /** Flows with their place in the table of flows. */
  readonly flows: number;
}

/**
 * What a flow takes, with its place in the table and its conversation, and what a request that waits takes: measured
 * over the recorded cases, rounded up.
 */
export const FLOW_BYTES = { tcp: 2560, udp: 1280 };
export const REQUEST_BYTES = 512;

export function totalOf({ reassembly, carry, fragments, requests, flows }: MemoryUse): number {
  return reassembly + carry + fragments + requests + flows;
}
