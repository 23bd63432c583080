/**
 * Reads the fields of one message as its bytes come in: what is not wanted is passed over by count, so that a message
 * of any length takes no memory, and a field is waited for only while it is short.
 * https://kafka.apache.org/protocol.html#protocol_types
 */
import { u16be, u32be } from "../../bytes/read.ts";
import { token } from "../../bytes/text.ts";
import type { Reasons } from "../../core/ledger.ts";
import {
  ACKS,
  ARRAY,
  BYTES,
  COORDINATOR_TYPE,
  END,
  ERROR,
  FIXED,
  FIXED_ARRAY,
  GROUP,
  KEY,
  NEXT,
  NULLABLE,
  type Program,
  RESOURCE_TYPE,
  STRING,
  TAGS,
  TOPIC,
  TOPIC_END,
  TOPIC_ID,
  TRANSACTION,
} from "./layout.ts";
import { type KafkaDetail, NAME_BYTES, UNKNOWN } from "./messages.ts";
import type { Names } from "./names.ts";

/** Instead of a position: more bytes are needed, or the message is not what its version should be. */
const WAIT = -1, BROKEN = -2;
/** Longest unsigned varint of 32 bits. */
const VARINT_BYTES = 5;
const UUID_BYTES = 16;
const NO_ID = "\0".repeat(UUID_BYTES);
const NOTHING = Int32Array.of(END, 0);

/** What the kinds of coordinators and of resources are. */
const GROUP_COORDINATOR = 0, TRANSACTION_COORDINATOR = 1, TOPIC_RESOURCE = 2, GROUP_RESOURCE = 32;
const NO_KIND = -1;

export class Decoder {
  /** Whether fields are still to be read. */
  isActive = false;
  /** Whether the message could not be read as far as it should. */
  isBroken = false;
  /** Bytes of names that may still be kept. */
  nameBytes = 0;
  readonly #names: Names;
  readonly #reasons: Reasons;
  #code: Int32Array = NOTHING;
  #isFlexible = false;
  #isResponse = false;
  #detail!: KafkaDetail;
  /** Whether the tagged fields of the header are still to be read. */
  #inHeader = false;
  /** The next instruction. */
  #pc = 0;
  /** Bytes still to be passed over. */
  #skip = 0;
  /** Tagged fields still to come; -1 before their count is known. */
  #tags = -1;
  /** For each open array, the elements still to come with the present one. */
  readonly #counts: number[] = [];
  /** What was read of one topic (its id as one character a byte), and of a name whose kind stands elsewhere. */
  #topic = "";
  #topicId = "";
  #key = "";
  #kind = NO_KIND;
  #kindIs = COORDINATOR_TYPE;
  /** The length that was read last (-1 for null), and the varint. */
  #length = 0;
  #varint = 0;
  #hasOwnError = false;

  constructor(names: Names, reasons: Reasons) {
    this.#names = names;
    this.#reasons = reasons;
  }

  /**
   * Begins a message behind the fixed part of its header.
   *
   * @param hasTags whether the header ends with tagged fields
   * @param detail takes what is read
   */
  begin(program: Program, hasTags: boolean, isResponse: boolean, detail: KafkaDetail): void {
    this.#code = program.code;
    this.#isFlexible = program.isFlexible;
    this.#isResponse = isResponse;
    this.#detail = detail;
    this.#pc = this.#skip = 0;
    this.#tags = -1;
    this.#counts.length = 0;
    this.#topic = this.#topicId = this.#key = "";
    this.#hasOwnError = this.isBroken = false;
    this.#kind = NO_KIND;
    this.#inHeader = hasTags;
    this.isActive = program.code[0] !== END;
  }

  /** The message has ended, or its bytes are missing: what was not read is not known. */
  stop(): void {
    if (this.isActive) this.isBroken = true;
    this.isActive = false;
  }

  /** Bytes are missing; true when they only had to be passed over. */
  gap(lost: number): boolean {
    if (!this.isActive || lost > this.#skip) return false;
    this.#skip -= lost;
    return true;
  }

  /**
   * Reads `bytes[at..end)`, as far as there are whole fields.
   *
   * @param messageEnd where the message ends, counted as `at` is; it may be beyond `end`
   * @returns how far it was read
   */
  read(bytes: Uint8Array, at: number, end: number, messageEnd: number): number {
    while (this.isActive) {
      if (this.#skip > 0) {
        const passed = Math.min(this.#skip, end - at);
        at += passed;
        this.#skip -= passed;
        if (this.#skip > 0) return at;
      }
      const next = this.#inHeader ? this.#tagged(bytes, at, end, messageEnd) : this.#step(bytes, at, end, messageEnd);
      if (next === WAIT) return at;
      if (next === BROKEN) {
        this.#reasons.add("a message that is not what its version should be");
        this.stop();
        return at;
      }
      at = next;
    }
    return at;
  }

  /** Does one instruction. Returns the position behind what it read, or WAIT or BROKEN. */
  #step(bytes: Uint8Array, at: number, end: number, messageEnd: number): number {
    const argument = this.#code[this.#pc + 1];
    switch (this.#code[this.#pc]) {
      case FIXED:
        return this.#pass(at, argument, messageEnd);
      case STRING:
      case BYTES: {
        const next = this.#readLength(bytes, at, end, messageEnd, this.#code[this.#pc] === STRING ? 2 : 4);
        return next < 0 ? next : this.#pass(next, Math.max(0, this.#length), messageEnd);
      }
      case FIXED_ARRAY: {
        const next = this.#readLength(bytes, at, end, messageEnd, 4);
        return next < 0 ? next : this.#pass(next, Math.max(0, this.#length) * argument, messageEnd);
      }
      case TAGS:
        return this.#tagged(bytes, at, end, messageEnd);
      case ARRAY:
        return this.#beginArray(bytes, at, end, messageEnd, argument);
      case NEXT: {
        const counts = this.#counts;
        if (--counts[counts.length - 1] > 0) this.#pc = argument;
        else {
          counts.pop();
          this.#pc += 2;
        }
        return at;
      }
      case NULLABLE:
        if (at >= end) return lack(at + 1, messageEnd);
        this.#pc = bytes[at] === 0xff ? argument : this.#pc + 2;
        return at + 1;
      case GROUP:
      case TRANSACTION:
      case TOPIC:
      case KEY:
        return this.#name(bytes, at, end, messageEnd, this.#code[this.#pc]);
      case TOPIC_ID:
        if (at + UUID_BYTES > end) return lack(at + UUID_BYTES, messageEnd);
        this.#topicId = token(bytes, at, at + UUID_BYTES);
        this.#pc += 2;
        return at + UUID_BYTES;
      case TOPIC_END:
        this.#endTopic();
        this.#pc += 2;
        return at;
      case COORDINATOR_TYPE:
      case RESOURCE_TYPE:
        if (at >= end) return lack(at + 1, messageEnd);
        this.#kindIs = this.#code[this.#pc];
        this.#kind = bytes[at];
        if (this.#key !== "") this.#useKey();
        this.#pc += 2;
        return at + 1;
      case ACKS:
      case ERROR:
        if (at + 2 > end) return lack(at + 2, messageEnd);
        this.#number((u16be(bytes, at) << 16) >> 16, this.#code[this.#pc], argument);
        this.#pc += 2;
        return at + 2;
      default:
        this.isActive = false;
        return at;
    }
  }

  /** Goes on behind `length` bytes from `at`. */
  #pass(at: number, length: number, messageEnd: number): number {
    if (length > messageEnd - at) return BROKEN;
    this.#skip = length;
    this.#pc += 2;
    return at;
  }

  /** An unsigned varint into `#varint`. */
  #readVarint(bytes: Uint8Array, at: number, end: number, messageEnd: number): number {
    let value = 0;
    for (let i = 0; i < VARINT_BYTES; i++) {
      if (at + i >= end) return lack(at + i + 1, messageEnd);
      const byte = bytes[at + i];
      value += (byte & 0x7f) * 2 ** (7 * i);
      if (byte < 0x80) {
        this.#varint = value;
        return at + i + 1;
      }
    }
    return BROKEN;
  }

  /** A length into `#length`: a varint of the length and one, or a signed number of `width` bytes. */
  #readLength(bytes: Uint8Array, at: number, end: number, messageEnd: number, width: 2 | 4): number {
    if (this.#isFlexible) {
      const next = this.#readVarint(bytes, at, end, messageEnd);
      this.#length = this.#varint - 1;
      return next;
    }
    if (at + width > end) return lack(at + width, messageEnd);
    this.#length = width === 2 ? (u16be(bytes, at) << 16) >> 16 : u32be(bytes, at) | 0;
    return this.#length < -1 ? BROKEN : at + width;
  }

  /** Tagged fields (KIP-482): their count, then of each its tag, its length and so many bytes. */
  #tagged(bytes: Uint8Array, at: number, end: number, messageEnd: number): number {
    if (this.#tags < 0) {
      const next = this.#readVarint(bytes, at, end, messageEnd);
      if (next < 0) return next;
      if (this.#varint * 2 > messageEnd - next) return BROKEN; // each has a tag and a length at least
      this.#tags = this.#varint;
      return next;
    }
    if (this.#tags === 0) {
      this.#tags = -1;
      if (this.#inHeader) this.#inHeader = false;
      else this.#pc += 2;
      return at;
    }
    const tagEnd = this.#readVarint(bytes, at, end, messageEnd);
    const next = tagEnd < 0 ? tagEnd : this.#readVarint(bytes, tagEnd, end, messageEnd);
    if (next < 0) return next;
    if (this.#varint > messageEnd - next) return BROKEN;
    this.#skip = this.#varint;
    this.#tags--;
    return next;
  }

  #beginArray(bytes: Uint8Array, at: number, end: number, messageEnd: number, behind: number): number {
    const next = this.#readLength(bytes, at, end, messageEnd, 4);
    if (next < 0) return next;
    if (this.#length > messageEnd - next) return BROKEN; // each element has a byte at least
    if (this.#length <= 0) this.#pc = behind;
    else {
      this.#counts.push(this.#length);
      this.#pc += 2;
    }
    return next;
  }

  #name(bytes: Uint8Array, at: number, end: number, messageEnd: number, what: number): number {
    const next = this.#readLength(bytes, at, end, messageEnd, 2);
    if (next < 0) return next;
    const length = Math.max(0, this.#length);
    if (length > messageEnd - next) return BROKEN;
    let name = "";
    if (length > NAME_BYTES || (length > 0 && length > this.nameBytes)) {
      this.#reasons.add("a name too long to be kept");
      name = UNKNOWN;
      this.#skip = length;
    } else {
      if (next + length > end) return WAIT;
      name = this.#names.text(bytes, next, next + length);
    }
    this.#pc += 2;
    this.#keep(name, what);
    return this.#skip > 0 ? next : next + length;
  }

  #keep(name: string, what: number): void {
    const detail = this.#detail;
    if (what === TOPIC) this.#topic = name;
    else if (what === KEY) {
      this.#key = name;
      if (this.#kind !== NO_KIND) this.#useKey();
    } else if (what === GROUP) {
      if (detail.groupId === "") this.#charge(detail.groupId = name);
    } else if (detail.transactionalId === "") this.#charge(detail.transactionalId = name);
  }

  /** A key and its kind are known. */
  #useKey(): void {
    const isCoordinator = this.#kindIs === COORDINATOR_TYPE;
    const what = this.#kind === (isCoordinator ? GROUP_COORDINATOR : GROUP_RESOURCE)
      ? GROUP
      : this.#kind === (isCoordinator ? TRANSACTION_COORDINATOR : TOPIC_RESOURCE)
      ? (isCoordinator ? TRANSACTION : TOPIC)
      : NO_KIND;
    const key = this.#key;
    this.#key = "";
    if (what === TOPIC) this.#addTopic(key);
    else if (what !== NO_KIND) this.#keep(key, what);
  }

  /** The fields that name one topic were read: by its name, by its id, or by both. */
  #endTopic(): void {
    const name = this.#topic;
    const id = this.#topicId === NO_ID ? "" : this.#topicId;
    this.#topic = this.#topicId = "";
    if (id !== "" && name !== "" && name !== UNKNOWN) this.#names.learn(id, name);
    if (this.#isResponse) return;
    if (name !== "") this.#addTopic(name);
    else if (id !== "") this.#addTopic(this.#names.topicOf(id) ?? UNKNOWN);
  }

  #addTopic(name: string): void {
    if (this.#detail.addTopic(name)) this.#charge(name);
    else this.#reasons.add("more topics in a request than are kept");
  }

  #charge(name: string): void {
    this.#detail.nameBytes += name.length;
    this.nameBytes -= name.length;
  }

  #number(value: number, what: number, isOwn: number): void {
    const detail = this.#detail;
    if (what === ACKS) detail.acks = value;
    else if (value !== 0 && (detail.errorCode === 0 || (isOwn === 1 && !this.#hasOwnError))) {
      detail.errorCode = value;
      if (isOwn === 1) this.#hasOwnError = true;
    }
  }
}

/** A field ends at `position`, where nothing is yet: it may still come, unless the message ends before. */
function lack(position: number, messageEnd: number): typeof WAIT | typeof BROKEN {
  return position > messageEnd ? BROKEN : WAIT;
}
