/**
 * Link layers that are met now and then: 802.11, PPP, NFLOG, PKTAP and others, after
 * https://www.tcpdump.org/linktypes.html.
 */
import { u16be, u16le, u32le } from "../bytes/read.ts";
import { LINK } from "../core/packet.ts";
import type { Layers } from "./layers.ts";
import { logicalLink, parseLink, rawIp, SHORT } from "./link.ts";
import { parsePpp, parsePppoe } from "./ppp.ts";

/** LINKTYPE_ values. */
const PPP = 9, PPP_HDLC = 50, PPP_ETHER = 51, C_HDLC = 104, IEEE802_11 = 105, PFLOG = 117, PRISM = 119;
const RADIOTAP = 127, AVS = 163, PPP_PPPD = 166, PPI = 192, NFLOG = 239, PKTAP = 258;

/** Names of link types that are known but not followed. */
const NAMES: Readonly<Record<number, string>> = {
  147: "USER0",
  187: "Bluetooth HCI",
  189: "USB",
  201: "Bluetooth HCI with direction",
  220: "USB (Linux)",
  253: "Netlink",
};
const reasons = new Map<number, string>();

/** Finds the network header; `layers.end` is set. Returns an empty string, or why the packet cannot be followed. */
export function parseRareLink(bytes: Uint8Array, start: number, linkType: number, layers: Layers): string {
  const size = layers.end - start;
  switch (linkType) {
    case PPP:
    case PPP_HDLC:
      return parsePpp(bytes, start, layers);
    case PPP_PPPD: // | direction 1 |
      return parsePpp(bytes, start + 1, layers);
    case PPP_ETHER:
      return parsePppoe(bytes, start, layers);
    case C_HDLC: // | address 1 | control 1 | Ethernet type 2 |
      if (size < 4) return SHORT;
      layers.etherType = u16be(bytes, start + 2);
      layers.network = start + 4;
      return "";
    case IEEE802_11:
      return parseWireless(bytes, start, false, layers);
    case RADIOTAP:
      return parseRadiotap(bytes, start, layers);
    case PRISM: // | message code 4 | length of the header 4 |, in the byte order of the capturing host
    case AVS: // | version 4 | length of the header 4 |, big-endian
      if (size < 8) return SHORT;
      return parseWireless(bytes, start + Math.max(u16le(bytes, start + 4), u16be(bytes, start + 6)), false, layers);
    case PPI: // | version 1 | flags 1 | length 2 | DLT 4 |, little-endian
      if (size < 8) return SHORT;
      return parseInner(bytes, start + u16le(bytes, start + 2), u32le(bytes, start + 4), layers);
    case PFLOG: // | length 1, without padding | family 1 | ...
      if (size < 4) return SHORT;
      return rawIp(bytes, start + ((bytes[start] + 3) & ~3), layers);
    case NFLOG:
      return parseNflog(bytes, start, layers);
    case PKTAP: // | length 4 | record type 4 | DLT 4 | ..., little-endian
      if (size < 12) return SHORT;
      return parseInner(bytes, start + u32le(bytes, start), u32le(bytes, start + 8), layers);
    default:
      return unknownLink(linkType);
  }
}

/** A header of this kind holds another link header; one within another of its own kind is refused. */
function parseInner(bytes: Uint8Array, start: number, dlt: number, layers: Layers): string {
  if (start >= layers.end) return SHORT;
  if (dlt === PPI || dlt === PKTAP) return unknownLink(dlt);
  const linkType = dlt === 12 || dlt === 14 ? LINK.RAW : dlt;
  return parseLink(bytes, start, layers.end, layers.wireEnd - start, linkType, layers);
}

/** https://www.radiotap.org: | version 1 | pad 1 | length 2 | present 4, bit 31: one more |, little-endian. */
function parseRadiotap(bytes: Uint8Array, start: number, layers: Layers): string {
  if (start + 8 > layers.end) return SHORT;
  const length = u16le(bytes, start + 2);
  if (start + length > layers.end) return SHORT;
  const present = u32le(bytes, start + 4);
  let field = 8;
  for (let word = present; (word & 0x80000000) !== 0 && field + 4 <= length; field += 4) {
    word = u32le(bytes, start + field);
  }
  if ((present & 1) !== 0) field = ((field + 7) & ~7) + 8; // TSFT
  const flags = (present & 2) !== 0 && field < length ? bytes[start + field] : 0;
  const PADDED = 0x20;
  return parseWireless(bytes, start + length, (flags & PADDED) !== 0, layers);
}

/**
 * A data frame of IEEE 802.11 (9.2.3):
 * | control 2 | duration 2 | addresses 3 x 6 | sequence 2 | address 6, between access points | QoS 2 | HT 4 |
 *
 * @param isPadded whether the header is filled up to a multiple of four
 */
function parseWireless(bytes: Uint8Array, at: number, isPadded: boolean, layers: Layers): string {
  if (at + 24 > layers.end) return SHORT;
  const type = (bytes[at] >> 2) & 3, subtype = bytes[at] >> 4, flags = bytes[at + 1];
  const DATA = 2, NO_DATA = 4, QOS = 8;
  if (type !== DATA || (subtype & NO_DATA) !== 0) return "802.11 frames without data";
  if ((flags & 0x40) !== 0) return "encrypted 802.11 frames";
  let length = (flags & 3) === 3 ? 30 : 24;
  let isAggregate = false;
  if ((subtype & QOS) !== 0) {
    isAggregate = at + length < layers.end && (bytes[at + length] & 0x80) !== 0;
    length += 2 + ((flags & 0x80) !== 0 ? 4 : 0);
  }
  if (isPadded) length = (length + 3) & ~3;
  return isAggregate ? "aggregated 802.11 frames" : logicalLink(bytes, at + length, layers);
}

/**
 * | family 1 | version 1 | resource 2 | then attributes | length 2, itself included | type 2 | value, padded to 4 |
 * The lengths are in the byte order of the capturing host: one of the two is absurd.
 */
function parseNflog(bytes: Uint8Array, start: number, layers: Layers): string {
  const PAYLOAD = 9;
  for (let at = start + 4; at + 4 <= layers.end;) {
    const isLittle = bytes[at + 3] === 0;
    const length = isLittle ? u16le(bytes, at) : u16be(bytes, at);
    const type = isLittle ? u16le(bytes, at + 2) : u16be(bytes, at + 2);
    if (type === PAYLOAD) return rawIp(bytes, at + 4, layers);
    if (length < 4) break;
    at += (length + 3) & ~3;
  }
  return SHORT;
}

function unknownLink(linkType: number): string {
  let reason = reasons.get(linkType);
  if (reason === undefined) {
    reason = `link type ${linkType}${linkType in NAMES ? ` (${NAMES[linkType]})` : ""} is not understood`;
    if (reasons.size < 256) reasons.set(linkType, reason);
  }
  return reason;
}
