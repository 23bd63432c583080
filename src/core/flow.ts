/** A flow is both directions between two endpoints over one transport. */
import { i32be } from "../bytes/read.ts";
import { Fragment } from "../bytes/writer.ts";
import { ipText } from "./address.ts";

/** Who sent the bytes. The numbers index pairs of per-direction state. */
export const FROM_CLIENT = 0;
export const FROM_SERVER = 1;
export type Direction = typeof FROM_CLIENT | typeof FROM_SERVER;

export type Transport = "tcp" | "udp";

const addressBytes = new Uint8Array(16);
const addressView = new DataView(addressBytes.buffer);

/** An IP address and a port. Texts of them are made when they are first asked for. */
export class Endpoint {
  #text = "";
  #members: Fragment | undefined = undefined;
  /** The address in 32-bit words, of which IPv4 has one: a third of the memory of an array of bytes. */
  readonly #words: number;
  readonly #first: number;
  readonly #second: number = 0;
  readonly #third: number = 0;
  readonly #fourth: number = 0;

  /** @param address 4 or 16 bytes */
  constructor(address: Uint8Array, readonly port: number, at = 0, length = address.length) {
    this.#words = length >> 2;
    this.#first = i32be(address, at);
    if (length === 4) return;
    this.#second = i32be(address, at + 4);
    this.#third = i32be(address, at + 8);
    this.#fourth = i32be(address, at + 12);
  }

  /** Textual IP address (RFC 5952 for IPv6; IPv4-mapped IPv6 as dotted quad). */
  get host(): string {
    if (this.#text === "") {
      addressView.setInt32(0, this.#first);
      addressView.setInt32(4, this.#second);
      addressView.setInt32(8, this.#third);
      addressView.setInt32(12, this.#fourth);
      this.#text = ipText(addressBytes, 0, this.#words << 2);
    }
    return this.#text;
  }

  /** Whether it is the address of a group: 224.0.0.0/4 (RFC 5771) or ff00::/8 (RFC 4291, 2.7). */
  get isMulticast(): boolean {
    return this.#words === 1 ? this.#first >>> 28 === 0xe : this.#first >>> 24 === 0xff;
  }

  /** Both as members of a JSON object: `"Host":"…","Port":…`. */
  get members(): Fragment {
    return this.#members ??= new Fragment(`"Host":"${this.host}","Port":${this.port}`);
  }
}

/** What a conversation may know of the connection that it decodes. */
export interface Flow {
  readonly transport: Transport;
  readonly client: Endpoint;
  readonly server: Endpoint;
  /** False when the capture joined a TCP connection after its start (no SYN seen): tables and positions are unknown. */
  readonly sawStart: boolean;
}

/**
 * When and where the bytes in hand arrived. One object, changed in place: copy what you keep.
 *
 * The sequence facts let pairing by position start with certainty after a gap: see `match/fifo.ts`.
 */
export class Arrival {
  /** Time of the packet that completed what is offered. */
  sec = 0;
  nsec = 0;
  /** TCP sequence number (signed 32 bits) of the first byte offered; 0 for UDP. */
  sequence = 0;
  /** What the newest segment acknowledged: the sequence number in the other direction that its sender expected next. */
  acknowledged = 0;
  /** How many of the bytes offered were carried over from earlier segments, and what the first of those acknowledged. */
  carried = 0;
  carriedAcknowledged = 0;
  /**
   * True when the newest segment (its first byte) began a turn: the other side had seen and acknowledged all that came
   * before, and its own bytes had all arrived here, so nothing was in flight either way. Same for the carried bytes.
   */
  quiet = false;
  carriedQuiet = false;
  /** Whether that was seen, and not only nothing seen against it: the other side's last bytes are known. */
  proven = false;
  carriedProven = false;

  /** What the segment that held byte `offset` (from the first byte offered) acknowledged. */
  acknowledgedAt(offset: number): number {
    return offset < this.carried ? this.carriedAcknowledged : this.acknowledged;
  }

  /** Whether a message that begins at `offset` begins a turn. */
  quietAt(offset: number): boolean {
    if (offset === 0 && this.carried > 0) return this.carriedQuiet;
    return offset === this.carried && this.quiet;
  }

  /** Whether it is proven that a message at `offset` begins a turn. */
  provenAt(offset: number): boolean {
    return this.quietAt(offset) && (offset < this.carried ? this.carriedProven : this.proven);
  }
}
