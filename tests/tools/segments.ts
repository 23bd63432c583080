/** Cuts recorded TCP segments into smaller ones, as another sender or network card would have. */
import { i32be } from "../../src/bytes/read.ts";
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
  const { bytes } = packet;
  const layers = new Layers();
  if (parseLink(bytes, 0, bytes.length, packet.wireLength, packet.linkType, layers) !== "") return undefined;
  if (parseNetwork(bytes, layers) !== "" || layers.protocol !== TCP || layers.isFragment) return undefined;
  const length = tcpHeaderLength(bytes, layers.transport, layers.end);
  if (length === 0 || layers.end < layers.wireEnd) return undefined;
  const { transport: header, end, network, version } = layers;
  return { header, payload: header + length, end, network, version };
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
  if (place.version === 4) view.setUint16(place.network + 2, made.length - place.network);
  else view.setUint16(place.network + 4, made.length - place.network - 40);
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
