/** Which flows go when all of them together hold too much: those that are closed, then those without a packet for longest. */
import { CLOSED_FLOW, type FlowState } from "./flows.ts";

/** Share of the flows that goes before it is looked again how much is held. */
const SHARE = 1 / 8;
/** More than there can be flows. */
const INDICES = 2 ** 21;

/**
 * Groups of flows by index, in the order in which they go.
 *
 * @param flows by index; undefined where there is none
 */
export function* stalestFirst(flows: readonly (FlowState | undefined)[]): Generator<ReadonlySet<number>> {
  let count = 0;
  const order = new Float64Array(flows.length);
  flows.forEach((flow, index) => {
    if (flow !== undefined) order[count++] = (flow.phase === CLOSED_FLOW ? 0 : flow.lastSeen) * INDICES + index;
  });
  const sorted = order.subarray(0, count).sort();
  const share = Math.max(1, Math.ceil(count * SHARE));
  for (let at = 0; at < count; at += share) {
    yield new Set(Array.from(sorted.subarray(at, at + share), (key) => key % INDICES));
  }
}
