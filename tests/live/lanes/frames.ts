/**
 * The packets of recorded cases as Ethernet frames to be sent: those of each case between addresses of their own, so that
 * no case meets another's connections; plain, in a tunnel, or in fragments.
 */
import { u16be } from "../../../src/bytes/read.ts";
import { TUNNEL_PORT } from "../../../src/core/encapsulation.ts";
import { ETHERTYPE_IPV4 } from "../../../src/net/ethertypes.ts";
import { parseNetwork } from "../../../src/net/ip.ts";
import { Layers } from "../../../src/net/layers.ts";
import { parseLink } from "../../../src/net/link.ts";
import { concat, ethernet, ipv4, udp } from "../../tools/build.ts";
import type { Packet } from "../../tools/replay.ts";

export type Shape = "plain" | "in VXLAN" | "in fragments";

/** Longer ones find no room in a tunnel's packet. */
const LONGEST = 60_000;
const UDP = 17, ADDRESS_BYTES = 4;

/** An IP packet on its own. */
interface Bare {
  readonly etherType: number;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly transport: number;
  /** Whether nothing of it is cut off, and it is no fragment. */
  readonly isWhole: boolean;
  /** Which way it goes, and something of the connection that it belongs to. */
  readonly forth: boolean;
  readonly entropy: number;
}

/** @param number of the case: it becomes part of both addresses */
export function framesOf(packets: readonly Packet[], number: number, shape: Shape): Uint8Array[] {
  const bare = packets.flatMap((packet) => bareOf(packet, number) ?? []);
  if (bare.some(({ bytes }) => bytes.length > LONGEST)) return [];
  return bare.flatMap((one, i) => {
    const plain = ethernet(one.bytes, one.etherType);
    if (shape === "in VXLAN") return [inVxlan(plain, one)];
    return shape === "in fragments" ? inFragments(one, i) ?? [plain] : [plain];
  });
}

function bareOf({ bytes, wireLength, linkType }: Packet, number: number): Bare | undefined {
  const layers = new Layers();
  const link = parseLink(bytes, 0, bytes.length, wireLength, linkType, layers);
  if (link !== "" || parseNetwork(bytes, layers) !== "") return undefined;
  const { network, end, wireEnd, etherType, source, destination, transport, isFragment } = layers;
  const own = Uint8Array.from(bytes.subarray(network, end));
  for (const address of [source, destination]) {
    own[address - network + 1] = number >> 8;
    own[address - network + 2] = number;
  }
  return {
    etherType,
    bytes: own,
    transport: transport - network,
    isWhole: wireEnd === end && !isFragment,
    forth: Buffer.compare(bytes.subarray(source, destination), bytes.subarray(destination, transport)) < 0,
    entropy: transport + 2 <= end ? u16be(bytes, transport) : 0,
  };
}

/** As Linux does it: the source port is made of the inner packet's, so that the two directions have different ones. */
function inVxlan(frame: Uint8Array, { forth, entropy }: Bare): Uint8Array {
  const [source, destination] = forth ? [[192, 0, 2, 1], [192, 0, 2, 2]] : [[192, 0, 2, 2], [192, 0, 2, 1]];
  const header = Uint8Array.of(8, 0, 0, 0, 0, 0, 1, 0); // the flag that a network is named, and network 1
  const datagram = udp(49_152 + entropy % 16_384, TUNNEL_PORT.vxlan, concat(header, frame));
  return ethernet(ipv4(datagram, { protocol: UDP, source, destination }));
}

/** Two fragments of a datagram over IPv4; undefined for what has too little in it. TCP finds out what fits. */
function inFragments({ etherType, bytes, transport, isWhole }: Bare, id: number): Uint8Array[] | undefined {
  const payload = bytes.subarray(transport);
  if (etherType !== ETHERTYPE_IPV4 || bytes[9] !== UDP || !isWhole || transport !== 20 || payload.length < 32) {
    return undefined;
  }
  const at = (payload.length >> 4) << 3, MORE = 0x2000;
  const addresses = {
    source: [...bytes.subarray(12, 12 + ADDRESS_BYTES)],
    destination: [...bytes.subarray(16, 16 + ADDRESS_BYTES)],
  };
  const fragment = (part: Uint8Array, fragment: number) =>
    ethernet(ipv4(part, { protocol: UDP, id: id & 0xffff, fragment, ...addresses }));
  return [fragment(payload.subarray(0, at), MORE), fragment(payload.subarray(at), at >> 3)];
}
