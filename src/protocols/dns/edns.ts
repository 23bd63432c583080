/**
 * Text of the OPT record, which carries the extensions of DNS.
 *
 *     CLASS: UDP payload size | TTL: extended RCODE 8, version 8, DO 1, Z 15 | RDATA: {code 2, length 2, value}
 *
 * RFC 6891 section 6.1; options by the IANA registry "DNS EDNS0 Option Codes".
 */
import { ipText } from "../../core/address.ts";
import { u16be, u32be } from "../../bytes/read.ts";
import type { Record } from "./decoder.ts";
import { escapedText, hexText } from "./rdata.ts";
import { PRINTED_DATA_BYTES } from "./messages.ts";

const NSID = 3;
const CLIENT_SUBNET = 8;
const EXPIRE = 9;
const COOKIE = 10;
const TCP_KEEPALIVE = 11;
const PADDING = 12;
const EXTENDED_ERROR = 15;

/** For example `EDNS:0 UDP:1232 DO COOKIE:24A5AC9D1A2B3C4D SUBNET:192.0.2.0/24`. */
export function optText(bytes: Uint8Array, record: Record): string {
  let text = `EDNS:${(record.ttl >>> 16) & 255} UDP:${record.class}`;
  if ((record.ttl & 0x8000) !== 0) text += " DO";
  let at = record.dataAt;
  while (at + 4 <= record.dataEnd) {
    const valueAt = at + 4;
    const behind = valueAt + u16be(bytes, at + 2);
    if (behind > record.dataEnd) break;
    text += " " + optionText(u16be(bytes, at), bytes, valueAt, behind);
    at = behind;
  }
  return text;
}

function optionText(code: number, bytes: Uint8Array, at: number, end: number): string {
  const length = end - at;
  switch (code) {
    case NSID:
      return `NSID:"${escapedText(bytes, at, end)}"`;
    case CLIENT_SUBNET:
      if (length >= 4) return subnetText(bytes, at, end);
      break;
    case EXPIRE: // RFC 7314
      if (length === 4) return `EXPIRE:${u32be(bytes, at)}`;
      break;
    case COOKIE: // RFC 7873
      return `COOKIE:${hexText(bytes, at, Math.min(end, at + 40))}`;
    case TCP_KEEPALIVE: // RFC 7828, in units of 100 ms
      return length === 2 ? `KEEPALIVE:${u16be(bytes, at) / 10}s` : "KEEPALIVE";
    case PADDING:
      return `PADDING:${length}`;
    case EXTENDED_ERROR: // RFC 8914
      if (length >= 2) {
        const extra = length > 2 ? `:"${escapedText(bytes, at + 2, end)}"` : "";
        return `EDE:${u16be(bytes, at)}${extra}`;
      }
      break;
  }
  return `OPTION${code}:${hexText(bytes, at, Math.min(end, at + PRINTED_DATA_BYTES))}`;
}

const address = new Uint8Array(16);

/** FAMILY 2, SOURCE PREFIX-LENGTH 1, SCOPE PREFIX-LENGTH 1, as much of the address as the prefix needs (RFC 7871). */
function subnetText(bytes: Uint8Array, at: number, end: number): string {
  const family = u16be(bytes, at);
  const width = family === 1 ? 4 : family === 2 ? 16 : 0;
  const given = end - at - 4;
  if (given > width) return `OPTION${CLIENT_SUBNET}:${hexText(bytes, at, Math.min(end, at + PRINTED_DATA_BYTES))}`;
  address.fill(0);
  address.set(bytes.subarray(at + 4, end));
  const prefix = width === 0 ? "0" : ipText(address, 0, width);
  const scope = bytes[at + 3] === 0 ? "" : ` SCOPE:${bytes[at + 3]}`;
  return `SUBNET:${prefix}/${bytes[at + 2]}${scope}`;
}
