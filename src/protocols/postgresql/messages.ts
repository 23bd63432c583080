/**
 * What the frontend/backend protocol 3 of PostgreSQL is made of, and the ceilings on it.
 * https://www.postgresql.org/docs/current/protocol-message-formats.html
 */

/** Types of messages that clients send. */
export const BIND = 0x42, CLOSE = 0x43, DESCRIBE = 0x44, EXECUTE = 0x45, FUNCTION_CALL = 0x46, FLUSH = 0x48;
export const PARSE = 0x50, QUERY = 0x51, SYNC = 0x53, TERMINATE = 0x58, COPY_FAIL = 0x66, PASSWORD = 0x70;

/** Types of messages that both sides send. */
export const COPY_DONE = 0x63, COPY_DATA = 0x64;

/** Types of messages that servers send. */
export const PARSE_COMPLETE = 0x31, BIND_COMPLETE = 0x32, CLOSE_COMPLETE = 0x33, NOTIFICATION = 0x41;
export const COMMAND_COMPLETE = 0x43,
  DATA_ROW = 0x44,
  ERROR = 0x45,
  COPY_IN = 0x47,
  COPY_OUT = 0x48,
  EMPTY_QUERY = 0x49;
export const BACKEND_KEY_DATA = 0x4b, NOTICE = 0x4e, AUTHENTICATION = 0x52, PARAMETER_STATUS = 0x53;
export const ROW_DESCRIPTION = 0x54, FUNCTION_RESULT = 0x56, COPY_BOTH = 0x57, READY_FOR_QUERY = 0x5a, NO_DATA = 0x6e;
export const PORTAL_SUSPENDED = 0x73, PARAMETER_DESCRIPTION = 0x74, NEGOTIATE_VERSION = 0x76;

/** Codes of the packets that open a connection; a StartupMessage has the version there. */
export const CANCEL_REQUEST = 80877102, SSL_REQUEST = 80877103, GSSENC_REQUEST = 80877104;

/** Longest packet that opens a connection (the server's MAX_STARTUP_PACKET_LENGTH), and its shortest form. */
export const STARTUP_BYTES = 10000, STARTUP_HEADER = 8;
/** Bytes of a message's type and length. */
export const HEADER = 5;
/** Bytes of SQL text that are kept of a statement. */
export const STATEMENT_BYTES = 1024;
/** Longest name of a statement or portal that is remembered. */
export const NAME_BYTES = 256;
/** Bytes that are read of an ErrorResponse; what the server puts first (severity, code, message) lies within. */
export const ERROR_BYTES = 16 * 1024;
/** Bytes that are read of a command tag. */
export const TAG_BYTES = 256;
/** Bytes of SQL text, with their names, that are remembered of one connection's statements; and of its portals. */
export const REMEMBERED_BYTES = 1024 * 1024;
/** Messages of one connection that wait for their answer. */
export const WAITING_MESSAGES = 262144;

/** What stands where the SQL text is not known. */
export const UNKNOWN = "<unknown>";

/** Kinds of answers. */
export const COMMAND = 0, FAILURE = 1, DESCRIPTION = 2;

/** What came of a request. Only the fields of its kind are filled in. */
export interface Answer {
  readonly kind: typeof COMMAND | typeof FAILURE | typeof DESCRIPTION;
  /** The command tag, as `INSERT 0 1`; empty for an empty query and for a portal that was suspended. */
  readonly tag: string;
  /** Rows that the tag counts, or that came before the portal was suspended. */
  readonly rows: number;
  /** Of an error: severity as the server's language has it, SQLSTATE, primary message. */
  readonly severity: string;
  readonly sqlState: string;
  readonly message: string;
}

/** What PostgreSQL keeps of a round trip. */
export interface PostgresDetail {
  /** SQL text of what was run, or was refused by Parse; of a Describe, the name of what was described. */
  text: string;
  /** Of a Describe: `S` (statement) or `P` (portal). Empty for what was run. */
  described: string;
  /** Set when the response is known. */
  answer: Answer | undefined;
}
