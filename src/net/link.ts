/**
 * Link layer headers, after https://www.tcpdump.org/linktypes.html: finds the network header and its Ethernet type.
 * Each parser returns an empty string, or the reason why the packet cannot be followed.
 */
import { u16be } from "../bytes/read.ts";
import { LINK } from "../core/packet.ts";
import type { Layers } from "./layers.ts";

export const ETHERTYPE_IPV4 = 0x0800;
export const ETHERTYPE_IPV6 = 0x86dd;

/** VLAN tags stacked at most. */
const MAX_TAGS = 8;
const SHORT = "cut before the network header";

/** Names of link types that are known but not followed. */
const NAMES: Readonly<Record<number, string>> = {
  9: "PPP",
  50: "PPP over serial (HDLC)",
  51: "PPPoE",
  104: "Cisco HDLC",
  105: "802.11",
  117: "pflog",
  119: "802.11 with Prism header",
  127: "802.11 with radiotap header",
  147: "USER0",
  187: "Bluetooth HCI",
  189: "USB",
  192: "PPI",
  201: "Bluetooth HCI with direction",
  220: "USB (Linux)",
  239: "NFLOG",
  253: "Netlink",
  258: "PKTAP",
};
const reasons = new Map<number, string>();

function unknownLink(linkType: number): string {
  let reason = reasons.get(linkType);
  if (reason === undefined) {
    reason = `link type ${linkType}${linkType in NAMES ? ` (${NAMES[linkType]})` : ""} is not understood`;
    reasons.set(linkType, reason);
  }
  return reason;
}

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
      return end - start < 14 ? SHORT : etherType(bytes, start + 12, end, layers);
    case LINK.LINUX_SLL:
      // | packet type 2 | ARPHRD 2 | address length 2 | address 8 | type 2 |
      return end - start < 16 ? SHORT : etherType(bytes, start + 14, end, layers);
    case LINK.LINUX_SLL2:
      // | type 2 | reserved 2 | interface 4 | ARPHRD 2 | packet type 1 | address length 1 | address 8 |
      if (end - start < 20) return SHORT;
      layers.etherType = u16be(bytes, start);
      layers.network = start + 20;
      return tagged(bytes, end, layers);
    case LINK.RAW:
    case LINK.RAW_BSD:
    case LINK.RAW_OPENBSD:
    case LINK.IPV4:
    case LINK.IPV6:
      return rawIp(bytes, start, end, layers);
    case LINK.NULL:
    case LINK.LOOP:
      // | address family 4, in the byte order of the capturing host (NULL) or of the network (LOOP) |
      return end - start < 4 ? SHORT : rawIp(bytes, start + 4, end, layers);
    default:
      return unknownLink(linkType);
  }
}

function etherType(bytes: Uint8Array, at: number, end: number, layers: Layers): string {
  layers.etherType = u16be(bytes, at);
  layers.network = at + 2;
  return tagged(bytes, end, layers);
}

/** Skips 802.1Q and 802.1ad tags: | priority and VLAN id 2 | type 2 |. */
function tagged(bytes: Uint8Array, end: number, layers: Layers): string {
  for (let tags = 0; tags < MAX_TAGS; tags++) {
    const type = layers.etherType;
    if (type !== 0x8100 && type !== 0x88a8 && type !== 0x9100 && type !== 0x9200) return "";
    if (layers.network + 4 > end) return SHORT;
    layers.etherType = u16be(bytes, layers.network + 2);
    layers.network += 4;
  }
  return "more than 8 VLAN tags";
}

function rawIp(bytes: Uint8Array, at: number, end: number, layers: Layers): string {
  if (at >= end) return SHORT;
  const version = bytes[at] >> 4;
  layers.network = at;
  layers.etherType = version === 4 ? ETHERTYPE_IPV4 : version === 6 ? ETHERTYPE_IPV6 : 0;
  return "";
}
