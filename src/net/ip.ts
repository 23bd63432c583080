/** IPv4 (RFC 791) and IPv6 (RFC 8200) headers. Checksums are not verified: captures of offloaded sends carry none. */
import { u16be, u32be } from "../bytes/read.ts";
import { TUNNEL_PROTOCOL } from "../core/encapsulation.ts";
import { ETHERTYPE_IPV4, ETHERTYPE_IPV6 } from "./ethertypes.ts";
import type { Layers } from "./layers.ts";

export const TCP = 6;
export const UDP = 17;
const AUTHENTICATION = TUNNEL_PROTOCOL.authentication;
const FRAGMENT = 44;

/** Headers behind that of IP followed at most. */
const MAX_EXTENSIONS = 16;
const CUT = "cut inside the IP header";

/** Reads the network header at `layers.network`. Returns an empty string, or why the packet cannot be followed. */
export function parseNetwork(bytes: Uint8Array, layers: Layers): string {
  switch (layers.etherType) {
    case ETHERTYPE_IPV4:
      return parseIpv4(bytes, layers);
    case ETHERTYPE_IPV6:
      return parseIpv6(bytes, layers);
    default:
      return "not IP";
  }
}

//  0               1               2               3
// |version|  IHL  |      TOS      |         total length          |
// |        identification         |flags|    fragment offset      |
// |      TTL      |   protocol    |           checksum            |
// |                            source                             |
// |                         destination                           |
function parseIpv4(bytes: Uint8Array, layers: Layers): string {
  const at = layers.network;
  if (at + 20 > layers.end) return CUT;
  const headerLength = (bytes[at] & 15) << 2;
  if (bytes[at] >> 4 !== 4 || headerLength < 20) return "broken IPv4 header";
  const totalLength = u16be(bytes, at + 2);
  // 0 is what segmentation offload leaves in frames that the card was to cut up: the frame's own length holds.
  if (totalLength !== 0) {
    if (totalLength < headerLength) return "broken IPv4 header";
    trim(layers, at + totalLength);
  }
  layers.version = 4;
  layers.source = at + 12;
  layers.destination = at + 16;
  layers.addressWords = 1;
  layers.identification = u16be(bytes, at + 4);
  layers.protocol = bytes[at + 9];
  layers.transport = at + headerLength;
  const fragment = u16be(bytes, at + 6);
  layers.isFragment = (fragment & 0x3fff) !== 0;
  if (layers.isFragment) {
    layers.fragmentOffset = (fragment & 0x1fff) << 3;
    layers.moreFragments = (fragment & 0x2000) !== 0;
    layers.fragmentId = layers.identification;
    return layers.transport > layers.end ? CUT : "";
  }
  return skipHeaders(bytes, layers);
}

// |version| traffic class |           flow label                  |
// |        payload length         |  next header  |   hop limit   |
// |                     source, 16 bytes                          |
// |                   destination, 16 bytes                       |
function parseIpv6(bytes: Uint8Array, layers: Layers): string {
  const at = layers.network;
  if (at + 40 > layers.end) return CUT;
  if (bytes[at] >> 4 !== 6) return "broken IPv6 header";
  const payloadLength = u16be(bytes, at + 4);
  // 0: a jumbogram (RFC 2675), or segmentation offload of more than 64 KB
  if (payloadLength !== 0) trim(layers, at + 40 + payloadLength);
  layers.version = 6;
  layers.source = at + 8;
  layers.destination = at + 24;
  layers.addressWords = 4;
  layers.identification = 0;
  layers.isFragment = false;
  layers.protocol = bytes[at + 6];
  layers.transport = at + 40;
  return skipHeaders(bytes, layers);
}

/**
 * Goes over the headers between IP's own and the payload: the authentication header (RFC 4302), and the extensions of
 * IPv6, as far as a fragment's. Returns what {@link parseNetwork} does.
 */
export function skipHeaders(bytes: Uint8Array, layers: Layers): string {
  let next = layers.protocol, at = layers.transport;
  for (let i = 0; i < MAX_EXTENSIONS; i++) {
    const header = next;
    if (header !== AUTHENTICATION && (layers.version === 4 || !isExtension(header))) {
      layers.protocol = header;
      layers.transport = at;
      return at > layers.end ? CUT : "";
    }
    if (at + 8 > layers.end) return CUT;
    next = bytes[at];
    if (header === AUTHENTICATION) at += (bytes[at + 1] + 2) << 2; // its length is in units of 4 bytes less 2
    else if (header !== FRAGMENT) at += (bytes[at + 1] + 1) << 3;
    else { // | next header | reserved | offset 13, reserved 2, more 1 | identification 4 |
      const field = u16be(bytes, at + 2);
      if ((field & 0xfff9) !== 0) { // an atomic fragment (RFC 6946) is a whole packet
        layers.isFragment = true;
        layers.fragmentOffset = field & 0xfff8;
        layers.moreFragments = (field & 1) !== 0;
        layers.fragmentId = u32be(bytes, at + 4);
        layers.protocol = next;
        layers.transport = at + 8;
        return "";
      }
      at += 8;
    }
  }
  return `more than ${MAX_EXTENSIONS} extension headers`;
}

function isExtension(header: number): boolean {
  switch (header) {
    case 0: // hop-by-hop options
    case 43: // routing
    case FRAGMENT:
    case 60: // destination options
    case 135: // mobility
    case 139: // host identity
    case 140: // shim6
      return true;
    default:
      return false;
  }
}

/** Cuts off padding behind the IP packet. */
function trim(layers: Layers, packetEnd: number): void {
  layers.wireEnd = packetEnd;
  if (packetEnd < layers.end) layers.end = packetEnd;
}
