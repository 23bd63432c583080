/** A request with its response. */
import type { Flow } from "./flow.ts";
import type { Protocol } from "./protocol.ts";
import { elapsedNs } from "./time.ts";

/**
 * One class for all protocols, made when the request is known and completed when its response is: six shapes at one
 * call site cost nine times one shape. What only one protocol has stands in `detail`.
 */
export class RoundTrip<D = unknown> {
  responseSec = 0;
  responseNsec = 0;
  /** Bytes of the response as the protocol defines `Size`. */
  responseBytes = 0;
  /** Whether the response was seen. */
  answered = false;
  /** True where the server of the flow asked and its client answered (AMQP's Connection.Start, a server's push). */
  fromServer = false;
  /** For the matcher: where the response of this request must begin (FIFO), or the id that it must carry (keyed). */
  matchKey = 0;
  /** Whether its response has begun to come. */
  begun = false;
  /** Whether it was told as unanswered because its time was over; the answer may come all the same. */
  timedOut = false;
  /** Its neighbours among those that wait: see core/waiting.ts. */
  waitsAfter: RoundTrip | undefined = undefined;
  waitsBefore: RoundTrip | undefined = undefined;

  /**
   * @param requestSec,requestNsec time of the packet that made the request known
   * @param requestBytes bytes of the request as the protocol defines `Size`
   */
  constructor(
    readonly protocol: Protocol<D>,
    readonly flow: Flow,
    readonly detail: D,
    readonly requestSec: number,
    readonly requestNsec: number,
    public requestBytes: number,
  ) {}

  /** Nanoseconds from request to response, never negative; 0 while unanswered. */
  get durationNs(): number {
    if (!this.answered) return 0;
    return Math.max(0, elapsedNs(this.requestSec, this.requestNsec, this.responseSec, this.responseNsec));
  }
}

/**
 * Takes what was decoded. Called in the order in which responses were completed. A round trip's `detail` may refer to
 * bytes that its conversation uses again: what is to be kept is rendered before the call returns.
 */
export interface RoundTripSink {
  /** False when no text of requests and responses is ever rendered, so that conversations need not keep what is costly. */
  readonly rendersText?: boolean;
  /** A request with its response. */
  roundTrip(roundTrip: RoundTrip): void;
  /**
   * A request that was not answered: its flow, or the capture, ended, or its time is over. If its answer comes in spite
   * of that, `roundTrip` is called for it too.
   */
  unanswered(roundTrip: RoundTrip): void;
}
