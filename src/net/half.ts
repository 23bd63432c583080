/**
 * One direction of a TCP connection as its receiver would see it: where the next byte is expected, and what came too
 * early. Sequence numbers are signed 32-bit integers, compared by the sign of their difference (RFC 9293, 3.4).
 */
import { Carry } from "./carry.ts";

/** An acknowledgement further ahead than the largest window (RFC 7323: 1 GiB) is no acknowledgement of this stream. */
export const WINDOW = 0x40000000;

/** A segment that waits for a hole before it to be filled, or for the other direction to catch up. */
export interface HeldSegment {
  sequence: number;
  acknowledged: number;
  /** Captured payload (a copy), and its length on the wire. */
  bytes: Uint8Array;
  wireLength: number;
  sec: number;
  nsec: number;
  /** The flow's count of packets when it arrived. */
  count: number;
}

export class Half {
  /** Whether `next` is known, and whether this side ever sent a SYN or data. */
  known = false;
  seen = false;
  /** The first sequence number that this capture expected: a SYN for another one is a new connection. */
  start = 0;
  /** The next byte that the decoder has not had. */
  next = 0;
  /** What the newest delivered data segment of this side acknowledged. */
  dataAcknowledged = 0;
  dataAcknowledgedKnown = false;
  /**
   * Set by a gap, until data of the other side acknowledges all that this side sent: what was lost may have been
   * requests that are not answered yet.
   */
  afterGap = false;
  /** How far the other side has acknowledged this one, when that is beyond `next`: those bytes were lost by the capture. */
  acknowledgedTo = 0;
  acknowledgedBeyond = false;
  /** When the present hole was noticed: the flow's count of packets, and the time. */
  holeCount = 0;
  holeSec = 0;
  holeNsec = 0;
  hasHole = false;
  /** In order of sequence; several may cover the same bytes. */
  held: HeldSegment[] = [];
  heldBytes = 0;
  /** The FIN's sequence number, and whether the decoder was told. */
  fin = false;
  finAt = 0;
  ended = false;
  readonly carry = new Carry();

  /** Sets where the stream begins. */
  begin(next: number): void {
    this.known = true;
    this.start = this.next = next;
  }
}

/**
 * Whether the next data segment of `half` begins a turn, as far as is known: the other side's last bytes acknowledged
 * all before it, it acknowledges all of the other side's, and it is not the second in a row without an answer between.
 */
export function beginsTurn(half: Half, other: Half, acknowledged: number): boolean {
  if (half.afterGap || (half.dataAcknowledgedKnown && half.dataAcknowledged === acknowledged)) return false;
  if (other.dataAcknowledgedKnown && other.dataAcknowledged !== half.next) return false;
  return !other.known || !other.seen || acknowledged === other.next;
}

/** Whether a segment acknowledges bytes of the other direction that have not been delivered yet. */
export function mustWait(other: Half, acknowledged: number): boolean {
  if (!other.known || !other.seen) return false;
  const beyond = (acknowledged - other.next) | 0;
  return beyond > 0 && beyond <= WINDOW;
}

/** Bytes missing before the first held segment, the end, or what was acknowledged, whichever is nearest. */
export function holeLength(half: Half): number {
  const toHeld = half.held.length > 0 ? (half.held[0].sequence - half.next) | 0 : Infinity;
  const toAcknowledged = half.acknowledgedBeyond ? (half.acknowledgedTo - half.next) | 0 : Infinity;
  const toEnd = half.fin ? (half.finAt - half.next) | 0 : Infinity;
  const length = Math.min(toHeld, toAcknowledged, toEnd);
  return length === Infinity ? 0 : length;
}

/** Whether a half still waits, and since when: a hole behind one that was closed was noticed by the segment after it. */
export function settleHole(half: Half): void {
  const waits = half.held.length > 0 ||
    (half.seen && half.acknowledgedBeyond && ((half.acknowledgedTo - half.next) | 0) > 0);
  if (waits && !half.hasHole && half.held.length > 0) {
    const { sec, nsec, count } = half.held[0];
    half.holeSec = sec;
    half.holeNsec = nsec;
    half.holeCount = count;
  }
  half.hasHole = waits;
}
