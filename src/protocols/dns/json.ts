/** Messages as JSON and as text for people, made from the kept bytes when they are asked for. */
import { u16be } from "../../bytes/read.ts";
import type { Endpoint } from "../../core/flow.ts";
import type { JsonWriter } from "../../core/json.ts";
import type { RoundTrip } from "../../core/roundtrip.ts";
import { Message, readRecord, Record } from "./decoder.ts";
import {
  className,
  type Exchange,
  HEADER_BYTES,
  MESSAGE_BYTES,
  opcodeName,
  PRINTED_BYTES,
  RECORDS,
  statusName,
} from "./messages.ts";
import { nameText } from "./name.ts";
import { recordText } from "./records.ts";
import { CNAME, OPT, typeName } from "./types.ts";

/** The message in hand, as bytes again. */
const bytes = new Uint8Array(MESSAGE_BYTES);
const message = new Message();
const record = new Record();
const ANSWERS = ',"AnswerSec":[';
const AUTHORITY = ',"AuthoritySec":[';
const ADDITIONAL = ',"AdditionalSec":[';
const NO_MORE: readonly string[] = [];

/** Puts a kept message into `bytes` and reads it; returns its end. */
function load(kept: string): number {
  const end = kept.length;
  for (let i = 0; i < end; i++) bytes[i] = kept.charCodeAt(i);
  message.read(bytes, 0, end);
  return end;
}

/** Who sent the query, and who answers it. */
export function asker({ flow, fromServer }: RoundTrip<Exchange>): Endpoint {
  return fromServer ? flow.server : flow.client;
}
export function answerer({ flow, fromServer }: RoundTrip<Exchange>): Endpoint {
  return fromServer ? flow.client : flow.server;
}

/** Name of the first question; "" when there is none. */
export function questionName(exchange: Exchange): string {
  const { query, questionEnd } = exchange;
  if (questionEnd === HEADER_BYTES) return "";
  for (let i = HEADER_BYTES; i < questionEnd; i++) bytes[i] = query.charCodeAt(i);
  return nameText(bytes, 0, HEADER_BYTES, questionEnd);
}

/** Type of the first question; "" when there is none. */
export function questionType({ query, questionEnd }: Exchange): string {
  if (questionEnd === HEADER_BYTES) return "";
  return typeName((query.charCodeAt(questionEnd - 4) << 8) | query.charCodeAt(questionEnd - 3));
}

/** Operation of the query. */
export function queryOpcode({ query }: Exchange): number {
  return (query.charCodeAt(2) >> 3) & 15;
}

/** A message to be printed. */
interface Side {
  readonly sender: Endpoint;
  readonly size: number;
  readonly sec: number;
  readonly nsec: number;
  readonly status: number;
  readonly kept: string;
  /** Further messages of a zone transfer. */
  readonly more: readonly string[];
}

export function writeRequest(roundTrip: RoundTrip<Exchange>, json: JsonWriter): void {
  const { query } = roundTrip.detail;
  writeSide(json, {
    sender: asker(roundTrip),
    size: roundTrip.requestBytes,
    sec: roundTrip.requestSec,
    nsec: roundTrip.requestNsec,
    status: query.charCodeAt(3) & 15,
    kept: query,
    more: NO_MORE,
  });
}

export function writeResponse(roundTrip: RoundTrip<Exchange>, json: JsonWriter): void {
  const { response, status, more } = roundTrip.detail;
  writeSide(json, {
    sender: answerer(roundTrip),
    size: roundTrip.responseBytes,
    sec: roundTrip.responseSec,
    nsec: roundTrip.responseNsec,
    status,
    kept: response,
    more,
  });
}

function writeSide(json: JsonWriter, { sender, size, sec, nsec, status, kept, more }: Side): void {
  // Constant text is written without a detour through new strings: three times faster than templates.
  json.byte(0x7b);
  json.endpoint(sender);
  json.ascii(',"Proto":"DNS","Size":');
  json.number(size);
  json.ascii(',"Time":');
  json.time(sec, nsec);
  let end = load(kept);
  json.ascii(',"Message":{"Header":{"ID":');
  json.number(message.id);
  json.ascii(',"OpCode":"');
  json.ascii(opcodeName(message.opcode));
  json.ascii('","Status":"');
  json.ascii(statusName(status));
  json.ascii('","Response":');
  json.boolean(message.isResponse);
  json.ascii('},"QuestionSec":{"Name":');
  const hasQuestion = message.questions > 0;
  json.string(hasQuestion ? nameText(bytes, 0, HEADER_BYTES, end) : "");
  json.ascii(',"Type":"');
  if (hasQuestion) json.ascii(typeName(u16be(bytes, message.firstQuestionEnd - 4)));
  json.ascii('"}');
  const sections = new Sections(json);
  const answersEnd = sections.write(ANSWERS, message.recordsAt, end, message.announced[0], true);
  for (const following of more) {
    end = load(following);
    sections.write(ANSWERS, message.recordsAt, end, message.announced[0], true);
  }
  sections.endArray();
  if (more.length > 0) end = load(kept);
  const authorityEnd = sections.write(AUTHORITY, answersEnd, end, message.announced[1], false);
  sections.endArray();
  sections.write(ADDITIONAL, authorityEnd, end, message.announced[2], false);
  sections.endArray();
  json.ascii("}}");
}

/** Writes the record arrays of one message, each only when it has a record, all together no more than the ceilings. */
class Sections {
  readonly #json: JsonWriter;
  readonly #mostLength: number;
  #records = 0;
  #isOpen = false;

  constructor(json: JsonWriter) {
    this.#json = json;
    this.#mostLength = json.length + PRINTED_BYTES;
  }

  /**
   * Writes up to `count` records from `at` on; the first one opens the array with the text of `section`.
   *
   * @returns where they end; -1 where the bytes or the ceilings end them, which stands for a place that holds no more
   */
  write(section: string, at: number, end: number, count: number, withTtl: boolean): number {
    const json = this.#json;
    for (let i = 0; i < count; i++) {
      if (at < 0 || this.#records >= RECORDS || json.length > this.#mostLength) return -1;
      at = readRecord(bytes, 0, at, end, record);
      if (at < 0) return -1;
      this.#records++;
      json.ascii(this.#isOpen ? "," : section);
      json.ascii('{"Name":');
      this.#isOpen = true;
      json.string(nameText(bytes, 0, record.nameAt, end));
      json.ascii(',"Type":"');
      json.ascii(typeName(record.type));
      json.byte(0x22);
      if (withTtl) {
        json.ascii(',"TTL":');
        json.number(record.ttl);
      }
      json.ascii(',"Class":"');
      json.ascii(record.type === OPT ? String(record.class) : className(record.class)); // of OPT it is a size
      json.ascii('","Record":');
      json.string(recordText(bytes, 0, record));
      json.byte(0x7d);
    }
    return at;
  }

  endArray(): void {
    if (this.#isOpen) this.#json.byte(0x5d);
    this.#isOpen = false;
  }
}

/** What the answer section says in one line: the first record that is no alias, and how many more there are. */
export function answerSummary({ response }: Exchange): string {
  const end = load(response);
  let first = "";
  let found = 0;
  let at = message.recordsAt;
  for (let i = 0; i < message.announced[0]; i++) {
    at = readRecord(bytes, 0, at, end, record);
    if (at < 0) break;
    found++;
    if (first === "" && record.type !== CNAME) first = recordText(bytes, 0, record);
  }
  if (first === "") return found === 0 ? "" : found === 1 ? "1 record" : `${found} records`;
  return found === 1 ? first : `${first} +${found - 1}`;
}
