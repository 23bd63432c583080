/** Which time packets cover, and which part of it is wanted. */
import type { PacketSink } from "../core/packet.ts";
import type { RoundTrip, RoundTripSink } from "../core/roundtrip.ts";

/** A point in time, or one so long after the first packet. In seconds. */
export type Moment = { readonly atSec: number } | { readonly afterSec: number };

/** The time of the packets that went through, in seconds of the Unix epoch. */
export class Extent implements PacketSink {
  firstSec: number;
  lastSec = -Infinity;
  readonly #next: PacketSink;

  /** @param startSec since when packets would have been seen; Infinity where only they tell */
  constructor(next: PacketSink, startSec: number) {
    this.#next = next;
    this.firstSec = startSec;
  }

  packet(
    bytes: Uint8Array,
    start: number,
    end: number,
    wireLength: number,
    sec: number,
    nsec: number,
    linkType: number,
  ): void {
    const time = sec + nsec / 1e9;
    if (time < this.firstSec) this.firstSec = time;
    if (time > this.lastSec) this.lastSec = time;
    this.#next.packet(bytes, start, end, wireLength, sec, nsec, linkType);
  }
}

/**
 * Lets through round trips whose request lies in a part of the time. Packets outside of it are read all the same: what
 * was asked before its end may be answered behind it, and connections that began before it are known.
 */
export class TimeRange implements RoundTripSink {
  readonly rendersText: boolean;
  readonly #next: RoundTripSink;
  readonly #from: Moment | undefined;
  readonly #to: Moment | undefined;
  /** What tells the time of the first packet. */
  extent: Pick<Extent, "firstSec" | "lastSec"> = { firstSec: NaN, lastSec: NaN };

  constructor(next: RoundTripSink, from: Moment | undefined, to: Moment | undefined) {
    this.#next = next;
    this.rendersText = next.rendersText !== false;
    this.#from = from;
    this.#to = to;
  }

  /** In seconds of the Unix epoch, as far as packets were seen. */
  get firstSec(): number {
    return Math.max(this.extent.firstSec, this.#secOf(this.#from, -Infinity));
  }

  get lastSec(): number {
    return Math.min(this.extent.lastSec, this.#secOf(this.#to, Infinity));
  }

  roundTrip(roundTrip: RoundTrip): void {
    if (this.#holds(roundTrip)) this.#next.roundTrip(roundTrip);
  }

  unanswered(roundTrip: RoundTrip): void {
    if (this.#holds(roundTrip)) this.#next.unanswered(roundTrip);
  }

  #holds({ requestSec, requestNsec }: RoundTrip): boolean {
    if (this.#from === undefined && this.#to === undefined) return true;
    const time = requestSec + requestNsec / 1e9;
    return time >= this.#secOf(this.#from, -Infinity) && time < this.#secOf(this.#to, Infinity);
  }

  #secOf(moment: Moment | undefined, none: number): number {
    if (moment === undefined) return none;
    return "atSec" in moment ? moment.atSec : this.extent.firstSec + moment.afterSec;
  }
}
