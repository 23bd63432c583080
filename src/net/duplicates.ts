/**
 * Tells a datagram that was captured twice (on two interfaces, on a mirror port) from one that was sent twice. TCP
 * needs no such thing: its sequence numbers tell.
 */
import { i32be } from "../bytes/read.ts";
import type { Layers } from "./layers.ts";

/** How far apart the copies of one datagram may be. Nobody repeats a question so soon. */
export const WINDOW_NS = 20e6;
/** Datagrams that are remembered; a power of two. */
const REMEMBERED = 4096;
/** Bytes of payload that count, from its beginning; its length counts too. */
const HASHED_BYTES = 512;

export class RecentDatagrams {
  /** | hash | second hash | of each, at the place that the hash names. */
  readonly #hashes = new Int32Array(2 * REMEMBERED);
  /** When it was seen, nanoseconds of the Unix epoch. */
  readonly #times = new Float64Array(REMEMBERED);

  /**
   * Whether the same datagram was seen a moment ago: addresses, ports, length, payload and, in IPv4, identification.
   *
   * @param end one past the last byte of the payload
   */
  isCopy(bytes: Uint8Array, layers: Layers, end: number, sec: number, nsec: number): boolean {
    let first = layers.identification | 0x10000, second = end - layers.transport;
    for (let i = 0; i < layers.addressWords; i++) {
      const source = i32be(bytes, layers.source + 4 * i), destination = i32be(bytes, layers.destination + 4 * i);
      first = Math.imul(first ^ source, 0x9e3779b1) ^ destination;
      second = Math.imul(second ^ destination, 0x85ebca6b) ^ source;
    }
    const last = Math.min(end, layers.transport + 8 + HASHED_BYTES);
    for (let at = layers.transport; at < last; at++) { // the ports stand in front of the payload
      first = Math.imul(first ^ bytes[at], 0x01000193);
      second = Math.imul(second ^ (second >>> 15) ^ bytes[at], 0xc2b2ae35);
    }
    const place = (first ^ (first >>> 16)) & (REMEMBERED - 1);
    const time = sec * 1e9 + nsec;
    const hashes = this.#hashes, times = this.#times;
    const isSame = hashes[2 * place] === first && hashes[2 * place + 1] === second;
    if (isSame && Math.abs(time - times[place]) <= WINDOW_NS) return true;
    hashes[2 * place] = first;
    hashes[2 * place + 1] = second;
    times[place] = time;
    return false;
  }
}
