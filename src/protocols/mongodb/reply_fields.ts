/**
 * What is read of a reply: `ok`, and the error's code, name and message. An error may also stand inside a reply whose
 * `ok` is 1: the first of `writeErrors`, the `writeConcernError`, or the first failed write in the cursor that answers
 * `bulkWrite` (https://www.mongodb.com/docs/manual/reference/command/, the commands' outputs).
 */
import { i32le } from "../../bytes/read.ts";
import { latin1, token, utf8 } from "../../bytes/text.ts";
import {
  ARRAY,
  DOCUMENT,
  type ElementReader,
  ENTER,
  isNumber,
  KEEP,
  numberOf,
  SKIP,
  STRING,
  type Wish,
} from "./bson.ts";
import { codeName } from "./codes.ts";
import { BROKEN, type MessageFields, WAIT } from "./content.ts";
import { type MongoDetail, OP_COMMANDREPLY, OP_REPLY, UNKNOWN } from "./messages.ts";

/** Flag bits of OP_REPLY. */
const CURSOR_NOT_FOUND = 1 << 0, QUERY_FAILURE = 1 << 1;
const CODE_CURSOR_NOT_FOUND = 43;

/** Where the element in hand stands. An error of a place with a higher number is the one that is told. */
const ELSEWHERE = 0, IN_CONCERN = 1, IN_WRITES = 2, IN_REPLY = 3;
type Place = typeof ELSEWHERE | typeof IN_CONCERN | typeof IN_WRITES | typeof IN_REPLY;

/** What the value in hand is. */
const OK = 0, CODE = 1, NAME = 2, TEXT = 3;

export class ReplyFields implements MessageFields, ElementReader {
  documents = 0;
  readonly oneWay = false;
  /** Whether an OP_REPLY left its cursor open. */
  cursorOpen = false;
  #detail: MongoDetail | undefined = undefined;
  #sawOk = false;
  /** The array or document that was entered at depth 1 and what it may hold; how deep its errors stand. */
  #inside: Place = ELSEWHERE;
  #errorDepth = 0;
  #wanted = OK;
  #wantedPlace: Place = ELSEWHERE;
  #errorPlace: Place = ELSEWHERE;
  #name = "";
  #text = "";

  /** @param detail where the reply is written; undefined to learn only whether more replies follow */
  start(detail: MongoDetail | undefined): void {
    this.#detail = detail;
    if (detail !== undefined) { // an earlier reply may have been given up
      detail.ok = detail.code = 0;
      detail.message = "";
    }
    this.documents = 0;
    this.cursorOpen = this.#sawOk = false;
    this.#inside = this.#errorPlace = ELSEWHERE;
    this.#name = this.#text = "";
  }

  get complete(): boolean {
    return this.#detail === undefined;
  }

  // OP_REPLY:        | flags, 4 | cursor, 8 | starting from, 4 | documents, 4 | documents
  // OP_COMMANDREPLY: | metadata | reply | documents      (in 3.4 and later: reply, metadata)
  prefix(opCode: number, bytes: Uint8Array, start: number, end: number): number {
    if (opCode === OP_COMMANDREPLY) {
      this.documents = 2;
      return 0;
    }
    if (opCode !== OP_REPLY) return BROKEN;
    if (end - start < 20) return WAIT;
    const flags = i32le(bytes, start);
    const failed = (flags & (CURSOR_NOT_FOUND | QUERY_FAILURE)) !== 0;
    this.cursorOpen = (i32le(bytes, start + 4) | i32le(bytes, start + 8)) !== 0;
    if (failed || this.#detail?.isCommand === true) this.documents = Math.min(1, i32le(bytes, start + 16));
    if (this.#detail !== undefined && (failed || !this.#detail.isCommand)) {
      this.#sawOk = true;
      this.#detail.ok = failed ? 0 : 1;
      if (flags & CURSOR_NOT_FOUND) this.#detail.code = CODE_CURSOR_NOT_FOUND;
    }
    return 20;
  }

  element(type: number, depth: number, bytes: Uint8Array, start: number, end: number): Wish {
    const name = end - start <= 16 ? token(bytes, start, end) : latin1(bytes, start, end);
    if (depth === 0) return this.#top(type, name);
    if (depth < this.#errorDepth) {
      if (type === ARRAY) return name === "firstBatch" ? ENTER : SKIP;
      // One failed write is told; of a bulkWrite's cursor, which tells all writes, the first that failed.
      return type === DOCUMENT && this.#errorPlace < this.#inside ? ENTER : SKIP;
    }
    return this.#error(type, name, this.#inside);
  }

  value(type: number, bytes: Uint8Array, start: number, end: number): void {
    const detail = this.#detail!;
    if (this.#wanted === OK) {
      this.#sawOk = true;
      detail.ok = numberOf(type, bytes, start);
      return;
    }
    if (this.#wantedPlace < this.#errorPlace) return;
    const code = this.#wanted === CODE ? numberOf(type, bytes, start) : 0;
    if (this.#wanted === CODE && code === 0) return; // a write that went well
    if (this.#wantedPlace > this.#errorPlace) {
      this.#errorPlace = this.#wantedPlace;
      this.#name = this.#text = "";
      detail.code = 0;
    }
    if (this.#wanted === CODE) detail.code = code;
    else if (this.#wanted === NAME) this.#name = utf8(bytes, start, end);
    else this.#text = utf8(bytes, start, end);
  }

  left(depth: number): void {
    if (depth === 1) this.#inside = ELSEWHERE;
  }

  finish(readable: boolean): void {
    const detail = this.#detail;
    if (detail === undefined) return;
    if (!readable && !this.#sawOk && this.#errorPlace !== IN_REPLY) {
      // Writes fail within a reply whose `ok` is 1; anything else may be a part of what failed as a whole.
      if (this.#errorPlace === IN_WRITES) detail.ok = 1;
      else {
        detail.code = 0;
        detail.message = UNKNOWN;
        return;
      }
    }
    if (detail.code !== 0) detail.message = this.#name || codeName(detail.code) || this.#text;
    else if (this.#text !== "") detail.message = this.#name || this.#text;
    else detail.message = detail.ok === 0 ? "" : "OK";
  }

  #top(type: number, name: string): Wish {
    switch (name) {
      case "ok":
        this.#wanted = OK;
        return isNumber(type) ? KEEP : SKIP;
      case "writeErrors":
        return type === ARRAY ? this.#enter(IN_WRITES, 2) : SKIP;
      case "writeConcernError":
        return type === DOCUMENT ? this.#enter(IN_CONCERN, 1) : SKIP;
      case "cursor":
        return type === DOCUMENT && this.#detail!.command === "bulkWrite" ? this.#enter(IN_WRITES, 3) : SKIP;
      default:
        return this.#error(type, name, IN_REPLY);
    }
  }

  #enter(place: Place, errorDepth: number): Wish {
    this.#inside = place;
    this.#errorDepth = errorDepth;
    return ENTER;
  }

  #error(type: number, name: string, place: Place): Wish {
    this.#wantedPlace = place;
    switch (name) {
      case "code":
        this.#wanted = CODE;
        return isNumber(type) ? KEEP : SKIP;
      case "codeName":
        this.#wanted = NAME;
        return type === STRING ? KEEP : SKIP;
      case "errmsg":
      case "$err": // of an OP_REPLY with the flag QueryFailure
        this.#wanted = TEXT;
        return type === STRING ? KEEP : SKIP;
      case "err": // of getLastError; null when nothing went wrong
        this.#wanted = TEXT;
        return type === STRING && this.#detail!.command.toLowerCase() === "getlasterror" ? KEEP : SKIP;
      default:
        return SKIP;
    }
  }
}
