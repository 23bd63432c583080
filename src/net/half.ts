/**
 * One direction of a TCP connection as its receiver would see it: where the next byte is expected, and what came too
 * early. Sequence numbers are signed 32-bit integers, compared by the sign of their difference (RFC 9293, 3.4).
 */
import { HOLE_FEW_PACKETS, HOLE_IDLE_NS, HOLE_NS, HOLE_PACKETS, HOLE_UNACKNOWLEDGED_NS } from "../core/limits.ts";
import { type Clock, elapsedNs } from "../core/time.ts";
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

/** Shared by all halves that hold no segment. */
const NOTHING_HELD: HeldSegment[] = [];

/** One object for each direction of each flow: there are many, so what is seldom needed is made when it is. */
export class Half {
  /** Whether `next` is known, and whether a packet of this side was ever seen. */
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
  held: HeldSegment[] = NOTHING_HELD;
  heldBytes = 0;
  /** The FIN's sequence number, and whether the decoder was told. */
  fin = false;
  finAt = 0;
  ended = false;
  #carry: Carry | undefined = undefined;

  /** The unfinished message; made when there is first one, since most flows never have any. */
  get carry(): Carry {
    return this.#carry ??= new Carry();
  }

  /** Bytes of the unfinished message. */
  get carried(): number {
    return this.#carry === undefined ? 0 : this.#carry.length;
  }

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

/** Bytes missing before the first held segment, the end, or what was acknowledged, whichever is nearest; 0 for none. */
export function holeLength(half: Half): number {
  if (isNext(half)) return 0;
  const toHeld = half.held.length > 0 ? (half.held[0].sequence - half.next) | 0 : Infinity;
  const toAcknowledged = half.acknowledgedBeyond ? (half.acknowledgedTo - half.next) | 0 : 0;
  const toEnd = half.fin ? (half.finAt - half.next) | 0 : 0;
  // An end that lies behind us, or what was acknowledged there, says nothing.
  const length = Math.min(toHeld, toAcknowledged > 0 ? toAcknowledged : Infinity, toEnd > 0 ? toEnd : Infinity);
  return length === Infinity ? 0 : length;
}

/** Whether the hole of a half has been open for long enough, after so many packets of its flow. */
export function isOver(half: Half, count: number, { sec, nsec }: Clock): boolean {
  const age = elapsedNs(half.holeSec, half.holeNsec, sec, nsec);
  if (!half.acknowledgedBeyond) return age > HOLE_UNACKNOWLEDGED_NS;
  const packets = count - half.holeCount;
  return packets >= HOLE_PACKETS || age > (packets >= HOLE_FEW_PACKETS ? HOLE_NS : HOLE_IDLE_NS);
}

/** Whether the first held segment has no hole before it: it waits for the other direction. */
export function isNext(half: Half): boolean {
  return half.held.length > 0 && ((half.held[0].sequence - half.next) | 0) <= 0;
}

/** Puts a segment in its place among those that wait; false when it was there already. */
export function hold(half: Half, segment: HeldSegment): boolean {
  const held = half.held === NOTHING_HELD ? half.held = [] : half.held;
  const { sequence, wireLength } = segment;
  let i = held.length;
  while (i > 0 && ((held[i - 1].sequence - sequence) | 0) > 0) i--;
  if (i > 0 && held[i - 1].sequence === sequence && held[i - 1].wireLength >= wireLength) return false;
  held.splice(i, 0, segment);
  half.heldBytes += segment.bytes.length;
  return true;
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
