/** Makes DNS messages by hand, after RFC 1035 section 4. */
import { concat } from "../../tools/build.ts";

export { concat };

/** Bytes of hexadecimal text; spaces do not count. */
export function hex(text: string): Uint8Array<ArrayBuffer> {
  const digits = text.replaceAll(/\s/g, "");
  return Uint8Array.from({ length: digits.length / 2 }, (_, i) => parseInt(digits.slice(2 * i, 2 * i + 2), 16));
}

export function u16(...values: number[]): Uint8Array {
  return Uint8Array.from(values.flatMap((value) => [value >> 8, value & 255]));
}

export function u32(...values: number[]): Uint8Array {
  return Uint8Array.from(values.flatMap((v) => [v >>> 24, (v >>> 16) & 255, (v >>> 8) & 255, v & 255]));
}

/** Strings, each behind its length; characters above U+00FF are not for here. */
export function strings(...texts: string[]): Uint8Array {
  return Uint8Array.from(texts.flatMap((text) => [text.length, ...[...text].map((c) => c.charCodeAt(0))]));
}

/** A name without compression: `www.example.`, or `.` for the root. */
export function name(text: string): Uint8Array {
  return concat(strings(...text.split(".").filter((label) => label !== "")), new Uint8Array(1));
}

/** A pointer to an earlier name. */
export function pointer(offset: number): Uint8Array {
  return u16(0xc000 | offset);
}

export function question(owner: string, type: number, klass = 1): Uint8Array {
  return concat(name(owner), u16(type, klass));
}

export function record(
  owner: string | Uint8Array,
  type: number,
  data: Uint8Array,
  { ttl = 60, klass = 1, length = data.length } = {},
): Uint8Array {
  return concat(
    typeof owner === "string" ? name(owner) : owner,
    u16(type, klass),
    u32(ttl),
    u16(length),
    data,
  );
}

export interface Parts {
  readonly id?: number;
  readonly flags?: number;
  readonly questions?: readonly Uint8Array[];
  readonly answers?: readonly Uint8Array[];
  readonly authority?: readonly Uint8Array[];
  readonly additional?: readonly Uint8Array[];
  /** Written instead of the true numbers. */
  readonly counts?: readonly number[];
}

export const RESPONSE = 0x8180;
export const QUERY = 0x0100;

export function message(parts: Parts): Uint8Array {
  const { id = 1, flags = QUERY, questions = [], answers = [], authority = [], additional = [] } = parts;
  const counts = parts.counts ?? [questions.length, answers.length, authority.length, additional.length];
  return concat(u16(id, flags, ...counts), ...questions, ...answers, ...authority, ...additional);
}

export function query(id: number, owner: string, type: number, more: Parts = {}): Uint8Array {
  return message({ id, questions: [question(owner, type)], ...more });
}

export function response(id: number, owner: string, type: number, more: Parts = {}): Uint8Array {
  return message({ id, flags: RESPONSE, questions: [question(owner, type)], ...more });
}

/** SOA of a zone: names of the servers are the zone's own. */
export function soa(zone: string, serial: number): Uint8Array {
  return record(zone, 6, concat(name(zone), name(zone), u32(serial, 2, 3, 4, 300)));
}

/** Messages as a TCP stream has them: each behind its length. */
export function framed(...messages: Uint8Array[]): Uint8Array {
  return concat(...messages.flatMap((one) => [u16(one.length), one]));
}
