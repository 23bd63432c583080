/**
 * Messages made by hand, after https://www.mongodb.com/docs/manual/reference/mongodb-wire-protocol/ and
 * https://bsonspec.org/spec.html.
 */
import assert from "node:assert/strict";
import type { ProtocolLedger } from "../../../src/core/ledger.ts";
import { bytesOf, concat, type Talk } from "../../tools/build.ts";
import { replay } from "../../tools/replay.ts";
import { byteByByte } from "../../tools/segments.ts";

export function i32(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setInt32(0, value, true);
  return bytes;
}

export function i64(value: bigint): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigInt64(0, value, true);
  return bytes;
}

export function double(value: number): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setFloat64(0, value, true);
  return bytes;
}

export const cstring = (text: string) => bytesOf(text + "\0");
const counted = (text: string) => concat(i32(bytesOf(text).length + 1), cstring(text));

/** Any element: its type and the bytes of its value. */
export class Raw {
  constructor(readonly type: number, readonly bytes: Uint8Array) {}
}

export type Value = number | bigint | string | boolean | null | Raw | Uint8Array | Value[] | { [name: string]: Value };

/** Whole numbers are int32, others doubles, bigints int64, byte arrays binary. */
function element(name: string, value: Value): Uint8Array {
  const of = (type: number, ...parts: Uint8Array[]) => concat(new Uint8Array([type]), cstring(name), ...parts);
  if (value instanceof Raw) return of(value.type, value.bytes);
  if (value instanceof Uint8Array) return of(0x05, i32(value.length), new Uint8Array([0]), value);
  if (Array.isArray(value)) return of(0x04, document(Object.fromEntries(value.entries())));
  if (value === null) return of(0x0a);
  switch (typeof value) {
    case "number":
      return Number.isInteger(value) ? of(0x10, i32(value)) : of(0x01, double(value));
    case "bigint":
      return of(0x12, i64(value));
    case "string":
      return of(0x02, counted(value));
    case "boolean":
      return of(0x08, new Uint8Array([Number(value)]));
    default:
      return of(0x03, document(value));
  }
}

export function document(value: { [name: string]: Value }): Uint8Array {
  const elements = concat(...Object.entries(value).map(([name, member]) => element(name, member)));
  return concat(i32(elements.length + 5), elements, new Uint8Array(1));
}

export function message(opCode: number, id: number, responseTo: number, ...parts: Uint8Array[]): Uint8Array {
  const body = concat(...parts);
  return concat(i32(16 + body.length), i32(id), i32(responseTo), i32(opCode), body);
}

const kind0 = new Uint8Array([0]);

/** OP_MSG with a body. */
export function msg(id: number, responseTo: number, body: { [name: string]: Value }, flags = 0): Uint8Array {
  return message(2013, id, responseTo, i32(flags), kind0, document(body));
}

export const request = (id: number, body: { [name: string]: Value }, flags = 0) => msg(id, 0, body, flags);
export const ping = (id: number) => request(id, { ping: 1, $db: "admin" });
export const ok = (responseTo: number, id = 9000) => msg(id, responseTo, { ok: 1 });

/** A document sequence: a section of kind 1. */
export function sequence(name: string, ...documents: Uint8Array[]): Uint8Array {
  const content = concat(cstring(name), ...documents);
  return concat(new Uint8Array([1]), i32(4 + content.length), content);
}

export function query(id: number, namespace: string, body: { [name: string]: Value }, flags = 0): Uint8Array {
  return message(2004, id, 0, i32(flags), cstring(namespace), i32(0), i32(-1), document(body));
}

export function reply(responseTo: number, bodies: { [name: string]: Value }[], flags = 0, cursor = 0n, id = 9000) {
  const documents = bodies.map(document);
  return message(1, id, responseTo, i32(flags), i64(cursor), i32(0), i32(documents.length), ...documents);
}

/** OP_COMPRESSED around a message of another opcode. */
export function compressed(plain: Uint8Array, compressor: number, data: Uint8Array, claimed = plain.length - 16) {
  const view = new DataView(plain.buffer, plain.byteOffset);
  const opCode = view.getInt32(12, true);
  return message(
    2012,
    view.getInt32(4, true),
    view.getInt32(8, true),
    i32(opCode),
    i32(claimed),
    new Uint8Array([compressor]),
    data,
  );
}

export const rules = [{ protocol: "mongodb", ports: [27017], host: "" }];

// deno-lint-ignore no-explicit-any -- what JSON.parse gives
export type Line = any;

/** What a lane makes of a connection; the same whole and byte by byte, and every request accounted for. */
export function heard(talk: Talk): { lines: Line[]; ledger: ProtocolLedger } {
  const { lines, ledger } = replay(talk.packets, rules);
  const cut = replay(byteByByte(talk.packets), rules);
  assert.deepEqual(cut.lines, lines, "byte by byte");
  assert.ok(ledger.of("mongodb").balanced() && cut.ledger.of("mongodb").balanced(), "balanced");
  return { lines: lines.map((line) => JSON.parse(line)), ledger: ledger.of("mongodb") };
}

/** `command database.collection > ok code message` of each round trip. */
export function short(lines: Line[]): string[] {
  return lines.map(({ Request: q, Response: s }) =>
    `${q.CmdName} ${q.Source}.${q.Collection} > ${s.Ok} ${s.Code} ${s.Message}`
  );
}
