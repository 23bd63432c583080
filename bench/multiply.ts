/** Recorded packets many times over, each copy between other addresses and at a later time; always the same. */
import type { PacketSink } from "../src/core/packet.ts";
import { parseNetwork } from "../src/net/ip.ts";
import { Layers } from "../src/net/layers.ts";
import { parseLink } from "../src/net/link.ts";
import type { Packet } from "../tests/tools/replay.ts";

interface Recorded extends Packet {
  /** Where the two lowest-but-one bytes of the addresses lie that tell the copies apart; -1 for packets without IP. */
  readonly source: number;
  readonly destination: number;
}

export class Multiplied {
  readonly #recorded: Recorded[] = [];

  /** @param captures packets of each capture, in order; `copies` is how often each is played */
  constructor(captures: readonly Packet[][], readonly ports: number[], readonly copies: number) {
    for (const packets of captures) for (const packet of packets) this.#recorded.push(placed(packet));
  }

  get packets(): number {
    return this.#recorded.length * this.copies;
  }

  /** Plays all copies. The bytes are changed in place between packets, as a ring's are. */
  replay(sink: PacketSink): void {
    const recorded = this.#recorded;
    for (let copy = 0; copy < this.copies; copy++) {
      for (const packet of recorded) {
        const { bytes, source, destination } = packet;
        if (source >= 0) {
          bytes[source] = bytes[destination] = copy >> 8;
          bytes[source + 1] = bytes[destination + 1] = copy;
        }
        sink.packet(bytes, 0, bytes.length, packet.wireLength, packet.sec, packet.nsec, packet.linkType);
      }
    }
  }
}

function placed(packet: Packet): Recorded {
  const layers = new Layers();
  const { bytes } = packet;
  const isIp = parseLink(bytes, 0, bytes.length, packet.wireLength, packet.linkType, layers) === "" &&
    parseNetwork(bytes, layers) === "";
  return { ...packet, source: isIp ? layers.source + 1 : -1, destination: isIp ? layers.destination + 1 : -1 };
}
