/**
 * What a flow began with while nobody knows what it speaks: a bounded copy of both directions, from which it is judged
 * and then decoded as if nothing had waited.
 */
import type { Arrival, Transport } from "../core/flow.ts";
import { OPENING_BYTES, OPENING_SEGMENTS } from "../core/limits.ts";
import type { ByteRange } from "../core/protocol.ts";
import type { Side } from "./flows.ts";

/** A segment or a datagram, with the facts of its arrival. */
interface Part {
  readonly side: Side;
  /** Where it lies among its side's bytes. */
  readonly start: number;
  readonly end: number;
  readonly sec: number;
  readonly nsec: number;
  readonly sequence: number;
  readonly acknowledged: number;
  readonly quiet: boolean;
  readonly proven: boolean;
}

/** What a part takes besides its bytes, roughly. */
const PART_BYTES = 128;
const NOTHING = new Uint8Array(0);

export class Opening {
  readonly #bytes: [Uint8Array, Uint8Array] = [NOTHING, NOTHING];
  readonly #lengths: [number, number] = [0, 0];
  readonly #parts: Part[] = [];

  constructor(readonly transport: Transport) {}

  /** What all this takes, in bytes. */
  get bytes(): number {
    return this.#bytes[0].length + this.#bytes[1].length + PART_BYTES * this.#parts.length;
  }

  isEmpty(side: Side): boolean {
    return this.#lengths[side] === 0;
  }

  /** Keeps what came; false, and nothing is kept, where that would be too much. */
  add(side: Side, bytes: Uint8Array, start: number, end: number, at: Arrival): boolean {
    const from = this.#lengths[side], to = from + end - start;
    if (to > OPENING_BYTES || this.#parts.length >= OPENING_SEGMENTS) return false;
    if (to > this.#bytes[side].length) {
      // The first is kept in what it needs: mostly nothing follows before the other side has spoken.
      const larger = new Uint8Array(from === 0 ? to : Math.min(OPENING_BYTES, 2 * to));
      larger.set(this.#bytes[side].subarray(0, from));
      this.#bytes[side] = larger;
    }
    this.#bytes[side].set(bytes.subarray(start, end), from);
    this.#lengths[side] = to;
    const { sec, nsec, sequence, acknowledged, quiet, proven } = at;
    this.#parts.push({ side, start: from, end: to, sec, nsec, sequence, acknowledged, quiet, proven });
    return true;
  }

  /** Forgets the part that came last; its bytes are still judged. */
  forgetLast(): void {
    this.#parts.pop();
  }

  /** What is judged of a side: all of a stream, the first of datagrams. */
  first(side: Side): ByteRange {
    const isStream = this.transport === "tcp";
    const end = isStream ? this.#lengths[side] : this.#parts.find((part) => part.side === side)?.end ?? 0;
    return { bytes: this.#bytes[side], start: 0, end };
  }

  /** Hands on what was kept, in the order in which it came, with `at` as it was then; `at` is then as before. */
  replay(at: Arrival, deliver: (side: Side, bytes: Uint8Array, start: number, end: number) => void): void {
    const { sec, nsec, sequence, acknowledged, quiet, proven } = at;
    for (const { side, start, end, ...arrival } of this.#parts) {
      Object.assign(at, arrival, { carried: 0 });
      deliver(side, this.#bytes[side], start, end);
    }
    Object.assign(at, { sec, nsec, sequence, acknowledged, quiet, proven, carried: 0 });
  }
}
