/**
 * Puts IP fragments together (RFC 791, 3.2; RFC 8200, 4.5). Overlapping fragments condemn their datagram (RFC 5722),
 * for IPv4 too, so that nobody can show us other bytes than the receiver took.
 */
import { latin1 } from "../bytes/text.ts";
import type { Reasons } from "../core/ledger.ts";
import { FRAGMENTS } from "../core/limits.ts";
import { type Layers, withPayload } from "./layers.ts";

const DATAGRAMS = 256;
/** What a piece takes besides its bytes. */
const PIECE_BYTES = 128;
const NEVER_WHOLE = "a fragmented datagram that was never whole";
const DATAGRAM_BYTES = 65535;
const SECONDS = 30;

interface Piece {
  readonly offset: number;
  readonly bytes: Uint8Array;
}

interface Partial {
  readonly sec: number;
  pieces: Piece[];
  /** Bytes of the whole; -1 until the last fragment came. */
  length: number;
  received: number;
}

export class Fragments {
  readonly #partials = new Map<string, Partial>();
  /** Bytes held now. */
  held = 0;
  /** The whole of the last call that returned true: source address, destination address, IP payload. */
  whole: Uint8Array = new Uint8Array(0);

  /** @param undecoded counts the datagrams that are given up */
  constructor(readonly undecoded: Reasons) {}

  /**
   * Takes a fragment. True when it made its datagram whole: `whole` holds it, and `layers` says where.
   *
   * @param sec time of the packet, for how long to wait for the rest
   */
  add(bytes: Uint8Array, layers: Layers, sec: number): boolean {
    const addressLength = 4 * layers.addressWords;
    const key = layers.protocol + ":" + layers.fragmentId + ":" +
      latin1(bytes, layers.source, layers.source + addressLength) +
      latin1(bytes, layers.destination, layers.destination + addressLength);
    const partial = this.#partialOf(key, sec);
    const length = layers.wireEnd - layers.transport;
    const isBroken = layers.end < layers.wireEnd || length <= 0 || layers.fragmentOffset + length > DATAGRAM_BYTES;
    const before = heldBy(partial);
    if (isBroken || !place(partial, bytes, layers, length)) {
      this.#release(partial);
      partial.length = NaN; // condemned: stays until it is forgotten, so that later pieces do not start it anew
      return false;
    }
    this.held += heldBy(partial) - before;
    if (!layers.moreFragments) partial.length = layers.fragmentOffset + length;
    if (partial.received !== partial.length) return false;
    this.#partials.delete(key);
    this.#join(partial, bytes, layers);
    this.#release(partial);
    return true;
  }

  /** What waits will never be whole. */
  clear(): void {
    for (const [key, partial] of this.#partials) this.#giveUp(key, partial);
  }

  #partialOf(key: string, sec: number): Partial {
    let partial = this.#partials.get(key);
    if (partial !== undefined && Math.abs(sec - partial.sec) > SECONDS) {
      this.#giveUp(key, partial);
      partial = undefined;
    }
    if (partial === undefined) {
      if (this.#partials.size >= DATAGRAMS) {
        for (const [oldest, forgotten] of this.#partials) {
          this.#giveUp(oldest, forgotten);
          break;
        }
      }
      partial = { sec, pieces: [], length: -1, received: 0 };
      this.#partials.set(key, partial);
    }
    return partial;
  }

  #release(partial: Partial): void {
    this.held -= heldBy(partial);
    partial.pieces = [];
    partial.received = 0;
  }

  #giveUp(key: string, partial: Partial): void {
    this.#release(partial);
    this.#partials.delete(key);
    this.undecoded.add(NEVER_WHOLE);
  }

  #join(partial: Partial, bytes: Uint8Array, layers: Layers): void {
    this.whole = withPayload(partial.length, bytes, layers);
    for (const piece of partial.pieces) this.whole.set(piece.bytes, layers.transport + piece.offset);
    layers.isFragment = false;
  }
}

function heldBy({ pieces, received }: Partial): number {
  return received + pieces.length * PIECE_BYTES;
}

/** Adds a piece; false when there are too many, or it overlaps another, unless it is the same one again. */
function place(partial: Partial, bytes: Uint8Array, layers: Layers, length: number): boolean {
  if (Number.isNaN(partial.length)) return false;
  const offset = layers.fragmentOffset;
  if (partial.length >= 0 && offset + length > partial.length) return false;
  for (const piece of partial.pieces) {
    if (piece.offset === offset && piece.bytes.length === length) return true;
    if (piece.offset < offset + length && offset < piece.offset + piece.bytes.length) return false;
  }
  if (partial.pieces.length >= FRAGMENTS) return false;
  partial.pieces.push({ offset, bytes: bytes.slice(layers.transport, layers.transport + length) });
  partial.received += length;
  return true;
}
