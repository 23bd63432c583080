/** Frames and header blocks made by hand (RFC 9113, section 4.1; RFC 7541, section 6), for tests. */
import { concat } from "../../tools/build.ts";

export const PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

const text = new TextEncoder();

/** | length (24) | type (8) | flags (8) | R, stream (32) | payload */
export function frame(type: number, flags: number, stream: number, payload: Uint8Array | string = ""): Uint8Array {
  const bytes = typeof payload === "string" ? text.encode(payload) : payload;
  const header = new Uint8Array(9);
  const view = new DataView(header.buffer);
  view.setUint32(0, bytes.length << 8 | type);
  header[4] = flags;
  view.setUint32(5, stream);
  return concat(header, bytes);
}

function string(value: string): Uint8Array {
  const bytes = text.encode(value);
  if (bytes.length < 127) return concat(Uint8Array.of(bytes.length), bytes);
  const length = [127];
  let rest = bytes.length - 127;
  for (; rest > 127; rest >>= 7) length.push(rest & 127 | 128);
  return concat(Uint8Array.from([...length, rest]), bytes);
}

/** A header block of literals that are not added to the table (6.2.2), or are (6.2.1). */
export function block(fields: Readonly<Record<string, string | readonly string[]>>, added = false): Uint8Array {
  return concat(
    ...Object.entries(fields).flatMap(([name, values]) =>
      [values].flat().map((value) => concat(Uint8Array.of(added ? 0x40 : 0), string(name), string(value)))
    ),
  );
}

export const END_STREAM = 1, END_HEADERS = 4, PADDED = 8;

export const settings = (...pairs: [number, number][]) =>
  frame(4, 0, 0, concat(...pairs.map(([id, value]) => concat(u16(id), u32(value)))));

export function u16(value: number): Uint8Array {
  return Uint8Array.of(value >> 8, value & 255);
}

export function u32(value: number): Uint8Array {
  return Uint8Array.of(value >>> 24, value >>> 16 & 255, value >>> 8 & 255, value & 255);
}

/** HEADERS of a request without body, or with DATA to follow. */
export function request(
  stream: number,
  path: string,
  { method = "GET", ends = true, fields = {} as Record<string, string | string[]>, added = false } = {},
): Uint8Array {
  const all = { ":method": method, ":scheme": "http", ":path": path, ":authority": "lab", ...fields };
  return frame(1, END_HEADERS | (ends ? END_STREAM : 0), stream, block(all, added));
}

/** HEADERS of a response, with a body to follow unless it `ends`. */
export function response(
  stream: number,
  { status = "200", ends = false, fields = {} as Record<string, string | string[]>, added = false } = {},
): Uint8Array {
  return frame(1, END_HEADERS | (ends ? END_STREAM : 0), stream, block({ ":status": status, ...fields }, added));
}

export function data(stream: number, body: string | Uint8Array, ends = true): Uint8Array {
  return frame(0, ends ? END_STREAM : 0, stream, body);
}

export const reset = (stream: number, code: number) => frame(3, 0, stream, u32(code));
export const goAway = (last: number, code = 0) => frame(7, 0, 0, concat(u32(last), u32(code)));
