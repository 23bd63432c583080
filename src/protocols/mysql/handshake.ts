/**
 * The first packets of a connection: the server's greeting and the client's login
 * (https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_connection_phase.html). Nothing of the
 * authentication is kept.
 */
import { i32le, u16le } from "../../bytes/read.ts";
import { latin1, utf8 } from "../../bytes/text.ts";
import { lenenc, lenencBytes } from "./packets.ts";
import {
  CLIENT_CONNECT_WITH_DB,
  CLIENT_PLUGIN_AUTH_LENENC_CLIENT_DATA,
  CLIENT_PROTOCOL_41,
  CLIENT_SECURE_CONNECTION,
  CLIENT_SSL,
  type Session,
} from "./session.ts";

/** Versions of the greeting: 10 since MySQL 3.21, 9 before. */
const VERSION_10 = 10, VERSION_9 = 9;
const VERSION_BYTES = 128;

/** Bytes of a login (or a request for TLS) before the user's name. */
const LOGIN_HEAD = 32;
const OLD_LOGIN_HEAD = 5;

/** Whether a payload that begins so is a greeting. */
export function isGreeting(bytes: Uint8Array, at: number, end: number): boolean {
  if (at >= end || (bytes[at] !== VERSION_10 && bytes[at] !== VERSION_9)) return false;
  const limit = Math.min(end, at + 1 + VERSION_BYTES);
  for (let i = at + 1; i < limit; i++) {
    if (bytes[i] === 0) return i > at + 1;
    if (bytes[i] < 0x20 || bytes[i] > 0x7e) return false;
  }
  return limit === end; // not all of it is there
}

/**
 * Reads a greeting.
 *
 *     version u8 | server version, NUL | connection id u32 | salt 8 | 0 u8 | capabilities u16 |
 *     character set u8 | status u16 | capabilities, upper half u16 | …
 */
export function readGreeting(bytes: Uint8Array, at: number, end: number, session: Session): void {
  const nul = indexOfNul(bytes, at + 1, end);
  session.serverVersion = latin1(bytes, at + 1, nul);
  const capabilities = nul + 1 + 4 + 8 + 1;
  if (capabilities + 2 > end) {
    session.offered = 0;
    return;
  }
  const upper = capabilities + 5;
  session.offered = u16le(bytes, capabilities) | (upper + 2 <= end ? u16le(bytes, upper) << 16 : 0);
}

/** Whether the client's first packet asks for TLS: it stops before the user's name. */
export function asksForTls(bytes: Uint8Array, at: number, length: number): boolean {
  return length >= 2 && length <= LOGIN_HEAD && (u16le(bytes, at) & CLIENT_SSL) !== 0;
}

/** Whether a TLS record begins here (RFC 8446, 5.1). It can look like a command: its version lies in the length. */
export function isTls(bytes: Uint8Array, at: number): boolean {
  return bytes[at] >= 0x14 && bytes[at] <= 0x17 && bytes[at + 1] === 3 && bytes[at + 2] <= 4;
}

/**
 * Reads a login.
 *
 *     capabilities u32 | longest packet u32 | character set u8 | 23 reserved | user, NUL |
 *     authentication (its length before it, or NUL after it) | database, NUL | …
 */
export function readLogin(bytes: Uint8Array, at: number, end: number, session: Session): void {
  const is41 = at + 2 <= end && (u16le(bytes, at) & CLIENT_PROTOCOL_41) !== 0 && at + 4 <= end;
  if (at + 2 > end) return;
  session.agree(is41 ? i32le(bytes, at) : u16le(bytes, at));
  readAccount(bytes, at + (is41 ? LOGIN_HEAD : OLD_LOGIN_HEAD), end, session, session.has(CLIENT_CONNECT_WITH_DB));
}

/** Reads the account that COM_CHANGE_USER changes to, which has the form of a login's end. Returns the user's name. */
export function readChangeUser(bytes: Uint8Array, at: number, end: number, session: Session): string {
  readAccount(bytes, at, end, session, true);
  return session.user;
}

function readAccount(bytes: Uint8Array, at: number, end: number, session: Session, hasDatabase: boolean): void {
  session.user = session.database = "";
  if (at >= end) return;
  const user = indexOfNul(bytes, at, end);
  session.user = utf8(bytes, at, user);
  if (!hasDatabase) return;
  const database = afterAuthentication(bytes, user + 1, end, session);
  if (database < end) session.database = utf8(bytes, database, indexOfNul(bytes, database, end));
}

/** Where the authentication data at `at` end. */
function afterAuthentication(bytes: Uint8Array, at: number, end: number, session: Session): number {
  if (at >= end) return end;
  if (session.has(CLIENT_PLUGIN_AUTH_LENENC_CLIENT_DATA)) {
    const head = lenencBytes(bytes[at]);
    return head === 0 || at + head > end ? end : at + head + lenenc(bytes, at);
  }
  if (session.has(CLIENT_SECURE_CONNECTION) || !session.isKnown) return at + 1 + bytes[at];
  return indexOfNul(bytes, at, end) + 1;
}

/** Where the next NUL is, or `end`. */
function indexOfNul(bytes: Uint8Array, at: number, end: number): number {
  let nul = at;
  while (nul < end && bytes[nul] !== 0) nul++;
  return Math.min(nul, end);
}
