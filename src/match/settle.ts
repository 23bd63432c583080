/** How both matchers complete a pair. */
import type { ConversationContext } from "../core/protocol.ts";
import type { RoundTrip } from "../core/roundtrip.ts";
import type { Instant } from "../core/time.ts";

/** Counts a waiting request as paired, gives it its response's time and size, and hands it on. */
export function settle<D>(
  { ledger, sink }: ConversationContext,
  roundTrip: RoundTrip<D>,
  at: Instant,
  responseBytes: number,
): void {
  ledger.pending--;
  ledger.paired++;
  roundTrip.responseSec = at.sec;
  roundTrip.responseNsec = at.nsec;
  roundTrip.responseBytes = responseBytes;
  roundTrip.answered = true;
  if (at.sec < roundTrip.requestSec || (at.sec === roundTrip.requestSec && at.nsec < roundTrip.requestNsec)) {
    ledger.clockBackwards++;
  }
  sink.roundTrip(roundTrip);
}
