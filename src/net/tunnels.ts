/**
 * Encapsulations: what carries a packet within a packet. The innermost addresses count.
 *
 * Each parser sets `layers.etherType` and `layers.network` to what is inside, and returns an empty string; or it says
 * why the packet cannot be followed.
 */
import { u16be } from "../bytes/read.ts";
import { TUNNEL_ETHERTYPE, TUNNEL_PORT, TUNNEL_PORTS_OF_BOTH_WAYS, TUNNEL_PROTOCOL } from "../core/encapsulation.ts";
import { LINK } from "../core/packet.ts";
import {
  ETHERTYPE_ERSPAN,
  ETHERTYPE_ERSPAN_3,
  ETHERTYPE_ETHERNET,
  ETHERTYPE_IPV4,
  ETHERTYPE_IPV6,
  ETHERTYPE_PPP,
  ETHERTYPE_WCCP,
} from "./ethertypes.ts";
import type { Layers } from "./layers.ts";
import { parseLink, rawIp, SHORT } from "./link.ts";
import { parsePpp, parsePppoe } from "./ppp.ts";

/** Packets within packets at most. */
export const MAX_NESTING = 8;

const UDP = 17;

/** Whether packets of an encapsulation are sent to a UDP port, or also from it: asked for every datagram. */
const tunnelPorts = new Uint8Array(65536);
const SENT_TO = 1, SENT_FROM_TOO = 2;
for (const port of Object.values(TUNNEL_PORT)) tunnelPorts[port] = SENT_TO;
for (const port of TUNNEL_PORTS_OF_BOTH_WAYS) tunnelPorts[port] = SENT_FROM_TOO;

/** The port of a datagram that tells which encapsulation it may be; 0 for none. */
export function tunnelPort(source: number, destination: number): number {
  if (tunnelPorts[destination] !== 0) return destination;
  return tunnelPorts[source] === SENT_FROM_TOO ? source : 0;
}

/** What {@link enterTunnel} says of a packet that holds no other. */
export const NO_TUNNEL = "no tunnel";

/** Goes from an Ethernet type that is not IP's to the IP packet behind it. */
export function enterEtherType(bytes: Uint8Array, layers: Layers): string {
  const at = layers.network;
  switch (layers.etherType) {
    case TUNNEL_ETHERTYPE.mpls:
    case TUNNEL_ETHERTYPE.mplsMulticast:
      return parseMpls(bytes, at, layers);
    case TUNNEL_ETHERTYPE.pppoe:
      return parsePppoe(bytes, at, layers);
    case ETHERTYPE_PPP:
      return parsePpp(bytes, at, layers);
    case ETHERTYPE_ETHERNET:
      return parseEthernet(bytes, at, layers);
    default:
      return "not IP";
  }
}

/** Goes from an IP header to the packet that its payload holds; {@link NO_TUNNEL} where it holds none. */
export function enterTunnel(bytes: Uint8Array, layers: Layers): string {
  const at = layers.transport;
  switch (layers.protocol) {
    case TUNNEL_PROTOCOL.ipv4: // RFC 2003
    case TUNNEL_PROTOCOL.ipv6: // RFC 4213
      return rawIp(bytes, at, layers);
    case TUNNEL_PROTOCOL.gre:
      return parseGre(bytes, at, layers);
    case TUNNEL_PROTOCOL.mpls: // RFC 4023
      return parseMpls(bytes, at, layers);
    case UDP:
      return enterDatagram(bytes, at + 8, tunnelPort(u16be(bytes, at), u16be(bytes, at + 2)), layers);
    default:
      return NO_TUNNEL;
  }
}

function enterDatagram(bytes: Uint8Array, at: number, port: number, layers: Layers): string {
  if (at + 8 > layers.end) return NO_TUNNEL;
  switch (port) {
    case TUNNEL_PORT.vxlan:
    case TUNNEL_PORT.vxlanLinux: // RFC 7348: | flags 1, 08 | reserved 3 | network 3 | reserved 1 |
      if ((bytes[at] & 0x08) === 0 || bytes[at + 7] !== 0) return NO_TUNNEL;
      return parseEthernet(bytes, at + 8, layers);
    case TUNNEL_PORT.vxlanGpe: // draft-ietf-nvo3-vxlan-gpe: | flags 1 | reserved 2 | next protocol 1 | network 3 | reserved 1 |
      if ((bytes[at] & 0x0c) !== 0x0c) return NO_TUNNEL;
      return bytes[at + 3] === 3 ? parseEthernet(bytes, at + 8, layers) : rawIp(bytes, at + 8, layers);
    case TUNNEL_PORT.geneve: // RFC 8926: | version 2 bits, options 6 bits, in units of 4 | flags 1 | type 2 | network 3 | reserved 1, 0 |
      if (bytes[at] >> 6 !== 0 || bytes[at + 7] !== 0) return NO_TUNNEL;
      return inner(bytes, u16be(bytes, at + 2), at + 8 + ((bytes[at] & 0x3f) << 2), layers);
    case TUNNEL_PORT.gtpU:
      return parseGtp(bytes, at, layers);
    case TUNNEL_PORT.teredo:
      return parseTeredo(bytes, at, layers);
    case TUNNEL_PORT.greInUdp: // RFC 8086
      return parseGre(bytes, at, layers);
    case TUNNEL_PORT.ayiya: // draft-massar-v6ops-ayiya-02: | 2^x of identity, kind | signature in 4 bytes, hash | ... | next | epoch 4 |
      if (bytes[at + 3] !== TUNNEL_PROTOCOL.ipv6) return NO_TUNNEL;
      return rawIp(bytes, at + 8 + (1 << (bytes[at] >> 4)) + ((bytes[at + 1] >> 4) << 2), layers);
    default:
      return NO_TUNNEL;
  }
}

/**
 * RFC 2784, RFC 2890, NVGRE (RFC 7637), version 1 of PPTP (RFC 2637):
 * | checksum, routing, key, sequence: 1 bit each, ..., acknowledgment: bit 8, version: last 3 bits | type 2 |
 */
function parseGre(bytes: Uint8Array, at: number, layers: Layers): string {
  if (at + 4 > layers.end) return SHORT;
  const flags = u16be(bytes, at), type = u16be(bytes, at + 2);
  const CHECKSUM = 0x8000, ROUTING = 0x4000, KEY = 0x2000, SEQUENCE = 0x1000, ACKNOWLEDGMENT = 0x80;
  if ((flags & ROUTING) !== 0 || (flags & 7) > 1) return "GRE of a form that is not understood";
  let length = 4;
  for (const flag of [CHECKSUM, KEY, SEQUENCE]) if ((flags & flag) !== 0) length += 4;
  if ((flags & 7) === 1 && (flags & ACKNOWLEDGMENT) !== 0) length += 4;
  const inside = at + length;
  switch (type) {
    case ETHERTYPE_ERSPAN: // type I has no header of its own and no sequence number, type II has 8 bytes
      return parseEthernet(bytes, inside + ((flags & SEQUENCE) !== 0 ? 8 : 0), layers);
    case ETHERTYPE_ERSPAN_3: // 12 bytes, the last bit tells of 8 more
      if (inside + 12 > layers.end) return SHORT;
      return parseEthernet(bytes, inside + 12 + ((bytes[inside + 11] & 1) === 1 ? 8 : 0), layers);
    case ETHERTYPE_WCCP: // version 2 has a header of 4 bytes, which does not begin with an IP version
      return rawIp(bytes, inside < layers.end && bytes[inside] >> 4 === 4 ? inside : inside + 4, layers);
    default:
      return inner(bytes, type, inside, layers);
  }
}

/** RFC 3032: labels, each | label 20 bits | class 3 | bottom of stack 1 | time to live 8 |, then nothing names what comes. */
function parseMpls(bytes: Uint8Array, at: number, layers: Layers): string {
  for (let labels = 0; labels < MAX_NESTING; labels++, at += 4) {
    if (at + 5 > layers.end) return SHORT;
    if ((bytes[at + 2] & 1) === 0) continue;
    const first = bytes[at + 4] >> 4;
    if (first === 4 || first === 6) return rawIp(bytes, at + 4, layers);
    // A pseudowire's control word (RFC 4385) begins with 0.
    return parseEthernet(bytes, at + 4 + (first === 0 ? 4 : 0), layers);
  }
  return `more than ${MAX_NESTING} MPLS labels`;
}

/** 3GPP TS 29.281, 5.1: | version 3 bits, 1, extension, sequence, N-PDU | type 1 | length 2 | tunnel 4 | options 4 |. */
function parseGtp(bytes: Uint8Array, at: number, layers: Layers): string {
  const G_PDU = 255;
  if (bytes[at] >> 4 !== 3 || bytes[at + 1] !== G_PDU) return NO_TUNNEL;
  let inside = at + 8;
  if ((bytes[at] & 7) !== 0) {
    inside += 4;
    // Extension headers: | length 1, in units of 4 | ... | type of the next 1 |
    for (let i = 0; i < MAX_NESTING && inside <= layers.end && bytes[inside - 1] !== 0; i++) {
      if ((bytes[at] & 4) === 0 || inside >= layers.end || bytes[inside] === 0) break;
      inside += bytes[inside] << 2;
    }
  }
  return rawIp(bytes, inside, layers);
}

/** RFC 4380, 5.1.1: authentication and origin headers may come before the IPv6 packet. */
function parseTeredo(bytes: Uint8Array, at: number, layers: Layers): string {
  if (u16be(bytes, at) === 1) at += 13 + bytes[at + 2] + bytes[at + 3];
  if (at + 8 <= layers.end && u16be(bytes, at) === 0) at += 8;
  return at < layers.end && bytes[at] >> 4 === 6 ? rawIp(bytes, at, layers) : NO_TUNNEL;
}

function inner(bytes: Uint8Array, type: number, at: number, layers: Layers): string {
  if (type === ETHERTYPE_ETHERNET) return parseEthernet(bytes, at, layers);
  if (at >= layers.end) return SHORT;
  layers.etherType = type;
  layers.network = at;
  return type === ETHERTYPE_IPV4 || type === ETHERTYPE_IPV6 ? "" : enterEtherType(bytes, layers);
}

function parseEthernet(bytes: Uint8Array, at: number, layers: Layers): string {
  if (at >= layers.end) return SHORT;
  return parseLink(bytes, at, layers.end, layers.wireEnd - at, LINK.ETHERNET, layers);
}
