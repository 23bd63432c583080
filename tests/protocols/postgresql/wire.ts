/**
 * Messages made by hand, after https://www.postgresql.org/docs/current/protocol-message-formats.html:
 * a type, a length that counts itself, and the fields.
 */
import assert from "node:assert/strict";
import { bytesOf, concat, Talk } from "../../tools/build.ts";
import { replay } from "../../tools/replay.ts";
import { byteByByte } from "../../tools/segments.ts";

export function u32(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value);
  return bytes;
}

export function message(type: string, body: string | Uint8Array = ""): Uint8Array {
  const bytes = bytesOf(body);
  return concat(bytesOf(type), u32(4 + bytes.length), bytes);
}

/** A message of which only the header is there, and the length that it claims. */
export const header = (type: string, length: number) => concat(bytesOf(type), u32(length));

const untyped = (code: number, body: string | Uint8Array = "") =>
  concat(u32(8 + bytesOf(body).length), u32(code), bytesOf(body));
export const startup = untyped(196608, "user\0lab\0database\0lab\0\0");
export const sslRequest = untyped(80877103), gssencRequest = untyped(80877104);
export const cancelRequest = untyped(80877102, concat(u32(4711), u32(1234)));

export const query = (sql: string) => message("Q", sql + "\0");
export const parse = (name: string, sql: string) => message("P", `${name}\0${sql}\0\0\0`);
export const bind = (portal = "", statement = "", values = "") =>
  message("B", `${portal}\0${statement}\0\0\0\0\0\0\0${values}`);
export const describe = (kind: "S" | "P", name = "") => message("D", `${kind}${name}\0`);
export const execute = (portal = "", rows = 0) => message("E", concat(bytesOf(portal + "\0"), u32(rows)));
export const close = (kind: "S" | "P", name: string) => message("C", `${kind}${name}\0`);
export const sync = message("S"), flush = message("H"), terminate = message("X");
/** Parse, Bind, Describe, Execute of the unnamed statement, as drivers send it. */
export const run = (sql: string) => concat(parse("", sql), bind(), describe("P"), execute());

export const authenticated = message("R", u32(0));
export const ready = message("Z", "I");
export const parsed = message("1"), bound = message("2"), closed = message("3"), noData = message("n");
export const rowDescription = message("T", "\0\0"), row = message("D", "\0\0");
export const suspended = message("s"), emptyQuery = message("I");
export const complete = (tag: string) => message("C", tag + "\0");
export const error = (code: string, text: string, severity = "ERROR") =>
  message("E", `S${severity}\0V${severity}\0C${code}\0M${text}\0\0`);
/** What the server answers to {@link run}. */
export const ran = (tag: string) => concat(parsed, bound, rowDescription, row, complete(tag));

const rules = [{ protocol: "postgresql", ports: [5432], host: "" }];

// deno-lint-ignore no-explicit-any -- what JSON.parse gives
export type Line = any;

/** A connection that was opened and let in. */
export const letIn = () => new Talk(5432).handshake().client(startup).server(concat(authenticated, ready));

/** The round trips and the account of a connection; the same whole and byte by byte. */
export function heard(talk: Talk, showSecrets = false) {
  const whole = replay(talk.packets, rules, showSecrets);
  const ledger = whole.ledger.of("postgresql");
  assert.ok(ledger.balanced(), JSON.stringify(ledger));
  const cut = replay(byteByByte(talk.packets), rules, showSecrets);
  assert.deepEqual(cut.lines, whole.lines, "byte by byte");
  const lines: Line[] = whole.lines.map((line) => JSON.parse(line));
  return { lines, text: whole.lines, ledger, flowReasons: whole.ledger.flowReasons.counts };
}

/** Round trips in short: what was asked, and the tag or error that came of it. */
export function short(lines: Line[]): string[] {
  return lines.map(({ Request: { Packet: asked }, Response: { Packet: came } }) =>
    `${asked.Statement ?? asked.Type + asked.Object} > ${
      came.Flag ?? (came.SQLStateCode === undefined ? `${came.Command} ${came.Rows}` : came.SQLStateCode)
    }`
  );
}
