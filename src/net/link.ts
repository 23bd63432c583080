/**
 * Link layer headers, after https://www.tcpdump.org/linktypes.html: finds the network header and its Ethernet type.
 * Each parser returns an empty string, or the reason why the packet cannot be followed.
 */
import { u16be } from "../bytes/read.ts";
import { LINK } from "../core/packet.ts";
import { ETHERTYPE_IPV4, ETHERTYPE_IPV6 } from "./ethertypes.ts";
import type { Layers } from "./layers.ts";
import { parseRareLink } from "./link_rare.ts";

/** VLAN tags stacked at most. */
const MAX_TAGS = 8;
export const SHORT = "cut before the network header";

/** Finds the network header of a packet. `layers.end` and `layers.wireEnd` are set too. */
export function parseLink(
  bytes: Uint8Array,
  start: number,
  end: number,
  wireLength: number,
  linkType: number,
  layers: Layers,
): string {
  layers.end = end;
  layers.wireEnd = start + wireLength;
  switch (linkType) {
    case LINK.ETHERNET:
      //  0                 6                12     14
      // | destination MAC | source MAC | type | payload
      return end - start < 14 ? SHORT : etherType(bytes, start + 12, layers);
    case LINK.LINUX_SLL:
      // | packet type 2 | ARPHRD 2 | address length 2 | address 8 | type 2 |
      return end - start < 16 ? SHORT : etherType(bytes, start + 14, layers);
    case LINK.LINUX_SLL2:
      // | type 2 | reserved 2 | interface 4 | ARPHRD 2 | packet type 1 | address length 1 | address 8 |
      if (end - start < 20) return SHORT;
      layers.etherType = u16be(bytes, start);
      layers.network = start + 20;
      return untagged(bytes, layers);
    case LINK.RAW:
    case LINK.RAW_BSD:
    case LINK.RAW_OPENBSD:
    case LINK.IPV4:
    case LINK.IPV6:
      return rawIp(bytes, start, layers);
    case LINK.NULL:
    case LINK.LOOP:
      // | address family 4, in the byte order of the capturing host (NULL) or of the network (LOOP) |
      return end - start < 4 ? SHORT : rawIp(bytes, start + 4, layers);
    default:
      return parseRareLink(bytes, start, linkType, layers);
  }
}

/** Reads an Ethernet type, or the length that stands in its place in 802.3, and what follows it. */
export function etherType(bytes: Uint8Array, at: number, layers: Layers): string {
  if (at + 2 > layers.end) return SHORT;
  layers.etherType = u16be(bytes, at);
  layers.network = at + 2;
  return untagged(bytes, layers);
}

/** Goes behind 802.1Q and 802.1ad tags (| priority and VLAN id 2 | type 2 |) and 802.2 headers. */
function untagged(bytes: Uint8Array, layers: Layers): string {
  for (let tags = 0; tags < MAX_TAGS; tags++) {
    const type = layers.etherType;
    if (type < 0x600) return logicalLink(bytes, layers.network, layers);
    if (type !== 0x8100 && type !== 0x88a8 && type !== 0x9100 && type !== 0x9200) return "";
    if (layers.network + 4 > layers.end) return SHORT;
    layers.etherType = u16be(bytes, layers.network + 2);
    layers.network += 4;
  }
  return "more than 8 VLAN tags";
}

/** IEEE 802.2 with SNAP: | AA | AA | 03 | organisation 3, 000000 or 0000F8 | type 2 |. */
export function logicalLink(bytes: Uint8Array, at: number, layers: Layers): string {
  if (at + 8 > layers.end) return SHORT;
  const isSnap = bytes[at] === 0xaa && bytes[at + 1] === 0xaa && bytes[at + 2] === 3 && bytes[at + 3] === 0;
  if (!isSnap) return "not IP";
  layers.etherType = u16be(bytes, at + 6);
  layers.network = at + 8;
  return layers.etherType < 0x600 ? "not IP" : untagged(bytes, layers);
}

/** An IP packet without anything before it. */
export function rawIp(bytes: Uint8Array, at: number, layers: Layers): string {
  if (at >= layers.end) return SHORT;
  const version = bytes[at] >> 4;
  layers.network = at;
  layers.etherType = version === 4 ? ETHERTYPE_IPV4 : version === 6 ? ETHERTYPE_IPV6 : 0;
  return "";
}
