/** A recorded TCP connection (or exchange of datagrams), taken apart so that it can be played again between others. */
import { i32be, u16be, u24be, u32be } from "../src/bytes/read.ts";
import { latin1 } from "../src/bytes/text.ts";
import { parseNetwork, UDP } from "../src/net/ip.ts";
import { Layers } from "../src/net/layers.ts";
import { parseLink } from "../src/net/link.ts";
import { addressesOf, tcpHeaderOf } from "../tests/tools/segments.ts";
import type { Packet } from "../tests/tools/replay.ts";

const ETHERNET_HEADER = 14;
const ETHERTYPE = { 4: 0x0800, 6: 0x86dd } as Record<number, number>;
const PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
const FRAME_HEADER = 9;

/** A packet of a recording, with the places of what differs from one copy to the next. */
export interface RecordedPacket {
  /** With an Ethernet header, whatever the link was. */
  readonly bytes: Uint8Array;
  readonly wireLength: number;
  /** Where the addresses begin. */
  readonly source: number;
  readonly destination: number;
  readonly fromClient: boolean;
  /** Where the TCP header begins; 0 for datagrams. */
  readonly tcp: number;
  /** As they were recorded. */
  readonly sequence: number;
  readonly acknowledged: number;
  /** Where the ids of HTTP/2 streams stand, and what they were. */
  readonly streams: { readonly at: number; readonly id: number }[];
}

/** The part of a recording that can be played many times over on one connection. */
export interface Loop {
  readonly from: number;
  readonly to: number;
  /** Bytes that the client and the server send in it, and stream ids that it uses up. */
  readonly clientBytes: number;
  readonly serverBytes: number;
  readonly streams: number;
}

export interface Recording {
  readonly packets: readonly RecordedPacket[];
  readonly loop: Loop | undefined;
}

/**
 * The connections of a capture, each by itself.
 *
 * @param opening how many times the client speaks before what it does from then on can be repeated; the last time it
 * speaks is not repeated either. Undefined where nothing can be
 */
export function recordingsOf(packets: readonly Packet[], opening?: number): Recording[] {
  const flows = new Map<string, Packet[]>();
  for (const packet of packets) {
    const addresses = addressesOf(packet);
    if (addresses === undefined) continue;
    const flow = `${addresses.flow} ${datagramPorts(packet)}`;
    if (!flows.has(flow)) flows.set(flow, []);
    flows.get(flow)!.push(packet);
  }
  return [...flows.values()].map((flow) => recording(flow, opening));
}

/** Where the headers of an IP packet lie. */
function layersOf({ bytes, wireLength, linkType }: Packet): Layers {
  const layers = new Layers();
  parseLink(bytes, 0, bytes.length, wireLength, linkType, layers);
  parseNetwork(bytes, layers);
  return layers;
}

/** The ports of a whole UDP datagram, the same for both directions; empty for anything else. */
function datagramPorts(packet: Packet): string {
  const { protocol, transport, isFragment } = layersOf(packet);
  if (protocol !== UDP || isFragment) return "";
  return [u16be(packet.bytes, transport), u16be(packet.bytes, transport + 2)].sort().join();
}

function recording(flow: readonly Packet[], opening: number | undefined): Recording {
  const client = addressesOf(flow[0])!.side;
  const packets = flow.map((packet): RecordedPacket => {
    const { network, wireEnd, source, destination } = layersOf(packet);
    const tcp = tcpHeaderOf(packet)?.header;
    const shift = ETHERNET_HEADER - network;
    return {
      bytes: ethernet(packet),
      wireLength: wireEnd + shift,
      source: source + shift,
      destination: destination + shift,
      fromClient: addressesOf(packet)!.side === client,
      tcp: tcp === undefined ? 0 : tcp + shift,
      sequence: tcp === undefined ? 0 : i32be(packet.bytes, tcp + 4),
      acknowledged: tcp === undefined ? 0 : i32be(packet.bytes, tcp + 8),
      streams: [],
    };
  });
  const turns = opening === undefined ? [] : turnsOf(packets).slice(opening);
  if (turns.length < 2) return { packets, loop: undefined };
  if (speaksHttp2(packets)) {
    findStreams(packets, true);
    findStreams(packets, false);
  }
  return { packets, loop: loopBetween(packets, turns[0], turns[turns.length - 1]) };
}

/** The packet with an Ethernet header, and without padding. */
function ethernet(packet: Packet): Uint8Array {
  const { network, end, version } = layersOf(packet);
  const made = new Uint8Array(ETHERNET_HEADER + end - network);
  new DataView(made.buffer).setUint16(12, ETHERTYPE[version]);
  made.set(packet.bytes.subarray(network, end), ETHERNET_HEADER);
  return made;
}

/** Where the payload of a segment begins. */
function payloadOf({ bytes, tcp }: RecordedPacket): number {
  return tcp === 0 ? bytes.length : tcp + (bytes[tcp + 12] >> 4) * 4;
}

function payloadLength(packet: RecordedPacket): number {
  return packet.bytes.length - payloadOf(packet);
}

/** The packets with which the client speaks while nothing is under way. */
function turnsOf(packets: readonly RecordedPacket[]): number[] {
  const turns: number[] = [];
  let serverSpoke = true;
  let next: number | undefined;
  for (const [i, packet] of packets.entries()) {
    const length = payloadLength(packet);
    if (length === 0) continue;
    if (packet.fromClient && serverSpoke && (next === undefined || packet.acknowledged === next)) turns.push(i);
    serverSpoke = !packet.fromClient;
    if (serverSpoke) next = (packet.sequence + length) | 0;
  }
  return turns;
}

function loopBetween(packets: readonly RecordedPacket[], from: number, to: number): Loop {
  const bytes = (fromClient: boolean) =>
    packets.slice(from, to).reduce((sum, p) => p.fromClient === fromClient ? sum + payloadLength(p) : sum, 0);
  const lastStream = (end: number) =>
    Math.max(0, ...packets.slice(0, end).flatMap(({ streams }) => streams.map(({ id }) => id)));
  return {
    from,
    to,
    clientBytes: bytes(true),
    serverBytes: bytes(false),
    streams: lastStream(to) - lastStream(from),
  };
}

function speaksHttp2(packets: readonly RecordedPacket[]): boolean {
  const first = packets.find((packet) => packet.fromClient && payloadLength(packet) >= PREFACE.length);
  if (first === undefined) return false;
  const start = payloadOf(first);
  return latin1(first.bytes, start, start + PREFACE.length) === PREFACE;
}

/** Finds the ids of the streams that one side names. */
function findStreams(packets: readonly RecordedPacket[], fromClient: boolean): void {
  let toSkip = fromClient ? PREFACE.length : 0; // until the next frame begins
  for (const packet of packets) {
    if (packet.fromClient !== fromClient) continue;
    const { bytes } = packet;
    let at = payloadOf(packet) + toSkip;
    for (; at < bytes.length; at += FRAME_HEADER + u24be(bytes, at)) {
      if (at + FRAME_HEADER > bytes.length) throw new Error("a frame's header lies in two recorded segments");
      const id = u32be(bytes, at + 5);
      if (id > 0) packet.streams.push({ at: at + 5, id });
    }
    toSkip = at - bytes.length;
  }
}
