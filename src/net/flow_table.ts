/**
 * Finds the flow of a packet: open addressing on one Int32Array, exact keys, both directions in one entry.
 *
 * A lookup costs 4 to 40 ns where a string key costs 70 to 280. The lower endpoint (by address, then port) comes first
 * in the key, so both directions hash alike; `direction` tells which one the packet in hand has.
 *
 *     slot: | hash, never 0 | flow index | ports | address a, 1 or 4 words | address b, 1 or 4 words |
 */
import { i32be, u16be } from "../bytes/read.ts";

const HEADER_WORDS = 3;

export class FlowTable {
  readonly #words: number;
  readonly #stride: number;
  #slots: Int32Array;
  #mask: number;
  #key = new Int32Array(8);
  #ports = 0;
  #hash = 0;
  #slot = 0;
  #sweepAt = 0;
  size = 0;
  /** 0 when the packet of the last `find` was sent by the endpoint that comes first in the key, else 1. */
  direction: 0 | 1 = 0;

  /**
   * @param words 32-bit words of an address: 1 for IPv4, 4 for IPv6
   * @param seed mixed into the hash, so that nobody can choose addresses that collide
   */
  constructor(words: 1 | 4, readonly seed: number = (Math.random() * 0x100000000) | 0, capacity = 1024) {
    this.#words = words;
    this.#stride = HEADER_WORDS + 2 * words;
    this.#slots = new Int32Array(capacity * this.#stride);
    this.#mask = capacity - 1;
  }

  get capacity(): number {
    return this.#mask + 1;
  }

  /** Which of 256 equal parts of all flows the packet of the last `find` belongs to. */
  get part(): number {
    return this.#hash >>> 24;
  }

  /**
   * The index of the flow between two endpoints, or -1; `insert` puts one where this looked.
   *
   * @param source,destination where the addresses begin
   * @param ports where the transport header's two ports stand
   */
  find(bytes: Uint8Array, source: number, destination: number, ports: number): number {
    const words = this.#words;
    const key = this.#key;
    const sourcePort = u16be(bytes, ports), destinationPort = u16be(bytes, ports + 2);
    let isSwapped = sourcePort > destinationPort;
    for (let at = 0; at < 4 * words; at += 4) {
      const from = i32be(bytes, source + at), to = i32be(bytes, destination + at);
      if (from === to) continue;
      isSwapped = from > to;
      break;
    }
    this.direction = isSwapped ? 1 : 0;
    const first = isSwapped ? destination : source, second = isSwapped ? source : destination;
    const both = isSwapped ? (destinationPort << 16) | sourcePort : (sourcePort << 16) | destinationPort;
    let hash = this.seed ^ Math.imul(both, 0xc2b2ae35);
    for (let i = 0; i < words; i++) {
      const a = key[i] = i32be(bytes, first + 4 * i), b = key[words + i] = i32be(bytes, second + 4 * i);
      hash = Math.imul(hash ^ a, 0x9e3779b1);
      hash = Math.imul(hash ^ (hash >>> 15) ^ b, 0x85ebca6b);
      hash ^= hash >>> 13;
    }
    hash = Math.imul(hash, 0x7feb352d);
    hash = (hash ^ (hash >>> 16)) | 1;
    this.#ports = both;
    this.#hash = hash;

    const slots = this.#slots, stride = this.#stride;
    let slot = (hash >>> 1) & this.#mask;
    for (;; slot = (slot + 1) & this.#mask) {
      const at = slot * stride;
      const stored = slots[at];
      if (stored !== hash && stored !== 0) continue;
      this.#slot = slot;
      if (stored === 0) return -1;
      if (slots[at + 2] === both && this.#sameAddresses(at + HEADER_WORDS)) return slots[at + 1];
    }
  }

  /** Enters a flow under the key that the last `find` did not find. */
  insert(flow: number): void {
    const slots = this.#slots;
    const at = this.#slot * this.#stride;
    slots[at] = this.#hash;
    slots[at + 1] = flow;
    slots[at + 2] = this.#ports;
    for (let i = 0; i < 2 * this.#words; i++) slots[at + HEADER_WORDS + i] = this.#key[i];
    if (++this.size * 2 > this.#mask) this.#grow();
  }

  /**
   * Looks at `count` slots, going on where the last call stopped, and removes the flows that `isOver` names.
   *
   * @param isOver given the flow index and its part; returns whether to forget it
   */
  sweep(count: number, isOver: (flow: number, part: number) => boolean): void {
    const slots = this.#slots;
    for (let i = Math.min(count, this.capacity); i > 0; i--) {
      const at = this.#sweepAt * this.#stride;
      if (slots[at] !== 0 && isOver(slots[at + 1], slots[at] >>> 24)) {
        this.#remove(this.#sweepAt); // what moved into this slot is looked at next
        continue;
      }
      this.#sweepAt = (this.#sweepAt + 1) & this.#mask;
    }
  }

  #sameAddresses(at: number): boolean {
    const slots = this.#slots, key = this.#key;
    for (let i = 0; i < 2 * this.#words; i++) if (slots[at + i] !== key[i]) return false;
    return true;
  }

  /** Closes the hole with the entries that follow, so that no search stops at it too early. */
  #remove(slot: number): void {
    const slots = this.#slots, stride = this.#stride, mask = this.#mask;
    let hole = slot;
    for (let next = (hole + 1) & mask; slots[next * stride] !== 0; next = (next + 1) & mask) {
      const home = (slots[next * stride] >>> 1) & mask;
      if (((next - home) & mask) < ((next - hole) & mask)) continue; // its home lies behind the hole: it must stay
      slots.copyWithin(hole * stride, next * stride, next * stride + stride);
      hole = next;
    }
    slots[hole * stride] = 0;
    this.size--;
  }

  #grow(): void {
    const old = this.#slots, stride = this.#stride, count = this.capacity;
    this.#mask = count * 2 - 1;
    const grown = this.#slots = new Int32Array(count * 2 * stride);
    for (let i = 0; i < count; i++) {
      const from = i * stride;
      if (old[from] === 0) continue;
      let slot = (old[from] >>> 1) & this.#mask;
      while (grown[slot * stride] !== 0) slot = (slot + 1) & this.#mask;
      grown.set(old.subarray(from, from + stride), slot * stride);
    }
  }
}
