/**
 * What both directions of a connection know of it: who is logged in, and which capabilities the two sides agreed on
 * (https://dev.mysql.com/doc/dev/mysql-server/latest/group__group__cs__capabilities__flags.html).
 */

export const CLIENT_MYSQL = 0x1;
export const CLIENT_CONNECT_WITH_DB = 0x8;
export const CLIENT_COMPRESS = 0x20;
export const CLIENT_PROTOCOL_41 = 0x200;
export const CLIENT_SSL = 0x800;
export const CLIENT_SECURE_CONNECTION = 0x8000;
export const CLIENT_PLUGIN_AUTH_LENENC_CLIENT_DATA = 0x200000;
export const CLIENT_DEPRECATE_EOF = 0x1000000;
export const CLIENT_ZSTD_COMPRESSION_ALGORITHM = 0x4000000;
export const CLIENT_QUERY_ATTRIBUTES = 0x8000000;

/** Capabilities of a server whose greeting was not seen: all. */
const NOT_SEEN = -1;

/** Whether it is known if packets are compressed: no; a command looked plain, as its answer must too; yes. */
export const UNSETTLED = 0;
export const SUPPOSED_PLAIN = 1;
export const SETTLED = 2;

export class Session {
  serverVersion = "";
  user = "";
  /** The default database as far as it is known: of the login, or the last INIT_DB that was answered OK. */
  database = "";
  /** What the server offered, as signed 32 bits; all of it when its greeting was not seen. */
  offered = NOT_SEEN;
  /** What both sides have, as signed 32 bits. Without a login it says nothing: see `isKnown`. */
  capabilities = 0;
  /** Whether the login was seen, and with it the capabilities. */
  isKnown = false;
  /** Whether packets travel inside compressed ones, and how far that is known. */
  isCompressed = false;
  compression: typeof UNSETTLED | typeof SUPPOSED_PLAIN | typeof SETTLED = UNSETTLED;
  /**
   * Whether EOF packets are left out after definitions (CLIENT_DEPRECATE_EOF). Undefined until a login, or an answer
   * with definitions, has shown it.
   */
  deprecatesEof: boolean | undefined = undefined;
  /** Whether the whole login was seen. */
  #isLoggedIn = false;

  /** The login named the client's capabilities. */
  agree(capabilities: number): void {
    this.capabilities = this.offered & capabilities;
    this.isKnown = true;
    // Some clients name what the server did not offer.
    if (!this.has(CLIENT_DEPRECATE_EOF)) this.deprecatesEof = false;
    else if (this.offered !== NOT_SEEN) this.deprecatesEof = true;
  }

  /** The login is complete. From here on packets are compressed if both sides can do it. */
  loggedIn(): void {
    if (!this.isKnown) return;
    this.isCompressed = this.has(CLIENT_COMPRESS | CLIENT_ZSTD_COMPRESSION_ALGORITHM);
    this.compression = SETTLED;
    this.#isLoggedIn = true;
  }

  /** What was seen contradicts what was supposed. A login does not err. */
  notUnderstood(): void {
    if (!this.#isLoggedIn) this.compression = UNSETTLED;
  }

  has(capability: number): boolean {
    return (this.capabilities & capability) !== 0;
  }

  /** Whether packets have the form of MySQL 4.1 and later; taken for granted when the login was not seen. */
  get speaks41(): boolean {
    return !this.isKnown || this.has(CLIENT_PROTOCOL_41);
  }
}
