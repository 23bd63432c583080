/**
 * Follows TCP connections (RFC 9293): puts segments in order, drops what was there already, and tells what is missing.
 *
 * A segment is delivered when it is the next of its direction and the other direction has delivered all that the
 * segment acknowledges: so a response never reaches the decoder before its request, even where the capture disordered
 * the two. What is acknowledged and does not come was lost by the capture; after a grace it is given up as a gap.
 */
import { i32be } from "../bytes/read.ts";
import { type Clock } from "../core/time.ts";
import type { Ledger } from "../core/ledger.ts";
import { HELD_BYTES, HELD_BYTES_TOTAL, HELD_SEGMENTS } from "../core/limits.ts";
import type { Dispatcher } from "./dispatch.ts";
import { CLOSED_FLOW, DEAF, OPENING, type Side, type TcpFlow } from "./flows.ts";
import {
  beginsTurn,
  type Half,
  type HeldSegment,
  hold,
  holeLength,
  isNext,
  isOver,
  mustWait,
  settleHole,
  WINDOW,
} from "./half.ts";
import type { Layers } from "./layers.ts";

const FIN = 0x01, SYN = 0x02, RST = 0x04, ACK = 0x10;

/** Length of the header at `at`, or 0 when it is cut or broken. */
export function tcpHeaderLength(bytes: Uint8Array, at: number, end: number): number {
  //  0               1               2               3
  // |          source port          |       destination port        |
  // |                        sequence number                        |
  // |                    acknowledgment number                      |
  // | offset| rsrvd |     flags     |            window             |
  // |           checksum            |         urgent pointer        |
  if (at + 20 > end) return 0;
  const length = (bytes[at + 12] >> 4) << 2;
  return length >= 20 ? length : 0;
}

export class Tcp {
  /** Flows with a hole or held segments. */
  readonly #waiting = new Set<TcpFlow>();
  /** Bytes of segments that wait, in all flows. */
  heldBytes = 0;

  constructor(readonly dispatcher: Dispatcher, readonly clock: Clock, readonly ledger: Ledger) {}

  /** Takes one segment; the header was checked by {@link tcpHeaderLength}. */
  segment(flow: TcpFlow, side: Side, bytes: Uint8Array, layers: Layers, headerLength: number): void {
    const header = layers.transport;
    const flags = bytes[header + 13];
    const acknowledged = i32be(bytes, header + 8);
    let sequence = i32be(bytes, header + 4);
    flow.count++;
    flow.traffic?.packet(side, Math.max(0, layers.wireEnd - header - headerLength));
    if (flags & SYN) {
      this.#syn(flow, side, sequence, acknowledged, (flags & ACK) !== 0);
      sequence = (sequence + 1) | 0; // data in a SYN (RFC 7413) follows it
    }
    if (flow.phase === DEAF || flow.phase === CLOSED_FLOW) return;
    const half = flow.halves[side], other = flow.halves[side === 0 ? 1 : 0];
    if (!half.seen) this.#see(flow, half);
    if (flags & ACK) this.#acknowledge(flow, other, acknowledged);
    const start = header + headerLength;
    const wireLength = Math.max(0, layers.wireEnd - start);
    if (wireLength > 0) {
      this.#data(
        flow,
        side,
        half,
        other,
        bytes,
        Math.min(start, layers.end),
        layers.end,
        wireLength,
        sequence,
        acknowledged,
      );
    }
    if (flags & FIN) {
      half.fin = true;
      half.finAt = (sequence + wireLength) | 0;
      if (!half.known) half.begin(half.finAt);
    }
    if (flags & RST) return this.#reset(flow, side);
    if (half.fin || other.fin) this.#finish(flow);
    if (flow.waiting) this.#expire(flow, false);
  }

  /** Gives up holes whose time is over; called as the packets' clock moves on. */
  tick(): void {
    for (const flow of this.#waiting) this.#expire(flow, false);
  }

  /** The flow is over: delivers what still waits behind holes, and closes it. */
  close(flow: TcpFlow): void {
    this.#expire(flow, true);
    this.#shut(flow);
  }

  #syn(flow: TcpFlow, side: Side, sequence: number, acknowledged: number, isAnswer: boolean): void {
    const next = (sequence + 1) | 0;
    let half = flow.halves[side];
    // A SYN for another beginning is a new connection between the same endpoints. The one of this connection may come
    // again, or late: then what began without it keeps its place.
    if (half.known && half.start !== next) {
      if (isAnswer && half.next === half.start && !half.hasHole) half.begin(next); // the server answered anew
      else {
        this.close(flow);
        flow.restart();
        half = flow.halves[side];
      }
    } else if (flow.phase === CLOSED_FLOW && !isAnswer && !half.known) flow.restart();
    if (!half.known) half.begin(next);
    if (flow.phase !== OPENING) return;
    const other = flow.halves[side === 0 ? 1 : 0];
    flow.clientSide = isAnswer ? (side === 0 ? 1 : 0) : side;
    if (isAnswer && !other.known) other.begin(acknowledged);
    flow.sawStart = half.next === half.start && (!other.known || other.next === other.start);
    if (isAnswer) {
      half.dataAcknowledged = other.start;
      half.dataAcknowledgedKnown = true;
    }
  }

  #see(flow: TcpFlow, half: Half): void {
    half.seen = true;
    if (half.acknowledgedBeyond) this.#noticeHole(flow, half);
  }

  /** Learns from an acknowledgement where the other direction stands. */
  #acknowledge(flow: TcpFlow, other: Half, acknowledged: number): void {
    if (!other.known) {
      other.begin(acknowledged);
      return;
    }
    const beyond = (acknowledged - other.next) | 0;
    if (beyond <= 0 || beyond > WINDOW) return;
    if (!other.acknowledgedBeyond || ((acknowledged - other.acknowledgedTo) | 0) > 0) {
      other.acknowledgedBeyond = true;
      other.acknowledgedTo = acknowledged;
      // A side that never showed is not captured: nobody waits for it.
      if (other.seen) this.#noticeHole(flow, other);
    }
  }

  #data(
    flow: TcpFlow,
    side: Side,
    half: Half,
    other: Half,
    bytes: Uint8Array,
    start: number,
    end: number,
    wireLength: number,
    sequence: number,
    acknowledged: number,
  ): void {
    if (!half.known) half.begin(sequence);
    const ahead = (sequence - half.next) | 0;
    if (ahead + wireLength <= 0) {
      this.ledger.retransmitted++;
      flow.traffic?.skipped(side);
      return;
    }
    if (ahead > 0 || half.held.length > 0 || mustWait(other, acknowledged)) {
      if (ahead > WINDOW) return this.ledger.undecoded.add("a segment far outside the window");
      if (ahead > 0) this.ledger.reordered++;
      this.#hold(flow, half, bytes, start, end, wireLength, sequence, acknowledged);
      this.#advance(flow);
      return;
    }
    const { at } = this.dispatcher;
    at.sec = this.clock.sec;
    at.nsec = this.clock.nsec;
    this.#deliver(flow, side, half, other, bytes, start, end, wireLength, sequence, acknowledged);
    if (flow.waiting) this.#advance(flow);
  }

  /** Hands the new part of a segment that is next in order to the decoder; `at`'s time is set. */
  #deliver(
    flow: TcpFlow,
    side: Side,
    half: Half,
    other: Half,
    bytes: Uint8Array,
    start: number,
    end: number,
    wireLength: number,
    sequence: number,
    acknowledged: number,
  ): void {
    const old = (half.next - sequence) | 0; // the overlap with what was delivered already
    const from = start + old;
    const missing = wireLength - Math.max(old, end - start); // cut off by the snap length
    const { dispatcher } = this;
    const { at } = dispatcher;
    if (from < end) {
      at.sequence = half.next;
      at.acknowledged = acknowledged;
      at.quiet = beginsTurn(half, other, acknowledged);
      at.proven = other.dataAcknowledgedKnown && other.seen;
      if (acknowledged === other.next) other.afterGap = false;
      half.next = (half.next + (end - from)) | 0;
      dispatcher.stream(flow, side, bytes, from, end);
    }
    half.dataAcknowledged = acknowledged;
    half.dataAcknowledgedKnown = true;
    if (missing > 0) {
      this.ledger.missing.cut += missing;
      this.#gap(flow, side, half, missing);
    }
    if (half.acknowledgedBeyond && ((half.acknowledgedTo - half.next) | 0) <= 0) half.acknowledgedBeyond = false;
  }

  #gap(flow: TcpFlow, side: Side, half: Half, lost: number): void {
    half.next = (half.next + lost) | 0;
    half.dataAcknowledgedKnown = false; // the lost segments acknowledged something too
    half.afterGap = true;
    this.dispatcher.gap(flow, side, lost);
  }

  #hold(
    flow: TcpFlow,
    half: Half,
    bytes: Uint8Array,
    start: number,
    end: number,
    wireLength: number,
    sequence: number,
    acknowledged: number,
  ): void {
    const { sec, nsec } = this.clock;
    const copy = bytes.slice(start, end);
    if (!hold(half, { sequence, acknowledged, bytes: copy, wireLength, sec, nsec, count: flow.count })) {
      this.ledger.retransmitted++;
      flow.traffic?.skipped(half === flow.halves[0] ? 0 : 1);
      return;
    }
    this.heldBytes += copy.length;
    this.#noticeHole(flow, half);
    if (half.heldBytes > HELD_BYTES || half.held.length > HELD_SEGMENTS || this.heldBytes > HELD_BYTES_TOTAL) {
      this.#expire(flow, true);
    }
  }

  #noticeHole(flow: TcpFlow, half: Half): void {
    if (!half.hasHole) {
      half.hasHole = true;
      half.holeCount = flow.count;
      half.holeSec = this.clock.sec;
      half.holeNsec = this.clock.nsec;
    }
    if (!flow.waiting) {
      flow.waiting = true;
      this.#waiting.add(flow);
    }
  }

  /** Delivers held segments that have become next, of both directions, until none is. */
  #advance(flow: TcpFlow, ownTime = false): void {
    for (let progress = true; progress;) {
      progress = false;
      for (let side: Side = 0; side < 2; side = (side + 1) as Side) {
        const half = flow.halves[side], other = flow.halves[side === 0 ? 1 : 0];
        while (isNext(half)) {
          const segment = half.held[0];
          if (mustWait(other, segment.acknowledged)) break;
          this.#release(flow, side, half, other, segment, ownTime);
          progress = true;
        }
      }
    }
    const [a, b] = flow.halves;
    settleHole(a);
    settleHole(b);
    if (flow.waiting && !a.hasHole && !b.hasHole) {
      flow.waiting = false;
      this.#waiting.delete(flow);
    }
  }

  #release(flow: TcpFlow, side: Side, half: Half, other: Half, segment: HeldSegment, ownTime: boolean): void {
    half.held.shift();
    half.heldBytes -= segment.bytes.length;
    this.heldBytes -= segment.bytes.length;
    if (((segment.sequence + segment.wireLength - half.next) | 0) <= 0) {
      this.ledger.retransmitted++;
      flow.traffic?.skipped(side);
      return;
    }
    // A hole that was filled counts as closed by the packet that filled it; one that was given up held nobody back.
    const { at } = this.dispatcher;
    at.sec = ownTime ? segment.sec : this.clock.sec;
    at.nsec = ownTime ? segment.nsec : this.clock.nsec;
    const { bytes } = segment;
    this.#deliver(
      flow,
      side,
      half,
      other,
      bytes,
      0,
      bytes.length,
      segment.wireLength,
      segment.sequence,
      segment.acknowledged,
    );
  }

  /** Gives up the holes of a flow that are old enough, or all of them. */
  #expire(flow: TcpFlow, all: boolean): void {
    for (let again = true; again && flow.phase !== CLOSED_FLOW;) {
      again = false;
      for (let side: Side = 0; side < 2; side = (side + 1) as Side) {
        const half = flow.halves[side];
        if (!half.hasHole || !(all || isOver(half, flow.count, this.clock))) continue;
        if (half.fin && half.finAt === half.next) this.#finish(flow); // its sequence number is no missing byte
        const lost = holeLength(half);
        if (lost === 0) { // it waits for the other direction
          again = this.#untie(flow) || again;
          continue;
        }
        const isAcknowledged = half.acknowledgedBeyond && ((half.acknowledgedTo - half.next - lost) | 0) >= 0;
        this.ledger.missing[isAcknowledged ? "capture" : "unacknowledged"] += lost;
        this.#gap(flow, side, half, lost);
        half.hasHole = false;
        this.#advance(flow, true);
        again = true;
      }
    }
    if (flow.halves[0].fin || flow.halves[1].fin) this.#finish(flow);
  }

  /**
   * Where each direction waits for the other, a segment says that it acknowledged what came after its first bytes (cards
   * that join segments, and retransmissions, make such): the client's goes first, since requests come before responses.
   */
  #untie(flow: TcpFlow): boolean {
    const side: Side = flow.clientSide === 1 ? 1 : 0;
    const half = flow.halves[side], other = flow.halves[side === 0 ? 1 : 0];
    if (half.held.length === 0 || other.held.length === 0 || holeLength(half) > 0 || holeLength(other) > 0) {
      return false;
    }
    this.#release(flow, side, half, other, half.held[0], true);
    this.#advance(flow, true);
    return true;
  }

  /** Tells the decoder of directions that have ended, delivers what waited for that, and closes the flow when both have. */
  #finish(flow: TcpFlow): void {
    const { at } = this.dispatcher;
    for (let again = true; again;) {
      again = false;
      for (let side: Side = 0; side < 2; side = (side + 1) as Side) {
        const half = flow.halves[side];
        if (!half.fin || half.ended || half.finAt !== half.next || half.held.length > 0) continue;
        half.ended = again = true;
        half.next = (half.next + 1) | 0; // a FIN takes one sequence number
        half.acknowledgedBeyond = half.acknowledgedBeyond && ((half.acknowledgedTo - half.next) | 0) > 0;
        at.sec = this.clock.sec;
        at.nsec = this.clock.nsec;
        this.dispatcher.end(flow, side);
      }
      if (again && flow.waiting) this.#advance(flow);
    }
    if (flow.halves[0].ended && flow.halves[1].ended && flow.phase !== CLOSED_FLOW) this.#shut(flow);
  }

  /** A reset ends the bytes of its sender, and the connection. */
  #reset(flow: TcpFlow, side: Side): void {
    this.#expire(flow, true);
    if (!flow.halves[side].ended) this.dispatcher.end(flow, side);
    this.#shut(flow);
  }

  #shut(flow: TcpFlow): void {
    for (const half of flow.halves) {
      this.heldBytes -= half.heldBytes;
      half.heldBytes = half.held.length = 0;
      half.hasHole = half.acknowledgedBeyond = false;
    }
    this.#waiting.delete(flow);
    flow.waiting = false;
    this.dispatcher.close(flow);
  }
}
