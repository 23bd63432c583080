/** Cuts and joins recorded TCP segments, as another sender or network card would have. */
import { i32be, u16be } from "../../src/bytes/read.ts";
import { parseNetwork, TCP } from "../../src/net/ip.ts";
import { Layers } from "../../src/net/layers.ts";
import { parseLink } from "../../src/net/link.ts";
import { tcpHeaderLength } from "../../src/net/tcp.ts";
import type { Packet } from "./replay.ts";

export interface TcpPlace {
  /** Where the TCP header and its payload begin, and where the payload ends. */
  readonly header: number;
  readonly payload: number;
  readonly end: number;
  /** Where the IP header begins, and its version. */
  readonly network: number;
  readonly version: number;
}

/** Where the TCP payload of a packet lies; undefined for packets without. Packets cut by a snap length have none here. */
export function tcpPlace(packet: Packet): TcpPlace | undefined {
  const place = tcpHeaderOf(packet);
  return place === undefined || packet.bytes.length < packet.wireLength ? undefined : place;
}

/** As {@link tcpPlace}, of packets that were cut behind the header too. */
export function tcpHeaderOf(packet: Packet): TcpPlace | undefined {
  const { bytes } = packet;
  const layers = new Layers();
  if (parseLink(bytes, 0, bytes.length, packet.wireLength, packet.linkType, layers) !== "") return undefined;
  if (parseNetwork(bytes, layers) !== "" || layers.protocol !== TCP || layers.isFragment) return undefined;
  const length = tcpHeaderLength(bytes, layers.transport, layers.end);
  if (length === 0) return undefined;
  const { transport: header, end, network, version } = layers;
  return { header, payload: Math.min(header + length, end), end, network, version };
}

export interface Addresses {
  /** Where the addresses begin, and how long they are. */
  readonly source: number;
  readonly destination: number;
  readonly length: number;
  /** 0 when the lower of the two endpoints sent the packet. */
  readonly side: 0 | 1;
  /** Both endpoints, the same for either direction. */
  readonly flow: string;
}

/** Between whom a packet goes; undefined for what is not IP. Only whole TCP packets have ports here. */
export function addressesOf(packet: Packet): Addresses | undefined {
  const { bytes } = packet;
  const layers = new Layers();
  if (parseLink(bytes, 0, bytes.length, packet.wireLength, packet.linkType, layers) !== "") return undefined;
  if (parseNetwork(bytes, layers) !== "") return undefined;
  const { source, destination, transport, addressWords, isFragment, end, protocol } = layers;
  const length = 4 * addressWords;
  const portAt = (at: number) =>
    protocol !== TCP || isFragment || transport + 4 > end ? "" : `:${u16be(bytes, transport + at)}`;
  const from = bytes.subarray(source, source + length).join(".") + portAt(0);
  const to = bytes.subarray(destination, destination + length).join(".") + portAt(2);
  return from < to
    ? { source, destination, length, side: 0, flow: `${from} ${to}` }
    : { source, destination, length, side: 1, flow: `${to} ${from}` };
}

/** What names the flow of a packet; empty for what is not IP. */
export function flowOf(packet: Packet): string {
  return addressesOf(packet)?.flow ?? "";
}

/** Two segments as one, as network cards join them: undefined unless the second follows the first at once and acknowledges the same. */
export function join(first: Packet, second: Packet): Packet | undefined {
  const a = tcpPlace(first), b = tcpPlace(second);
  if (a === undefined || b === undefined || a.payload - a.header !== b.payload - b.header) return undefined;
  const from = addressesOf(first)!, to = addressesOf(second)!;
  const length = a.end - a.payload, more = b.end - b.payload;
  const next = (i32be(first.bytes, a.header + 4) + length) | 0;
  const flags = first.bytes[a.header + 13];
  if (i32be(first.bytes, a.header + 8) !== i32be(second.bytes, b.header + 8)) return undefined;
  const follows = from.flow === to.flow && from.side === to.side && next === i32be(second.bytes, b.header + 4);
  if (!follows || length === 0 || more === 0 || (flags & 0x07) !== 0 || length + more > 60_000) return undefined;
  const made = new Uint8Array(a.end + more);
  made.set(first.bytes.subarray(0, a.end));
  made.set(second.bytes.subarray(b.payload, b.end), a.end);
  made.set(second.bytes.subarray(b.header + 13, b.payload), a.header + 13); // flags, window, options
  setLength(made, a);
  return { ...second, bytes: made, wireLength: made.length };
}

function setLength(bytes: Uint8Array, place: TcpPlace): void {
  const view = new DataView(bytes.buffer);
  if (place.version === 4) view.setUint16(place.network + 2, bytes.length - place.network);
  else view.setUint16(place.network + 4, bytes.length - place.network - 40);
}

/** One segment cut in pieces that end at these offsets of its payload (ascending); the last piece is what remains. */
export function cut(packet: Packet, place: TcpPlace, offsets: readonly number[]): Packet[] {
  const length = place.end - place.payload;
  const borders = [0, ...offsets.filter((offset) => offset > 0 && offset < length), length];
  return borders.slice(1).map((border, i) => piece(packet, place, borders[i], border, i === 0, border === length));
}

function piece(packet: Packet, place: TcpPlace, from: number, to: number, first: boolean, last: boolean): Packet {
  const { bytes } = packet;
  const made = new Uint8Array(place.payload + to - from);
  made.set(bytes.subarray(0, place.payload));
  made.set(bytes.subarray(place.payload + from, place.payload + to), place.payload);
  const view = new DataView(made.buffer);
  const flags = made[place.header + 13];
  // A SYN belongs to the first piece and takes a sequence number of its own; FIN and RST end the last one.
  const syn = first || (flags & 0x02) === 0 ? 0 : 1;
  view.setInt32(place.header + 4, (i32be(bytes, place.header + 4) + from + syn) | 0);
  made[place.header + 13] = flags & (first ? 0xff : ~0x02) & (last ? 0xff : ~0x05);
  setLength(made, place);
  return { ...packet, bytes: made, wireLength: made.length };
}

/** Every segment cut into single bytes. */
export function* byteByByte(packets: readonly Packet[]): Generator<Packet> {
  for (const packet of packets) {
    const place = tcpPlace(packet);
    if (place === undefined || place.end - place.payload < 2) yield packet;
    else yield* cut(packet, place, Array.from({ length: place.end - place.payload - 1 }, (_, i) => i + 1));
  }
}
