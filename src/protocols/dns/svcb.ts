/**
 * Text of SVCB and HTTPS records: priority, target, and parameters as `key=value`.
 *
 * RFC 9460 section 2 (format), section 7 (keys), appendix A (how lists are written).
 */
import { ipText } from "../../core/address.ts";
import { u16be } from "../../bytes/read.ts";
import { escapedText } from "./rdata.ts";
import { nameEnd, nameText } from "./name.ts";

const KEYS = [
  "mandatory",
  "alpn",
  "no-default-alpn",
  "port",
  "ipv4hint",
  "ech",
  "ipv6hint",
  "dohpath",
  "ohttp",
];
const MANDATORY = 0;
const ALPN = 1;
const PORT = 3;
const IPV4HINT = 4;
const ECH = 5;
const IPV6HINT = 6;

function keyName(key: number): string {
  return KEYS[key] ?? `key${key}`;
}

/** Text of the data `bytes[at..end)` of a record in a message that begins at `start`; undefined when it is malformed. */
export function svcbText(bytes: Uint8Array, start: number, at: number, end: number): string | undefined {
  if (at + 2 > end) return undefined;
  let next = nameEnd(bytes, start, at + 2, end);
  if (next < 0) return undefined;
  let text = `${u16be(bytes, at)} ${nameText(bytes, start, at + 2, end)}`;
  while (next < end) {
    if (next + 4 > end) return undefined;
    const key = u16be(bytes, next);
    const valueAt = next + 4;
    next = valueAt + u16be(bytes, next + 2);
    if (next > end) return undefined;
    text += " " + keyName(key);
    if (valueAt < next) text += "=" + valueText(key, bytes, valueAt, next);
  }
  return text;
}

function valueText(key: number, bytes: Uint8Array, at: number, end: number): string {
  const length = end - at;
  switch (key) {
    case MANDATORY:
      if (length % 2 === 0) return list(at, end, 2, (item) => keyName(u16be(bytes, item)));
      break;
    case ALPN:
      return `"${alpnText(bytes, at, end)}"`;
    case PORT:
      if (length === 2) return String(u16be(bytes, at));
      break;
    case IPV4HINT:
      if (length % 4 === 0) return list(at, end, 4, (item) => ipText(bytes, item, 4));
      break;
    case IPV6HINT:
      if (length % 16 === 0) return list(at, end, 16, (item) => ipText(bytes, item, 16));
      break;
    case ECH: {
      let octets = "";
      for (; at < end; at++) octets += String.fromCharCode(bytes[at]);
      return btoa(octets);
    }
  }
  return `"${escapedText(bytes, at, end)}"`;
}

function list(at: number, end: number, step: number, itemText: (at: number) => string): string {
  let text = "";
  for (; at < end; at += step) text += (text === "" ? "" : ",") + itemText(at);
  return text;
}

/** Protocol names between commas. A comma or backslash inside one is escaped, and that escape again by the quotes. */
function alpnText(bytes: Uint8Array, at: number, end: number): string {
  let text = "";
  while (at < end) {
    const behind = Math.min(at + 1 + bytes[at], end);
    if (text !== "") text += ",";
    text += escapedText(bytes, at + 1, behind).replaceAll("\\\\", "\\\\\\\\").replaceAll(",", "\\\\,");
    at = behind;
  }
  return text;
}
