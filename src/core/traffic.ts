/** Counting what flows carry, whatever they speak: the transport metrics. */
import type { Endpoint, Transport } from "./flow.ts";

/** Gets what one flow carries. Called for every packet: it must not allocate. */
export interface Traffic {
  /**
   * @param side which of the flow's two endpoints sent the packet
   * @param bytes bytes of payload, those that were there already included
   */
  packet(side: 0 | 1, bytes: number): void;
  /** A segment brought nothing new. */
  skipped(side: 0 | 1): void;
}

/** Opens an account for each flow. */
export interface TrafficMeter {
  flow(transport: Transport, sides: readonly [Endpoint, Endpoint]): Traffic;
}
