/**
 * The parts that packets share: length-encoded integers, and OK, EOF and ERR packets
 * (https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_basic_response_packets.html).
 */
import { u16le, u24le, u32le, u64le } from "../../bytes/read.ts";
import { latin1, utf8 } from "../../bytes/text.ts";
import { ERROR_BYTES, type MysqlDetail } from "./messages.ts";

const LF = 10, HASH = 0x23;

/** How many bytes the length-encoded integer takes that begins with this byte; 0 for what begins none. */
export function lenencBytes(first: number): number {
  if (first < 0xfb) return 1;
  return first === 0xfc ? 3 : first === 0xfd ? 4 : first === 0xfe ? 9 : 0;
}

/** A length-encoded integer, all of which is there; beyond 2^53 the nearest number. */
export function lenenc(bytes: Uint8Array, at: number): number {
  const first = bytes[at];
  if (first < 0xfb) return first;
  return first === 0xfc ? u16le(bytes, at + 1) : first === 0xfd ? u24le(bytes, at + 1) : u64le(bytes, at + 1);
}

/** A length-encoded integer, exact at any size. */
function lenencExact(bytes: Uint8Array, at: number): number | bigint {
  if (bytes[at] !== 0xfe || bytes[at + 7] < 0x20 && bytes[at + 8] === 0) return lenenc(bytes, at);
  return BigInt(u32le(bytes, at + 5)) << 32n | BigInt(u32le(bytes, at + 1));
}

/** The fields of the OK or EOF packet that was read last. */
export class Completion {
  affectedRows: number | bigint = 0;
  lastInsertId: number | bigint = 0;
  status = 0;
  warnings = 0;

  /**
   * Reads an OK packet, whose payload is `bytes[at..end)` or begins so.
   *
   *     header u8 (0x00, or 0xfe at the end of rows) | affected rows lenenc | last insert id lenenc |
   *     status u16 | warnings u16 (since 4.1) | information
   *
   * @returns false when it is cut or broken
   */
  readOk(bytes: Uint8Array, at: number, end: number, speaks41: boolean): boolean {
    const affected = at + 1;
    const inserted = affected + (affected < end ? lenencBytes(bytes[affected]) : 0);
    const status = inserted + (inserted < end ? lenencBytes(bytes[inserted]) : 0);
    if (inserted === affected || status === inserted || status > end) return false;
    this.affectedRows = lenencExact(bytes, affected);
    this.lastInsertId = lenencExact(bytes, inserted);
    this.status = status + 2 <= end ? u16le(bytes, status) : 0;
    this.warnings = speaks41 && status + 4 <= end ? u16le(bytes, status + 2) : 0;
    return !speaks41 || status + 4 <= end;
  }

  /** Reads an EOF packet: `0xfe | warnings u16 | status u16`, or 0xfe alone as old servers send it. */
  readEof(bytes: Uint8Array, at: number, end: number): void {
    this.affectedRows = this.lastInsertId = 0;
    this.warnings = at + 5 <= end ? u16le(bytes, at + 1) : 0;
    this.status = at + 5 <= end ? u16le(bytes, at + 3) : 0;
  }
}

/** The longest payload of an EOF packet; an OK packet with the same first byte has at least 7 bytes. */
export const EOF_BYTES = 5;

/** Code of ERR packets that tell the progress of a statement (MariaDB) instead of ending it. */
const PROGRESS = 0xffff;

/** Whether the ERR packet at `at` is a report of progress. */
export function isProgress(bytes: Uint8Array, at: number, end: number): boolean {
  return at + 3 <= end && u16le(bytes, at + 1) === PROGRESS;
}

/** Reads an ERR packet: `0xff | code u16 | "#" and SQL state, 5 characters (since 4.1) | message`. */
export function readError(bytes: Uint8Array, at: number, end: number, detail: MysqlDetail): void {
  detail.errorCode = at + 3 <= end ? u16le(bytes, at + 1) : 0;
  let text = Math.min(at + 3, end);
  if (text + 6 <= end && bytes[text] === HASH) {
    detail.sqlState = latin1(bytes, text + 1, text + 6);
    text += 6;
  }
  const limit = Math.min(end, text + ERROR_BYTES);
  let stop = text;
  while (stop < limit && bytes[stop] !== LF) stop++;
  detail.errorMessage = utf8(bytes, text, stop === limit && limit < end ? wholeCharacters(bytes, text, limit) : stop);
}

/** Where UTF-8 text that is cut at `end` has its last whole character. */
export function wholeCharacters(bytes: Uint8Array, start: number, end: number): number {
  let lead = end - 1;
  while (lead > start && lead > end - 4 && (bytes[lead] & 0xc0) === 0x80) lead--;
  const first = bytes[lead];
  const length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : first >= 0xc0 ? 2 : 1;
  return lead >= start && lead + length > end ? lead : end;
}
