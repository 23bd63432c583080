/**
 * What the Redis serialization protocol is made of, and the ceilings on it.
 *
 * RESP2 and RESP3: https://redis.io/docs/latest/develop/reference/protocol-spec/ and
 * https://github.com/redis/redis-specifications/blob/master/protocol/RESP3.md
 */
import type { CommandKind } from "./commands.ts";

/** The first byte of a value names its type. */
export const SIMPLE_STRING = 0x2b; // +
export const ERROR = 0x2d; // -
export const INTEGER = 0x3a; // :
export const BULK_STRING = 0x24; // $
export const ARRAY = 0x2a; // *
export const NULL = 0x5f; // _
export const BOOLEAN = 0x23; // #
export const DOUBLE = 0x2c; // ,
export const BIG_NUMBER = 0x28; // (
export const BULK_ERROR = 0x21; // !
export const VERBATIM_STRING = 0x3d; // =
export const MAP = 0x25; // %
export const SET = 0x7e; // ~
export const PUSH = 0x3e; // >
/** Precedes a value and is no part of it. */
export const ATTRIBUTE = 0x7c; // |
/** A part of a streamed string, and the end of a streamed aggregate. */
export const CHUNK = 0x3b; // ;
export const END = 0x2e; // .

/** What the contract calls each type. */
const NAMES: ReadonlyMap<number, string> = new Map([
  [SIMPLE_STRING, "SimpleStrings"],
  [ERROR, "Errors"],
  [INTEGER, "Integers"],
  [BULK_STRING, "BulkStrings"],
  [ARRAY, "Array"],
  [NULL, "Null"],
  [BOOLEAN, "Booleans"],
  [DOUBLE, "Doubles"],
  [BIG_NUMBER, "BigNumbers"],
  [BULK_ERROR, "BulkErrors"],
  [VERBATIM_STRING, "VerbatimStrings"],
  [MAP, "Maps"],
  [SET, "Sets"],
  [PUSH, "Pushes"],
]);

/** The contract's name of a value's type. */
export function typeName(type: number): string {
  return NAMES.get(type) ?? "";
}

/** Longest string: the server's own ceiling is 512 MB, and it can be raised. */
export const STRING_BYTES = 2 ** 32;
/** Elements of one aggregate, and values that a reply may still want in all. */
export const ELEMENTS = 2 ** 32;
export const WANTED_VALUES = 2 ** 48;
/** Aggregates of unknown length (and what stands in them, and attributes) within each other. */
export const NESTING = 1024;
/** Longest inline command, as in the server. */
export const INLINE_BYTES = 64 * 1024;
/** Bytes kept of a command's word, of an error and of a reply's first element. */
export const WORD_BYTES = 64;

/** What makes it uncertain that a command is answered by the next reply. */
export const NO_DOUBT = 0;
/** It was sent while replies were off, and servers differ in whether they answer it then. */
export const MAY_BE_SILENT = 1;
/** It is the first one after replies were switched off or skipped, which the server may have refused. */
export const AFTER_HUSH = 2;
export type Doubt = typeof NO_DOUBT | typeof MAY_BE_SILENT | typeof AFTER_HUSH;

/** What Redis keeps of a round trip: never an argument, a key or a value. */
export interface RedisDetail {
  /** In capitals, with its subcommand: `CLIENT INFO`. */
  readonly command: string;
  readonly kind: CommandKind;
  readonly doubt: Doubt;
  /** Subscriptions: confirmations to come; 0 where their number is only known from the subscriptions that are held. */
  confirmations: number;
  /** Type of the response, 0 before it came. */
  type: number;
  /** The first word of an error: `WRONGTYPE`. */
  error: string;
}
