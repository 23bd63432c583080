/**
 * Text of records: the contract's own for the types that it knows, the presentation format of their RFC for others,
 * and RFC 3597's generic form for types nobody here knows and for data that does not fit its type.
 */
import { ipText } from "../../core/address.ts";
import { u16be, u32be } from "../../bytes/read.ts";
import { utf8 } from "../../bytes/text.ts";
import type { Record } from "./decoder.ts";
import { optText } from "./edns.ts";
import { PRINTED_DATA_BYTES } from "./messages.ts";
import { nameEnd, nameText } from "./name.ts";
import { fieldsText, hexText } from "./rdata.ts";
import { svcbText } from "./svcb.ts";
import { A, AAAA, APL, CNAME, HTTPS, LOC, MX, NS, OPT, PTR, SOA, SPF, SRV, SVCB, TXT } from "./types.ts";

/** Text of a record's data, in a message that begins at `start`. */
export function recordText(bytes: Uint8Array, start: number, record: Record): string {
  if (record.type === OPT) return optText(bytes, record);
  const { dataAt, dataEnd } = record;
  if (dataAt === dataEnd) return ""; // deletions of an UPDATE (RFC 2136 section 2.5)
  return typedText(bytes, start, record) ?? genericText(bytes, dataAt, dataEnd);
}

function typedText(bytes: Uint8Array, start: number, record: Record): string | undefined {
  const { type, dataAt, dataEnd } = record;
  switch (type) {
    case A:
      return dataEnd - dataAt === 4 ? ipText(bytes, dataAt, 4) : undefined;
    case AAAA:
      return dataEnd - dataAt === 16 ? ipText(bytes, dataAt, 16) : undefined;
    case NS:
    case CNAME:
    case PTR:
      return onlyName(bytes, start, dataAt, dataEnd);
    case MX:
      return onlyName(bytes, start, dataAt + 2, dataEnd);
    case SRV:
      return srvText(bytes, start, dataAt, dataEnd);
    case SOA:
      return soaText(bytes, start, dataAt, dataEnd);
    case TXT:
    case SPF:
      return stringsText(bytes, dataAt, dataEnd);
    case SVCB:
    case HTTPS:
      return svcbText(bytes, start, dataAt, dataEnd);
    case LOC:
      return dataEnd - dataAt === 16 && bytes[dataAt] === 0 ? locText(bytes, dataAt) : undefined;
    case APL:
      return aplText(bytes, dataAt, dataEnd);
    default:
      return fieldsText(type, { bytes, start, at: dataAt, end: dataEnd });
  }
}

/** `\# length hex` (RFC 3597 section 5); `...` stands for what is too long to print. */
function genericText(bytes: Uint8Array, at: number, end: number): string {
  const shown = Math.min(end, at + PRINTED_DATA_BYTES);
  return `\\# ${end - at} ${hexText(bytes, at, shown)}${shown < end ? "..." : ""}`;
}

/** The name that the data ends in. */
function onlyName(bytes: Uint8Array, start: number, at: number, end: number): string | undefined {
  return nameEnd(bytes, start, at, end) === end ? nameText(bytes, start, at, end) : undefined;
}

/** PRIORITY 2, WEIGHT 2, PORT 2, TARGET (RFC 2782). */
function srvText(bytes: Uint8Array, start: number, at: number, end: number): string | undefined {
  const target = onlyName(bytes, start, at + 6, end);
  if (target === undefined) return undefined;
  return `${target}:${u16be(bytes, at + 4)}/W:${u16be(bytes, at + 2)}/P:${u16be(bytes, at)}`;
}

/** MNAME, RNAME, SERIAL 4, REFRESH 4, RETRY 4, EXPIRE 4, MINIMUM 4 (RFC 1035 section 3.3.13). */
function soaText(bytes: Uint8Array, start: number, at: number, end: number): string | undefined {
  const rnameAt = nameEnd(bytes, start, at, end);
  if (rnameAt < 0) return undefined;
  const numbersAt = nameEnd(bytes, start, rnameAt, end);
  if (numbersAt < 0 || numbersAt + 20 !== end) return undefined;
  const names = nameText(bytes, start, at, end) + "/" + nameText(bytes, start, rnameAt, end);
  return `${names}/T:${u32be(bytes, numbersAt + 16)}/E:${u32be(bytes, numbersAt + 12)}`;
}

/** Strings of up to 255 bytes, each behind its length (RFC 1035 section 3.3.14). */
function stringsText(bytes: Uint8Array, at: number, end: number): string | undefined {
  const strings: string[] = [];
  while (at < end) {
    const behind = at + 1 + bytes[at];
    if (behind > end) return undefined;
    strings.push(utf8(bytes, at + 1, behind));
    at = behind;
  }
  return strings.join("/");
}

/** Degrees, minutes and seconds of a coordinate in thousandths of a second of arc, counted from 2^31. */
function arcText(value: number, positive: string, negative: string): string {
  const distance = Math.abs(value - 2147483648);
  const seconds = Math.trunc(distance / 1000);
  const direction = value >= 2147483648 ? positive : negative;
  const fraction = String(distance % 1000).padStart(3, "0");
  return `${Math.trunc(seconds / 3600)} ${Math.trunc(seconds / 60) % 60} ${seconds % 60}.${fraction} ${direction}`;
}

/** Metres of a size: mantissa and power of ten in one byte, in centimetres. */
function metres(packed: number): string {
  return ((packed >> 4) * 10 ** (packed & 15) / 100).toFixed(2) + "m";
}

/** VERSION, SIZE, HORIZ PRE, VERT PRE, 1 each; LATITUDE, LONGITUDE, ALTITUDE, 4 each (RFC 1876 section 2). */
function locText(bytes: Uint8Array, at: number): string {
  const latitude = arcText(u32be(bytes, at + 4), "N", "S");
  const longitude = arcText(u32be(bytes, at + 8), "E", "W");
  const altitude = ((u32be(bytes, at + 12) - 10000000) / 100).toFixed(2) + "m";
  return [latitude, longitude, altitude, metres(bytes[at + 1]), metres(bytes[at + 2]), metres(bytes[at + 3])].join(" ");
}

const address = new Uint8Array(16);

/** Items of ADDRESSFAMILY 2, PREFIX 1, N and AFDLENGTH 1, the address without trailing zeros (RFC 3123). */
function aplText(bytes: Uint8Array, at: number, end: number): string | undefined {
  const items: string[] = [];
  while (at < end) {
    if (at + 4 > end) return undefined;
    const family = u16be(bytes, at);
    const width = family === 1 ? 4 : family === 2 ? 16 : 0;
    const behind = at + 4 + (bytes[at + 3] & 127);
    if (behind > end || behind - at - 4 > width) return undefined;
    address.fill(0);
    address.set(bytes.subarray(at + 4, behind));
    items.push(`${bytes[at + 3] > 127 ? "!" : ""}${family}:${ipText(address, 0, width)}/${bytes[at + 2]}`);
    at = behind;
  }
  return items.join(" ");
}
