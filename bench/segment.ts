/** A TCP segment between one server and any client: one buffer, in which little changes from packet to packet. */
import { LINK, type PacketSink } from "../src/core/packet.ts";
import { ethernet, ipv4, tcp } from "../tests/tools/build.ts";

/** Behind the headers of Ethernet, of IPv4 and of TCP, none of which has options. */
const PAYLOAD = 54;
const SERVER = [10, 128, 0, 1];
const encoder = new TextEncoder();

export class Segment {
  readonly #bytes = new Uint8Array(2048);
  readonly #view = new DataView(this.#bytes.buffer);
  readonly #addressAt: number;
  readonly #portAt: number;
  /** Bytes of payload. */
  length = 0;

  /** @param flags of TCP */
  constructor(fromClient: boolean, flags: number, payload = "") {
    const [source, destination] = fromClient ? [[0, 0, 0, 0], SERVER] : [SERVER, [0, 0, 0, 0]];
    this.#bytes.set(ethernet(ipv4(tcp(80, 80, 0, 0, flags), { protocol: 6, source, destination })));
    this.#addressAt = fromClient ? 26 : 30;
    this.#portAt = fromClient ? 34 : 36;
    this.fill(payload);
  }

  /** Gives it another payload. */
  fill(payload: string): void {
    this.length = encoder.encodeInto(payload, this.#bytes.subarray(PAYLOAD)).written;
    this.#view.setUint16(16, PAYLOAD - 14 + this.length);
  }

  /** @param client its address, 32 bits */
  play(
    sink: PacketSink,
    client: number,
    port: number,
    sequence: number,
    acknowledged: number,
    sec: number,
    nsec: number,
  ): void {
    const view = this.#view;
    view.setInt32(this.#addressAt, client);
    view.setUint16(this.#portAt, port);
    view.setInt32(38, sequence);
    view.setInt32(42, acknowledged);
    const end = PAYLOAD + this.length;
    sink.packet(this.#bytes, 0, end, end, sec, nsec, LINK.ETHERNET);
  }
}
