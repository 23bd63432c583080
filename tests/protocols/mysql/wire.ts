/**
 * Packets made by hand, after https://dev.mysql.com/doc/dev/mysql-server/latest/PAGE_PROTOCOL.html: a length of three
 * bytes, a number, the payload.
 */
import assert from "node:assert/strict";
import { deflateSync } from "node:zlib";
import type { ProtocolLedger } from "../../../src/core/ledger.ts";
import type { Rule } from "../../../src/core/rule.ts";
import { Lane } from "../../../src/lane/lane.ts";
import { bytesOf, concat, Talk } from "../../tools/build.ts";
import { type Packet, replay } from "../../tools/replay.ts";
import { byteByByte } from "../../tools/segments.ts";

export const u16 = (value: number) => new Uint8Array([value, value >> 8]);
export const u24 = (value: number) => new Uint8Array([value, value >> 8, value >> 16]);
export const u32 = (value: number) => new Uint8Array([value, value >> 8, value >> 16, value >>> 24]);
/** One byte a character. */
export const binary = (text: string) => Uint8Array.from(text, (c) => c.charCodeAt(0));
const u8 = (...values: number[]) => new Uint8Array(values);

/** A packet, or as many as the payload takes. */
export function packet(number: number, payload: string | Uint8Array): Uint8Array {
  const bytes = bytesOf(payload);
  if (bytes.length < 0xffffff) return concat(u24(bytes.length), u8(number), bytes);
  return concat(u24(0xffffff), u8(number), bytes.subarray(0, 0xffffff), packet(number + 1, bytes.subarray(0xffffff)));
}

/** Packets numbered one after another. */
export const packets = (first: number, ...payloads: (string | Uint8Array)[]) =>
  concat(...payloads.map((payload, i) => packet((first + i) & 0xff, payload)));

export const CONNECT_WITH_DB = 0x8, COMPRESS = 0x20, PROTOCOL_41 = 0x200, SSL = 0x800, SECURE = 0x8000;
export const DEPRECATE_EOF = 0x1000000, OPTIONAL_METADATA = 0x2000000, ZSTD = 0x4000000, ATTRIBUTES = 0x8000000;
const USUAL = PROTOCOL_41 | SECURE | CONNECT_WITH_DB;

export function greeting(capabilities = USUAL, version = "8.4.0"): Uint8Array {
  const upper = capabilities >>> 16;
  return packet(
    0,
    concat(
      u8(10),
      bytesOf(version + "\0"),
      u32(7),
      bytesOf("saltsalt\0"),
      u16(capabilities),
      u8(45),
      u16(2),
      u16(upper),
    ),
  );
}

export const login = (capabilities = USUAL, user = "lab", database = "shop") =>
  packet(
    1,
    concat(u32(capabilities), u32(1 << 24), u8(45), new Uint8Array(23), bytesOf(`${user}\0\x04hash${database}\0`)),
  );

export const sslRequest = packet(1, concat(u32(USUAL | SSL), u32(1 << 24), u8(45), new Uint8Array(23)));

export const command = (code: number, rest: string | Uint8Array = "") => packet(0, concat(u8(code), bytesOf(rest)));
export const query = (sql: string) => command(0x03, sql);
export const prepare = (sql: string) => command(0x16, sql);
export const execute = (id: number) => command(0x17, concat(u32(id), u8(0), u32(1)));
export const closeStatement = (id: number) => command(0x19, u32(id));

export const ok = (affected = 0, inserted = 0, status = 2, warnings = 0, header = 0) =>
  concat(u8(header, affected, inserted), u16(status), u16(warnings));
export const eof = (status = 2, warnings = 0) => concat(u8(0xfe), u16(warnings), u16(status));
export const error = (code: number, text: string) => concat(u8(0xff), u16(code), bytesOf(text));
export const column = "\x03def\0\0\0\x01a\0\x0c";
export const row = "\x01x";

/** A result of one column, with the EOF packets of old. */
export const result = (rows: number, status = 2, first = 1) =>
  packets(first, u8(1), column, eof(status), ...Array<string>(rows).fill(row), eof(status));
/** The same as CLIENT_DEPRECATE_EOF has it. */
export const shortResult = (rows: number) =>
  packets(1, u8(1), column, ...Array<string>(rows).fill(row), ok(0, 0, 2, 0, 0xfe));

/** The answer to PREPARE: so many columns and parameters, each group with its EOF. */
export const prepared = (id: number, columns: number, parameters: number, hasEof: boolean) => {
  const group = (count: number) => count === 0 ? [] : [...Array(count).fill(column), ...(hasEof ? [eof()] : [])];
  const head = concat(u8(0), u32(id), u16(columns), u16(parameters), u8(0), u16(0));
  return packets(1, head, ...group(parameters), ...group(columns));
};

/** A compressed packet; short data stay as they are. */
export function compressed(
  number: number,
  plain: Uint8Array,
  compress: (plain: Uint8Array) => Uint8Array = deflateSync,
): Uint8Array {
  if (plain.length < 50) return concat(u24(plain.length), u8(number), u24(0), plain);
  const data = compress(plain);
  return concat(u24(data.length), u8(number), u24(plain.length), data);
}

/** A connection that was opened and let in. */
export const letIn = (capabilities = USUAL, offered = capabilities) =>
  new Talk(3306).handshake().server(greeting(offered)).client(login(capabilities)).server(packet(2, ok()));

/** A connection of which the beginning is missing. */
export const joined = () => new Talk(3306);

export const rules: readonly Rule[] = [{ protocol: "mysql", ports: [3306], host: "" }];

// deno-lint-ignore no-explicit-any -- what JSON.parse gives
export type Line = any;

/** What packets give: lines, and the account, which must add up. */
export function heardOf(some: Iterable<Packet>, which = rules): { lines: Line[]; account: ProtocolLedger } {
  const { lines, ledger } = replay(some, which, true);
  const account = ledger.of("mysql");
  assert.ok(account.balanced() && account.pending === 0, `the account does not add up: ${JSON.stringify(account)}`);
  return { lines: lines.map((line) => JSON.parse(line)), account };
}

/** What a connection gives; the same whole and byte by byte. */
export function heard(talk: Talk): { lines: Line[]; account: ProtocolLedger } {
  const whole = heardOf(talk.packets);
  assert.deepEqual(heardOf(byteByByte(talk.packets)).lines, whole.lines, "byte by byte");
  return whole;
}

/** Round trips in short: `QUERY SELECT 1 > 2 rows`. */
export function short(lines: Line[]): string[] {
  return lines.map(({ Request, Response }) => {
    const { Rows, ErrCode, SQLState, AffectedRows } = Response.Packet;
    const came = ErrCode !== undefined
      ? `${ErrCode} ${SQLState}`
      : Rows !== undefined
      ? `${Rows} rows`
      : `OK ${AffectedRows}`;
    return `${Request.Command} ${Request.Statement} > ${came}`;
  });
}

export const said = (talk: Talk) => short(heard(talk).lines);

/** The session of the last round trip. */
export function sessionOf(talk: Talk): { serverVersion: string; user: string; database: string } {
  let last: unknown;
  const lane = new Lane(rules, { roundTrip: (roundTrip) => last = roundTrip.detail, unanswered: () => {} });
  for (const { bytes, wireLength, sec, nsec, linkType } of talk.packets) {
    lane.packet(bytes, 0, bytes.length, wireLength, sec, nsec, linkType);
  }
  lane.close();
  const { serverVersion, user, database } = (last as { session: ReturnType<typeof sessionOf> }).session;
  return { serverVersion, user, database };
}
