/** What a pipeline is made of. */
import type { RoundTrip } from "../core/roundtrip.ts";

/** One step of a pipeline. Knows no protocol: what it needs it asks of `roundTrip.protocol`. */
export interface Step {
  /** False when it asks for no text of requests and responses: see {@link RoundTripSink.rendersText}. */
  readonly rendersText?: boolean;
  /** @returns whether the steps after this one get the round trip too */
  roundTrip(roundTrip: RoundTrip): boolean;
  /** The same for a request that was never answered. */
  unanswered(roundTrip: RoundTrip): boolean;
}
