/**
 * What is read of a request: the command is the first key of its document, the database is `$db`
 * (https://github.com/mongodb/specifications/blob/master/source/message/OP_MSG.md), or stands in a legacy message's
 * namespace (https://www.mongodb.com/docs/manual/legacy-opcodes/).
 */
import { i32le } from "../../bytes/read.ts";
import { latin1, token, utf8, utf8FromLatin1 } from "../../bytes/text.ts";
import {
  BOOLEAN,
  DOCUMENT,
  type ElementReader,
  ENTER,
  INT64,
  integerText,
  isNumber,
  KEEP,
  SKIP,
  STRING,
  type Wish,
} from "./bson.ts";
import { takesCollection } from "./commands.ts";
import {
  type MongoDetail,
  NAME_BYTES,
  OP_COMMAND,
  OP_DELETE,
  OP_GET_MORE,
  OP_INSERT,
  OP_KILL_CURSORS,
  OP_QUERY,
  OP_UPDATE,
  UNKNOWN,
} from "./messages.ts";
import { BROKEN, type MessageFields, WAIT } from "./content.ts";

/** Flag bit of OP_QUERY: the server sends all batches, one after another. */
const EXHAUST = 1 << 6;

/** What the value in hand is. */
const VALUE = 0, DATABASE = 1, COLLECTION = 2, EXPLAINED = 3;

export class RequestFields implements MessageFields, ElementReader {
  /** Documents of a legacy message that are walked. */
  documents = 0;
  /** Whether the request is one that the protocol does not answer, as far as its opcode tells. */
  oneWay = false;
  #detail!: MongoDetail;
  #opCode = 0;
  /** Whether the first key of the document in hand was seen. */
  #named = false;
  #wanted = VALUE;
  #valueIsText = false;
  /** How deep the command's own elements stand: 1 inside a legacy `$query`. */
  #depth = 0;
  /** Whether the document inside an `explain` is being read. */
  #explains = false;

  start(detail: MongoDetail): void {
    this.#detail = detail;
    this.#opCode = this.#depth = 0;
    this.#named =
      this.#valueIsText =
      this.#explains =
      this.oneWay =
        false;
    this.documents = 0;
  }

  get complete(): boolean {
    const { database, collection } = this.#detail;
    return this.#named && database !== "" && collection !== "";
  }

  // OP_QUERY:        | flags, 4 | namespace, ends with 0 | to skip, 4 | to return, 4 | query | fields, optional
  // OP_GET_MORE:     | zero, 4  | namespace, ends with 0 | to return, 4 | cursor, 8
  // OP_COMMAND:      | database, ends with 0 | command, ends with 0 | metadata | arguments | more documents
  prefix(opCode: number, bytes: Uint8Array, start: number, end: number): number {
    this.#opCode = opCode;
    const detail = this.#detail;
    switch (opCode) {
      case OP_QUERY:
      case OP_GET_MORE: {
        const zero = zeroByte(bytes, start + 4, end);
        if (zero < 0) return zero;
        const fixed = opCode === OP_QUERY ? 8 : 12;
        if (zero + 1 + fixed > end) return WAIT;
        this.#namespace(bytes, start + 4, zero);
        if (opCode === OP_QUERY) {
          detail.exhaust = (i32le(bytes, start) & EXHAUST) !== 0;
          this.#query();
        } else {
          this.#legacy("getMore");
          detail.value = integerText(INT64, bytes, zero + 5);
        }
        return zero + 1 + fixed - start;
      }
      case OP_COMMAND: {
        const database = zeroByte(bytes, start, end);
        if (database < 0) return database;
        const command = zeroByte(bytes, database + 1, end);
        if (command < 0) return command;
        detail.database = utf8(bytes, start, database);
        detail.command = utf8(bytes, database + 1, command);
        this.#named = true;
        this.documents = 2;
        return command + 1 - start;
      }
      case OP_INSERT:
      case OP_UPDATE:
      case OP_DELETE:
      case OP_KILL_CURSORS:
        this.oneWay = true;
        return 0;
      default:
        return BROKEN;
    }
  }

  element(type: number, depth: number, bytes: Uint8Array, start: number, end: number): Wish {
    const name = end - start <= 16 ? token(bytes, start, end) : latin1(bytes, start, end);
    if (this.#explains && depth > this.#depth) return this.#explained(type);
    if (!this.#named) return this.#first(type, name);
    if (depth !== this.#depth) return SKIP;
    if (this.#opCode === OP_COMMAND && name === this.#detail.command) return this.#keepValue(type);
    if (type !== STRING) return SKIP;
    if (name === "$db") this.#wanted = DATABASE;
    else if (name === "collection") this.#wanted = COLLECTION;
    else return SKIP;
    return KEEP;
  }

  value(type: number, bytes: Uint8Array, start: number, end: number): void {
    const detail = this.#detail;
    const text = type === STRING ? utf8(bytes, start, end) : integerText(type, bytes, start);
    switch (this.#wanted) {
      case DATABASE:
        if (detail.database === "") detail.database = text;
        return;
      case EXPLAINED:
        detail.collection = text;
        return;
      case COLLECTION:
        if (detail.collection === "") detail.collection = text;
        return;
      default:
        detail.value = text;
        this.#valueIsText = type === STRING;
        if (this.#valueIsText && takesCollection(detail.command)) detail.collection = text;
    }
  }

  left(): void {
    this.#explains = false;
  }

  /** Nothing more comes. What was not seen because the message could not be read to its end is unknown. */
  finish(readable: boolean): void {
    if (readable || this.oneWay) return;
    const detail = this.#detail;
    if (detail.command === "") detail.command = detail.value = UNKNOWN;
    if (detail.database === "") detail.database = UNKNOWN;
    const mayFollow = detail.command === UNKNOWN || (takesCollection(detail.command) && !this.#valueIsText);
    if (detail.collection === "" && mayFollow) detail.collection = UNKNOWN;
  }

  /** The first key of the document: the command, unless it wraps the document that has it. */
  #first(type: number, name: string): Wish {
    const wraps = (name === "$query" || name === "query") && type === DOCUMENT && this.#opCode === OP_QUERY;
    if (wraps && this.#depth === 0) {
      this.#depth = 1;
      return ENTER;
    }
    this.#named = true;
    this.#detail.command = utf8FromLatin1(name);
    if (name === "explain" && type === DOCUMENT) {
      this.#explains = true;
      return ENTER;
    }
    return this.#keepValue(type);
  }

  #keepValue(type: number): Wish {
    this.#wanted = VALUE;
    return type === STRING || (isNumber(type) && type !== BOOLEAN) ? KEEP : SKIP;
  }

  /** The first key of a command that is explained: its value names the collection. */
  #explained(type: number): Wish {
    this.#explains = false;
    this.#wanted = EXPLAINED;
    return type === STRING ? KEEP : SKIP;
  }

  #namespace(bytes: Uint8Array, start: number, end: number): void {
    const namespace = utf8(bytes, start, end);
    const dot = namespace.indexOf(".");
    this.#detail.database = dot < 0 ? namespace : namespace.slice(0, dot);
    this.#detail.collection = dot < 0 ? "" : namespace.slice(dot + 1);
  }

  /** Commands are queries to the collection `$cmd`; other queries find. */
  #query(): void {
    if (this.#detail.collection === "$cmd") {
      this.#detail.collection = "";
      this.documents = 1;
    } else this.#legacy("find");
  }

  #legacy(command: string): void {
    const detail = this.#detail;
    detail.command = command;
    detail.value = detail.collection;
    detail.isCommand = false;
    this.#named = true;
  }
}

/** Where a string ends: {@link WAIT} when that is not there yet, {@link BROKEN} when it is too long. */
function zeroByte(bytes: Uint8Array, start: number, end: number): number {
  const stop = Math.min(end, start + NAME_BYTES + 1);
  for (let at = start; at < stop; at++) if (bytes[at] === 0) return at;
  return end - start <= NAME_BYTES ? WAIT : BROKEN;
}
