/** One of the protocols that may report the streams of a connection, with the account that they are entered in. */
import type { Flow } from "../../core/flow.ts";
import type { ConversationContext } from "../../core/protocol.ts";
import { RoundTrip } from "../../core/roundtrip.ts";
import type { Instant } from "../../core/time.ts";
import { Keyed } from "../../match/keyed.ts";
import { REPORTED, type Stream, type StreamProtocol } from "./stream.ts";

export class Reporter {
  readonly #keyed: Keyed<Stream>;

  constructor(readonly protocol: StreamProtocol, readonly flow: Flow, readonly context: ConversationContext) {
    this.#keyed = new Keyed(context, Infinity); // the conversation keeps the ceiling
  }

  /** Takes a stream: its request is known. */
  take(stream: Stream): void {
    const { protocol } = this;
    stream.reporter = this;
    stream.decision = REPORTED;
    stream.roundTrip = new RoundTrip(protocol, this.flow, stream, stream.sec, stream.nsec, 0);
    this.#keyed.request(stream.id, stream.roundTrip);
  }

  /** The response is complete, or as complete as it will ever be. */
  answered(stream: Stream, at: Instant): void {
    const roundTrip = stream.roundTrip!;
    roundTrip.requestBytes = stream.requestBytes;
    this.#keyed.answered(roundTrip, at, stream.responseBytes);
  }

  /** The stream has no response that could be reported. */
  gaveUp(stream: Stream, fate: "unanswered" | "lost" | "evicted"): void {
    const roundTrip = stream.roundTrip!;
    roundTrip.requestBytes = stream.requestBytes;
    this.#keyed.gaveUp(roundTrip, fate);
  }
}
