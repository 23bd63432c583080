/**
 * Bytes to messages: the header, the questions, and a walk over the records that checks their bounds.
 *
 *     0      2       4      6      8      10     12
 *     | ID   | flags | QD   | AN   | NS   | AR   | questions, answers, authority, additional
 *     flags: QR(1) Opcode(4) AA TC RD RA Z AD CD RCODE(4)
 *
 * RFC 1035 section 4.1. What a capture cut short or a sender got wrong costs the records behind it, not the message:
 * header and first question are enough to know what was asked and answered.
 */
import { u16be, u32be } from "../../bytes/read.ts";
import { HEADER_BYTES } from "./messages.ts";
import { nameEnd } from "./name.ts";
import { OPT } from "./types.ts";

/** A record whose name and bounds are good; its data may still be nonsense. */
export class Record {
  nameAt = 0;
  type = 0;
  class = 0;
  ttl = 0;
  dataAt = 0;
  dataEnd = 0;
}

/**
 * Reads the record at `at` of a message that begins at `start`.
 *
 *     NAME | TYPE 2 | CLASS 2 | TTL 4 | RDLENGTH 2 | RDATA
 *
 * @returns the position behind it, or -1 when it is malformed or not all there
 */
export function readRecord(bytes: Uint8Array, start: number, at: number, end: number, into: Record): number {
  const fixed = nameEnd(bytes, start, at, end);
  if (fixed < 0 || fixed + 10 > end) return -1;
  const dataEnd = fixed + 10 + u16be(bytes, fixed + 8);
  if (dataEnd > end) return -1;
  into.nameAt = at;
  into.type = u16be(bytes, fixed);
  into.class = u16be(bytes, fixed + 2);
  into.ttl = u32be(bytes, fixed + 4);
  into.dataAt = fixed + 10;
  into.dataEnd = dataEnd;
  return dataEnd;
}

/** What {@link Message.read} found. */
export const MALFORMED = 0;
export const WHOLE = 1;
/** Header and first question are good, but a later question or a record is not, or is not there. */
export const DAMAGED = 2;
export type Soundness = typeof MALFORMED | typeof WHOLE | typeof DAMAGED;

/** The facts of the message read last. One object, used again for each message. */
export class Message {
  id = 0;
  isResponse = false;
  opcode = 0;
  /** The response code, extended by an OPT record if there is one. */
  status = 0;
  questions = 0;
  /** Records that the header announces, by section. */
  readonly announced = [0, 0, 0];
  /** Where the first question ends; the end of the header when there is none. */
  firstQuestionEnd = 0;
  /** Where the records begin; the end of the message when not all questions are there. */
  recordsAt = 0;
  /** Where the walk ended: the end of the message, if it is whole and nothing follows it. */
  walkedTo = 0;
  readonly #record = new Record();

  /** Reads `bytes[start..end)`. Offsets in the result are positions in `bytes`. */
  read(bytes: Uint8Array, start: number, end: number): Soundness {
    if (start + HEADER_BYTES > end) return MALFORMED;
    this.id = u16be(bytes, start);
    const flags = u16be(bytes, start + 2);
    this.isResponse = flags >= 0x8000;
    this.opcode = (flags >> 11) & 15;
    this.status = flags & 15;
    this.questions = u16be(bytes, start + 4);
    for (let section = 0; section < 3; section++) this.announced[section] = u16be(bytes, start + 6 + 2 * section);
    this.firstQuestionEnd = this.recordsAt = this.walkedTo = start + HEADER_BYTES;
    for (let i = 0; i < this.questions; i++) {
      const behind = nameEnd(bytes, start, this.walkedTo, end) + 4; // type and class
      if (behind < 4 || behind > end) {
        this.recordsAt = end;
        return i === 0 ? MALFORMED : DAMAGED;
      }
      this.walkedTo = behind;
      if (i === 0) this.firstQuestionEnd = behind;
    }
    this.recordsAt = this.walkedTo;
    return this.#walk(bytes, start, end);
  }

  #walk(bytes: Uint8Array, start: number, end: number): Soundness {
    const records = this.announced[0] + this.announced[1] + this.announced[2];
    const record = this.#record;
    // The header may announce 196 605; a message holds 5957 at most, as each takes 11 bytes.
    for (let i = 0; i < records; i++) {
      const behind = readRecord(bytes, start, this.walkedTo, end, record);
      if (behind < 0) return DAMAGED;
      this.walkedTo = behind;
      // The upper eight bits of the response code stand in the TTL's first byte (RFC 6891 section 6.1.3).
      if (record.type === OPT) this.status |= (record.ttl >>> 24) << 4;
    }
    return WHOLE;
  }
}

/** Whether a header may be a DNS message's of `bytes` bytes: an assigned operation, and room for what it announces. */
export function isPlausibleHeader(bytes: Uint8Array, at: number, messageBytes: number): boolean {
  const opcode = (bytes[at + 2] >> 3) & 15;
  if (opcode > 6 || opcode === 3) return false;
  const records = u16be(bytes, at + 6) + u16be(bytes, at + 8) + u16be(bytes, at + 10);
  return messageBytes >= HEADER_BYTES + 5 * u16be(bytes, at + 4) + 11 * records;
}

/**
 * Whether the first question of two messages is the same: names without regard to case (RFC 1035 section 2.3.3; some
 * resolvers vary it to hinder forgery), type and class exactly.
 *
 * @param kept the other message, one character a byte, and where its first question ends
 */
export function isSameQuestion(bytes: Uint8Array, at: number, end: number, kept: string, keptEnd: number): boolean {
  if (end - at !== keptEnd - HEADER_BYTES) return false;
  const nameEnds = end - 4;
  for (let i = HEADER_BYTES; at < end; at++, i++) {
    const ours = bytes[at];
    const theirs = kept.charCodeAt(i);
    if (ours === theirs) continue;
    // Length bytes are below 64, so only letters are folded.
    const letter = ours | 0x20;
    if (at >= nameEnds || (theirs | 0x20) !== letter || letter < 0x61 || letter > 0x7a) return false;
  }
  return true;
}
