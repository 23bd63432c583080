/**
 * One message as it comes in: its header
 * (https://www.mongodb.com/docs/manual/reference/mongodb-wire-protocol/#standard-message-header), then its content as far
 * as that is of interest; the rest is counted, never kept.
 */
import { i32le } from "../../bytes/read.ts";
import { type Direction, FROM_CLIENT } from "../../core/flow.ts";
import { Envelope } from "./compression.ts";
import { Content, type MessageFields } from "./content.ts";
import {
  HEADER_BYTES,
  MESSAGE_BYTES,
  OP_COMMAND,
  OP_COMMANDREPLY,
  OP_COMPRESSED,
  OP_DELETE,
  OP_GET_MORE,
  OP_INSERT,
  OP_KILL_CURSORS,
  OP_MSG,
  OP_QUERY,
  OP_REPLY,
  OP_UPDATE,
} from "./messages.ts";

/** Whether this side sends messages of this opcode. */
function sends(direction: Direction, opCode: number): boolean {
  switch (opCode) {
    case OP_MSG:
    case OP_COMPRESSED:
      return true;
    case OP_REPLY:
    case OP_COMMANDREPLY:
      return direction !== FROM_CLIENT;
    case OP_QUERY:
    case OP_GET_MORE:
    case OP_INSERT:
    case OP_UPDATE:
    case OP_DELETE:
    case OP_KILL_CURSORS:
    case OP_COMMAND:
      return direction === FROM_CLIENT;
    default:
      return false;
  }
}

// | message length, 4 | request id, 4 | response to, 4 | opcode, 4       all least significant byte first
export const REQUEST_ID = 4, RESPONSE_TO = 8, OP_CODE = 12;

/** Whether the 16 bytes at `at` may be the header of a message that this side sends. */
export function isHeader(direction: Direction, bytes: Uint8Array, at: number): boolean {
  const length = i32le(bytes, at);
  return length >= HEADER_BYTES && length <= MESSAGE_BYTES && sends(direction, i32le(bytes, at + OP_CODE));
}

/** Within a message: nothing of interest is left, the content is read, or it is unpacked first. */
const PASS = 0, READ = 1, UNPACK = 2;

export class Message<F extends MessageFields> {
  length = 0;
  id = 0;
  responseTo = 0;
  opCode = 0;
  /** Bytes still to come; 0 between messages. */
  left = 0;
  /** Why the content could not be read to its end; empty if it could. */
  trouble = "";
  readonly #content: Content;
  readonly #envelope: Envelope;
  #state = PASS;

  constructor(readonly fields: F) {
    this.#content = new Content(fields);
    this.#envelope = new Envelope(this.#content);
  }

  /** Whether the message says that another one follows without being asked for. */
  get moreToCome(): boolean {
    return this.#content.moreToCome;
  }

  /** Reads a header that {@link isHeader} has seen. */
  begin(bytes: Uint8Array, at: number): void {
    this.length = i32le(bytes, at);
    this.id = i32le(bytes, at + REQUEST_ID);
    this.responseTo = i32le(bytes, at + RESPONSE_TO);
    this.opCode = i32le(bytes, at + OP_CODE);
    this.left = this.length - HEADER_BYTES;
    this.trouble = "";
    this.#state = PASS;
    this.#content.moreToCome = false;
  }

  /** The content is of interest; the fields were told for what. */
  read(): void {
    this.#content.begin(this.opCode, this.left); // what is compressed begins once more, when it is known
    this.#envelope.begin();
    this.#state = this.opCode === OP_COMPRESSED ? UNPACK : READ;
  }

  /** Takes what it can of `bytes[start..end)` and returns where it stopped: at its end, or before half a part. */
  take(bytes: Uint8Array, start: number, end: number): number {
    const stop = Math.min(end, start + this.left);
    let at = start;
    if (this.#state !== PASS) {
      at = this.#state === READ ? this.#content.take(bytes, at, stop) : this.#envelope.take(bytes, at, stop);
      this.left -= at - start;
      const { done, broken } = this.#content;
      if (this.#state === UNPACK && this.#envelope.trouble !== "") this.giveUp(this.#envelope.trouble);
      else if (broken) this.giveUp("message contradicts its protocol");
      else if (done) this.#pass();
      else if (this.left > stop - at) return at; // the rest follows
      else this.giveUp("message ends before its content");
    }
    this.left -= stop - at;
    return stop;
  }

  /** Passes over bytes of the message that will never come. */
  gap(lost: number): void {
    this.left -= lost;
    const spared = this.#state === PASS || (this.#state === READ && this.#content.pass(lost));
    if (!spared) this.giveUp("message with bytes missing");
    else if (this.#state === READ && this.left === 0) this.giveUp("message ends before its content");
  }

  /** The content cannot be read any further. */
  giveUp(trouble: string): void {
    if (this.#state === PASS) return;
    this.trouble = trouble;
    this.#pass();
  }

  #pass(): void {
    this.#envelope.close();
    this.#state = PASS;
  }
}
