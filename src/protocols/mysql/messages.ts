/**
 * What the client/server protocol of MySQL and MariaDB is made of: commands, what answers them, ceilings, and what is
 * kept of a round trip (https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_command_phase.html,
 * https://mariadb.com/docs/server/reference/clientserver-protocol).
 */
import type { Session } from "./session.ts";

/** What is printed where a statement cannot be known. */
export const UNKNOWN = "<unknown>";

/** Bytes of a statement that are read, and of the query attributes before it; the rest is skipped by count. */
export const STATEMENT_BYTES = 1024;
export const ATTRIBUTE_BYTES = 8192;
/** Bytes that are read of any other packet which is looked into. */
export const PREFIX_BYTES = 512;
/** Bytes that are read of a login. */
export const LOGIN_BYTES = 4096;
/** Bytes of an error message that are kept. */
export const ERROR_BYTES = 256;
/** Columns of a result set; servers allow 4096 (https://dev.mysql.com/doc/refman/8.4/en/column-count-limit.html). */
export const COLUMNS = 65535;
/** What the texts of the statements prepared on one connection may take. */
export const PREPARED_BYTES = 1024 * 1024;
/** The longest payload of one packet: a payload of this length goes on in the next packet. */
export const PACKET_BYTES = 0xffffff;

export const QUIT = 0x01;
export const INIT_DB = 0x02;
export const QUERY = 0x03;
export const FIELD_LIST = 0x04;
export const DROP_DB = 0x06;
export const REFRESH = 0x07;
export const SHUTDOWN = 0x08;
export const STATISTICS = 0x09;
export const PROCESS = 0x0a;
export const KILL = 0x0c;
export const DEBUG = 0x0d;
export const PING = 0x0e;
export const CHANGE_USER = 0x11;
export const BINLOG_DUMP = 0x12;
export const TABLE_DUMP = 0x13;
export const PREPARE = 0x16;
export const EXECUTE = 0x17;
export const SEND_LONG_DATA = 0x18;
export const CLOSE_STMT = 0x19;
export const RESET_STMT = 0x1a;
export const SET_OPTION = 0x1b;
export const FETCH_STMT = 0x1c;
export const BINLOG_DUMP_GTID = 0x1e;
export const RESET_CONNECTION = 0x1f;
export const CLONE = 0x20;
export const GROUP_REPLICATION = 0x21;
export const BULK_EXECUTE = 0xfa;

const NAMES: readonly string[] = [
  "",
  "QUIT",
  "INIT_DB",
  "QUERY",
  "FIELD_LIST",
  "CREATE_DB",
  "DROP_DB",
  "REFRESH",
  "SHUTDOWN",
  "STATISTICS",
  "PROCESS",
  "CONNECT",
  "KILL",
  "DEBUG",
  "PING",
  "TIME",
  "DELAYED",
  "CHANGE_USER",
  "BINLOG_DUMP",
  "TABLE_DUMP",
  "CONNECT_OUT",
  "REGISTER",
  "PREPARE",
  "EXECUTE",
  "SEND_LONG_DATA",
  "CLOSE_STMT",
  "RESET_STMT",
  "SET_OPTION",
  "FETCH_STMT",
  "DAEMON",
  "BINLOG_DUMP_GTID",
  "RESET_CONNECTION",
  "CLONE",
  "SUBSCRIBE_GROUP_REPLICATION_STREAM",
];

/** The command's name; empty for a code that no server knows. */
export function commandName(command: number): string {
  return command === BULK_EXECUTE ? "BULK_EXECUTE" : NAMES[command] ?? "";
}

/** Commands that are their code and nothing else. */
const BARE = new Set([QUIT, STATISTICS, PROCESS, DEBUG, PING, RESET_CONNECTION]);

/** Whether a payload of this length may be this command. */
export function isCommand(command: number, length: number): boolean {
  return commandName(command) !== "" && (!BARE.has(command) || length === 1);
}

/** The forms of answers. */
export const NO_ANSWER = 0;
/** One packet: OK, error, or EOF. */
export const ONE_PACKET = 1;
/** One packet of plain text, or an error. */
export const TEXT = 2;
/** Result sets, OK packets, requests for a local file, in any number; or an error. */
export const RESULTS = 3;
/** Column definitions and an EOF; or an error. */
export const DEFINITIONS = 4;
/** Rows and an EOF; or an error. */
export const ROWS = 5;
/** The id of a prepared statement, with the definitions of its parameters and columns; or an error. */
export const PREPARED = 6;
/** The packets of an authentication, to its OK or error. */
export const AUTHENTICATION = 7;
/** A stream of events that never ends; or an error. */
export const STREAM = 8;
export type Answer =
  | typeof NO_ANSWER
  | typeof ONE_PACKET
  | typeof TEXT
  | typeof RESULTS
  | typeof DEFINITIONS
  | typeof ROWS
  | typeof PREPARED
  | typeof AUTHENTICATION
  | typeof STREAM;

/** What answers a command. */
export function answerOf(command: number): Answer {
  switch (command) {
    case QUERY:
    case EXECUTE:
    case BULK_EXECUTE:
    case PROCESS:
      return RESULTS;
    case QUIT:
    case SEND_LONG_DATA:
    case CLOSE_STMT:
      return NO_ANSWER;
    case PREPARE:
      return PREPARED;
    case FETCH_STMT:
      return ROWS;
    case FIELD_LIST:
      return DEFINITIONS;
    case STATISTICS:
      return TEXT;
    case CHANGE_USER:
      return AUTHENTICATION;
    case BINLOG_DUMP:
    case BINLOG_DUMP_GTID:
    case TABLE_DUMP:
    case CLONE:
    case GROUP_REPLICATION:
      return STREAM;
    default:
      return ONE_PACKET;
  }
}

/** What came of a command. */
export const OK = 0;
export const ERROR = 1;
export const RESULT_SET = 2;
export type Outcome = typeof OK | typeof ERROR | typeof RESULT_SET;

/** What MySQL keeps of a round trip. */
export class MysqlDetail {
  /** The text that the command is about, as it was sent; SQL for most. */
  statement = "";
  outcome: Outcome = OK;
  /** Of all OK packets together. Beyond 2^53 these are exact as bigint. */
  affectedRows: number | bigint = 0;
  lastInsertId: number | bigint = 0;
  /** Flags and warnings of the last OK or EOF. */
  status = 0;
  warnings = 0;
  /** Rows of all result sets together; -1 when some were lost and cannot be counted. */
  rows = 0;
  errorCode = 0;
  errorMessage = "";
  /** Five characters, or empty for servers that send none. */
  sqlState = "";
  /** The sequence number that the answer's first packet must carry. */
  answerSequence = 1;

  /** @param session whose command it was */
  constructor(readonly command: number, readonly session: Session) {}
}
