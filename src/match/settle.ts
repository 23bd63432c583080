/** How matchers bring a waiting request to its end. */
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
  ledger.waiting.remove(roundTrip as RoundTrip);
  ledger.paired++;
  if (roundTrip.timedOut) ledger.late++;
  roundTrip.responseSec = at.sec;
  roundTrip.responseNsec = at.nsec;
  roundTrip.responseBytes = responseBytes;
  roundTrip.answered = true;
  if (at.sec < roundTrip.requestSec || (at.sec === roundTrip.requestSec && at.nsec < roundTrip.requestNsec)) {
    ledger.clockBackwards++;
  }
  sink.roundTrip(roundTrip);
}

/** Counts a waiting request as unanswered, and tells so unless that was told when its time was over. */
export function abandon<D>({ ledger, sink, givingUp }: ConversationContext, roundTrip: RoundTrip<D>): void {
  ledger.waiting.remove(roundTrip as RoundTrip);
  if (givingUp !== undefined) {
    ledger[givingUp]++;
    return;
  }
  ledger.unanswered++;
  if (!roundTrip.timedOut) sink.unanswered(roundTrip as RoundTrip);
}
