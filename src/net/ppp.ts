/** PPP (RFC 1661), bare and over Ethernet (RFC 2516). */
import { u16be } from "../bytes/read.ts";
import { TUNNEL_ETHERTYPE } from "../core/encapsulation.ts";
import { ETHERTYPE_IPV4, ETHERTYPE_IPV6 } from "./ethertypes.ts";
import type { Layers } from "./layers.ts";
import { SHORT } from "./link.ts";

const ETHERTYPES: Readonly<Record<number, number>> = {
  0x0021: ETHERTYPE_IPV4,
  0x0057: ETHERTYPE_IPV6,
  0x0281: TUNNEL_ETHERTYPE.mpls,
};

/** | FF | 03 |, which may be left out, | protocol 2, or 1 where it is compressed (the first byte is odd) |. */
export function parsePpp(bytes: Uint8Array, at: number, layers: Layers): string {
  if (at + 4 > layers.end) return SHORT;
  if (bytes[at] === 0xff && bytes[at + 1] === 0x03) at += 2;
  const isCompressed = (bytes[at] & 1) === 1;
  if (at + (isCompressed ? 1 : 2) > layers.end) return SHORT;
  const type = ETHERTYPES[isCompressed ? bytes[at] : u16be(bytes, at)];
  if (type === undefined) return "not IP";
  layers.etherType = type;
  layers.network = at + (isCompressed ? 1 : 2);
  return "";
}

/** | version and type 1 | code 1, 0 for sessions | session 2 | length 2 | PPP |. */
export function parsePppoe(bytes: Uint8Array, at: number, layers: Layers): string {
  if (at + 6 > layers.end) return SHORT;
  return bytes[at + 1] === 0 ? parsePpp(bytes, at + 6, layers) : "not IP";
}
