/**
 * What the MongoDB wire protocol's messages are made of, and the ceilings on them
 * (https://www.mongodb.com/docs/manual/reference/mongodb-wire-protocol/).
 */

export const OP_REPLY = 1;
export const OP_UPDATE = 2001;
export const OP_INSERT = 2002;
export const OP_QUERY = 2004;
export const OP_GET_MORE = 2005;
export const OP_DELETE = 2006;
export const OP_KILL_CURSORS = 2007;
export const OP_COMMAND = 2010;
export const OP_COMMANDREPLY = 2011;
export const OP_COMPRESSED = 2012;
export const OP_MSG = 2013;

/** How the codes are printed. 2010 and 2011 were spoken by the shells and servers 3.2 to 4.0. */
const NAMES: ReadonlyMap<number, string> = new Map([
  [OP_REPLY, "REPLY"],
  [OP_UPDATE, "UPDATE"],
  [OP_INSERT, "INSERT"],
  [2003, "RESERVED"],
  [OP_QUERY, "QUERY"],
  [OP_GET_MORE, "GET_MORE"],
  [OP_DELETE, "DELETE"],
  [OP_KILL_CURSORS, "KILL_CURSORS"],
  [OP_COMMAND, "COMMAND"],
  [OP_COMMANDREPLY, "COMMANDREPLY"],
  [OP_COMPRESSED, "COMPRESSED"],
  [OP_MSG, "MSG"],
]);

/** The name of an opcode, or an empty string. */
export function opCodeName(opCode: number): string {
  return NAMES.get(opCode) ?? "";
}

/** Length of the header that every message begins with. */
export const HEADER_BYTES = 16;
/** Longest message that servers take (MaxMessageSizeBytes). */
export const MESSAGE_BYTES = 48_000_000;
/** Longest name of a BSON element, and longest namespace, that is read. */
export const NAME_BYTES = 512;
/** What is kept of a text: a command's value, an error's message. */
export const TEXT_BYTES = 1024;

/** Flag bits of OP_MSG. The first sixteen must be understood by who reads the message. */
export const CHECKSUM_PRESENT = 1 << 0;
export const MORE_TO_COME = 1 << 1;
export const REQUIRED_FLAGS = 0xffff;

/** What is printed for what the capture does not tell. */
export const UNKNOWN = "<unknown>";

/** What MongoDB keeps of a round trip. The fields are filled in as the messages come in. */
export class MongoDetail {
  database = "";
  collection = "";
  /** The command: the first key of the request's document. Legacy opcodes have the name of their command. */
  command = "";
  /** The value of that key where it is a text or a number. */
  value = "";
  /** Whether the request asked for several replies (legacy OP_QUERY with the Exhaust flag). */
  exhaust = false;
  /** Whether the reply's documents are the command's reply, and not what a legacy query found. */
  isCommand = true;
  replyOpCode = 0;
  ok = 0;
  code = 0;
  /** The name of the error, `OK` without one. */
  message = "";

  /**
   * @param opCode that of the message's header
   * @param acknowledged what the request's segment acknowledged: where its reply begins if nothing was under way
   */
  constructor(readonly id: number, readonly opCode: number, readonly acknowledged: number) {}
}
