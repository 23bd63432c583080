/**
 * What follows the header of a message: sections of OP_MSG, or the fixed part and the documents of a legacy opcode
 * (https://www.mongodb.com/docs/manual/reference/mongodb-wire-protocol/#opcodes). Taken in pieces of any size.
 */
import { i32le } from "../../bytes/read.ts";
import { Document, type ElementReader } from "./bson.ts";
import { CHECKSUM_PRESENT, MORE_TO_COME, OP_MSG, REQUIRED_FLAGS } from "./messages.ts";

/** What a prefix says instead of its length: more bytes are needed, or there is none such. */
export const WAIT = -1, BROKEN = -2;

/** Who knows what is wanted of a message. */
export interface MessageFields extends ElementReader {
  /** Whether all that is wanted was seen. */
  readonly complete: boolean;
  /** Legacy opcodes: how many documents to walk after the fixed part, and whether the message is never answered. */
  readonly documents: number;
  readonly oneWay: boolean;
  /** Reads the fixed part of a legacy opcode's message and returns its length, or {@link WAIT} or {@link BROKEN}. */
  prefix(opCode: number, bytes: Uint8Array, start: number, end: number): number;
}

const FLAGS = 0, KIND = 1, SEQUENCE = 2, SEQUENCE_REST = 3, BODY = 4, PREFIX = 5, DOCUMENTS = 6;

export class Content {
  /** Flag of OP_MSG: the sender sends another message without being asked; a request with it is not answered. */
  moreToCome = false;
  /** Whether nothing more is to be learned from the message. */
  done = false;
  /** Whether it contradicts itself, or its protocol. */
  broken = false;
  #state = FLAGS;
  #opCode = 0;
  /** Bytes of the message not yet taken, without a checksum. */
  #left = 0;
  /** Bytes of a document sequence still to be passed over. */
  #sequenceLeft = 0;
  #documentsLeft = 0;
  readonly #document: Document;

  constructor(readonly fields: MessageFields) {
    this.#document = new Document(fields);
  }

  /** @param length bytes from here to the message's end */
  begin(opCode: number, length: number): void {
    this.moreToCome = this.done = this.broken = false;
    this.#opCode = opCode;
    this.#left = length;
    this.#state = opCode === OP_MSG ? FLAGS : PREFIX;
  }

  /** Takes what it can of `bytes[start..end)` and returns where it stopped: done, broken, or before half a part. */
  take(bytes: Uint8Array, start: number, end: number): number {
    let at = start;
    while (at < end && !this.done && !this.broken) {
      const state = this.#state;
      const taken = this.#step(bytes, at, end);
      this.#left -= taken;
      at += taken;
      if (this.fields.complete && this.#state !== FLAGS && this.#state !== PREFIX) this.done = true;
      if (taken === 0 && this.#state === state) break;
    }
    return at;
  }

  /** Passes over bytes that will never come. False when something was among them that cannot be spared. */
  pass(count: number): boolean {
    this.#left -= count;
    if (this.#state === BODY || this.#state === DOCUMENTS) return this.#document.pass(count);
    if (this.#state !== SEQUENCE_REST || count > this.#sequenceLeft) return false;
    this.#passed(count);
    return true;
  }

  /** Takes one part and returns its length; 0 when it is not whole yet, and when there is nothing more to learn. */
  #step(bytes: Uint8Array, at: number, end: number): number {
    switch (this.#state) {
      case FLAGS: // | flag bits, 4 bytes | sections | checksum, 4 bytes, optional
        return end - at < 4 ? 0 : this.#flags(i32le(bytes, at));
      case KIND: // | 0 | document    or    | 1 | size, 4 bytes, counts itself | name, ends with 0 | documents
        if (this.#left < 5 || bytes[at] > 1) return this.#break();
        this.#state = bytes[at] === 0 ? BODY : SEQUENCE;
        this.#document.begin(this.#left - 1);
        return 1;
      case SEQUENCE:
        if (end - at < 4) return 0;
        this.#sequenceLeft = i32le(bytes, at) - 4;
        if (this.#sequenceLeft < 1 || this.#sequenceLeft > this.#left - 4) return this.#break();
        this.#state = SEQUENCE_REST;
        return 4;
      case SEQUENCE_REST:
        return this.#passed(Math.min(this.#sequenceLeft, end - at));
      case PREFIX:
        return this.#prefix(bytes, at, end);
      default:
        return this.#walk(bytes, at, end);
    }
  }

  #flags(flags: number): number {
    if (flags & REQUIRED_FLAGS & ~(CHECKSUM_PRESENT | MORE_TO_COME)) return this.#break();
    this.moreToCome = (flags & MORE_TO_COME) !== 0;
    if (flags & CHECKSUM_PRESENT) this.#left -= 4;
    this.#state = KIND;
    return 4;
  }

  #passed(count: number): number {
    this.#sequenceLeft -= count;
    if (this.#sequenceLeft === 0) this.#state = KIND;
    return count;
  }

  #prefix(bytes: Uint8Array, at: number, end: number): number {
    const length = this.fields.prefix(this.#opCode, bytes, at, end);
    if (length === BROKEN) return this.#break();
    if (length === WAIT) return 0;
    this.#documentsLeft = this.fields.documents;
    this.#nextDocument(length);
    return length;
  }

  #walk(bytes: Uint8Array, at: number, end: number): number {
    const document = this.#document;
    const taken = document.take(bytes, at, end) - at;
    if (document.broken) this.broken = true;
    else if (document.done) {
      if (this.#state === BODY) this.done = true; // there is one body; what may follow are document sequences
      else this.#nextDocument(taken);
    }
    return taken;
  }

  /** @param taken what was taken just now and is not counted yet */
  #nextDocument(taken: number): void {
    this.#state = DOCUMENTS;
    if (this.#documentsLeft-- > 0) this.#document.begin(this.#left - taken);
    else this.done = true;
  }

  #break(): 0 {
    this.broken = true;
    return 0;
  }
}
