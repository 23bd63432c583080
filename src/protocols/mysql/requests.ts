/**
 * The client's direction: commands, and what belongs to them or to the login
 * (https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_basic_packets.html). A packet numbered 0 begins a
 * command; others go on with a login, a long command, or the file of a LOAD DATA LOCAL.
 */
import { u16le, u24le, u32le } from "../../bytes/read.ts";
import { utf8 } from "../../bytes/text.ts";
import type { Flow } from "../../core/flow.ts";
import type { ConversationContext, Protocol } from "../../core/protocol.ts";
import { RoundTrip } from "../../core/roundtrip.ts";
import { CLOSED } from "../../core/verdict.ts";
import type { Fifo } from "../../match/fifo.ts";
import { hasAttributes, skipAttributes } from "./attributes.ts";
import { asksForTls, readChangeUser, readLogin } from "./handshake.ts";
import {
  answerOf,
  ATTRIBUTE_BYTES,
  BULK_EXECUTE,
  CHANGE_USER,
  CLOSE_STMT,
  DROP_DB,
  EXECUTE,
  FETCH_STMT,
  FIELD_LIST,
  INIT_DB,
  KILL,
  LOGIN_BYTES,
  MysqlDetail,
  NO_ANSWER,
  PACKET_BYTES,
  PREPARE,
  QUERY,
  REFRESH,
  RESET_CONNECTION,
  RESET_STMT,
  SET_OPTION,
  SHUTDOWN,
  STATEMENT_BYTES,
  UNKNOWN,
} from "./messages.ts";
import { wholeCharacters } from "./packets.ts";
import type { Place } from "./place.ts";
import type { Responses } from "./responses.ts";
import { CLIENT_QUERY_ATTRIBUTES, type Session, UNSETTLED } from "./session.ts";
import type { Statements } from "./statements.ts";

/** Bytes that are read of a command with a statement: its code, and a byte more, that tells whether it is cut. */
const TEXT_COMMAND_BYTES = 1 + STATEMENT_BYTES + 1;

export class Requests {
  /** Whether bytes are missing and a certain start is awaited. */
  isLost: boolean;
  /** Bytes that were offered last and not consumed: the head of a packet that is not whole yet. */
  held = 0;
  /** Whether the packets are the content of a file, which ends with an empty one. */
  #isSendingFile = false;
  /** Whether the next packet is the login. */
  #awaitsLogin: boolean;
  /** Bytes of the present packet that are still to be skipped, and whether its payload goes on in the next packet. */
  #skip = 0;
  #continues = false;
  /** The command that was counted already, while what is read of it is not all there. */
  #counted: RoundTrip<MysqlDetail> | undefined = undefined;
  /** The command that the packets in hand belong to. */
  #current: RoundTrip<MysqlDetail> | undefined = undefined;
  /** The other direction. */
  responses!: Responses;

  constructor(
    readonly protocol: Protocol<MysqlDetail>,
    readonly flow: Flow,
    readonly context: ConversationContext,
    readonly session: Session,
    readonly statements: Statements,
    readonly fifo: Fifo<MysqlDetail>,
  ) {
    this.isLost = !flow.sawStart;
    this.#awaitsLogin = flow.sawStart;
  }

  /** Takes packets, as far as they are there. Returns where it stopped, or a verdict. */
  take(bytes: Uint8Array, start: number, end: number, place: Place): number {
    let position = start;
    while (position < end) {
      if (this.#skip > 0) {
        const skipped = Math.min(this.#skip, end - position);
        this.#skip -= skipped;
        position += skipped;
        continue;
      }
      if (end - position < 4) break;
      // length u24 | number u8 | payload
      const length = u24le(bytes, position);
      const payload = position + 4;
      if (this.#continues) {
        if (this.#current !== undefined) this.#continueCommand(length);
        this.#pass(length);
      } else if (this.#isSendingFile) {
        if (length === 0) this.#isSendingFile = false;
        this.#current = undefined;
        this.#pass(length);
      } else if (bytes[position + 3] !== 0) {
        if (this.#awaitsLogin) {
          const whole = payload + Math.min(length, LOGIN_BYTES);
          if (whole > end) break;
          this.#awaitsLogin = false;
          if (asksForTls(bytes, payload, length)) {
            this.context.ledger.reasons.add("TLS after SSLRequest");
            return CLOSED;
          }
          readLogin(bytes, payload, whole, this.session);
        }
        this.#current = undefined;
        this.#pass(length);
      } else {
        if (length === 0) {
          this.context.ledger.reasons.add("a command without a code");
          this.lose();
          return position;
        }
        if (payload === end) break;
        if (this.session.compression === UNSETTLED) { // a part of the login is missing
          this.lose();
          return position;
        }
        this.#counted ??= this.#command(bytes[payload], length, place, position);
        const read = payload + Math.min(length, this.#readBytes(bytes, payload, end));
        if (read > end) break;
        this.#read(this.#counted.detail, bytes, payload + 1, read);
        this.#current = this.#counted;
        this.#counted = undefined;
        this.#pass(length);
      }
      position = payload;
    }
    return position;
  }

  /** Bytes are missing. What is skipped anyway may swallow them; else a certain start is awaited. */
  gap(lost: number): void {
    this.statements.gap();
    if (this.isLost) return;
    const counted = this.#counted;
    const remaining = counted !== undefined ? counted.requestBytes - this.held : this.held > 0 ? 0 : this.#skip;
    if (lost > remaining) return this.lose();
    if (counted !== undefined) { // its statement stays unknown
      this.#current = counted;
      this.#counted = undefined;
      this.#pass(counted.requestBytes - 4);
    }
    this.#skip = remaining - lost;
  }

  /** The server waits for the content of a file. */
  fileWanted(): void {
    this.#isSendingFile = !this.isLost;
  }

  /** The server has answered: it waits for no file any more. */
  answered(): void {
    this.#isSendingFile = false;
  }

  /** Where the next command begins is not known any more. */
  lose(): void {
    // How long a command is that goes on behind the gap is not known, so its answer is not waited for.
    if (this.#continues && this.#current !== undefined) this.responses.lose();
    this.responses.commandsMissing();
    this.isLost = true;
    this.#isSendingFile = false;
    this.#awaitsLogin = false;
    this.#skip = 0;
    this.#continues = false;
    this.#counted = this.#current = undefined;
    this.held = 0;
    this.fifo.requestGap();
  }

  #pass(length: number): void {
    this.#skip = length;
    this.#continues = length === PACKET_BYTES;
  }

  #continueCommand(length: number): void {
    this.#current!.requestBytes += 4 + length;
    this.#current!.detail.answerSequence = (this.#current!.detail.answerSequence + 1) & 0xff;
  }

  /** A command's code is known: it is counted now, whenever the rest of it comes. */
  #command(command: number, length: number, place: Place, index: number): RoundTrip<MysqlDetail> {
    const { sec, nsec } = place.at;
    const detail = new MysqlDetail(command, this.session);
    const roundTrip = new RoundTrip(this.protocol, this.flow, detail, sec, nsec, 4 + length);
    this.responses.beforeCommand(place.at.acknowledgedAt(place.offset(index)));
    if (answerOf(command) === NO_ANSWER) this.fifo.oneWay();
    else {
      this.fifo.request(roundTrip, place.at, place.offset(index));
      if (!this.fifo.inOrder) this.responses.awaitStart();
    }
    if (hasText(command)) detail.statement = UNKNOWN;
    if (command === PREPARE) this.statements.asked(detail);
    else if (command === RESET_CONNECTION || command === CHANGE_USER) this.statements.clear();
    return roundTrip;
  }

  /** How much of a command's payload is read, its code included. */
  #readBytes(bytes: Uint8Array, payload: number, end: number): number {
    switch (bytes[payload]) {
      case QUERY:
        return this.#hasAttributes(bytes, payload, end) ? 1 + ATTRIBUTE_BYTES : TEXT_COMMAND_BYTES;
      case EXECUTE:
      case BULK_EXECUTE:
      case FETCH_STMT:
      case RESET_STMT:
      case CLOSE_STMT:
      case KILL:
        return 5;
      default:
        return TEXT_COMMAND_BYTES;
    }
  }

  #hasAttributes(bytes: Uint8Array, payload: number, end: number): boolean {
    const { session } = this;
    return (!session.isKnown || session.has(CLIENT_QUERY_ATTRIBUTES)) && hasAttributes(bytes, payload + 1, end);
  }

  /** Reads what follows a command's code. */
  #read(detail: MysqlDetail, bytes: Uint8Array, at: number, end: number): void {
    switch (detail.command) {
      case QUERY: {
        const text = this.#hasAttributes(bytes, at - 1, end) ? skipAttributes(bytes, at, end) : at;
        if (text >= 0) detail.statement = statementText(bytes, text, end);
        return;
      }
      case INIT_DB:
      case DROP_DB:
      case PREPARE:
        detail.statement = statementText(bytes, at, end);
        return;
      case FIELD_LIST: // table, NUL, pattern of columns
        detail.statement = fieldListText(bytes, at, end);
        return;
      case EXECUTE:
      case BULK_EXECUTE:
      case FETCH_STMT:
      case RESET_STMT:
        if (at + 4 <= end) detail.statement = this.statements.text(u32le(bytes, at));
        return;
      case CLOSE_STMT:
        if (at + 4 <= end) this.statements.closed(u32le(bytes, at));
        return;
      case KILL:
        if (at + 4 <= end) detail.statement = String(u32le(bytes, at));
        return;
      case SET_OPTION:
        if (at + 2 <= end) detail.statement = String(u16le(bytes, at));
        return;
      case REFRESH:
      case SHUTDOWN:
        detail.statement = at < end ? String(bytes[at]) : "";
        return;
      case CHANGE_USER:
        detail.statement = readChangeUser(bytes, at, end, this.session);
        return;
    }
  }
}

/** Commands whose statement is printed, once it is known. */
function hasText(command: number): boolean {
  switch (command) {
    case QUERY:
    case INIT_DB:
    case DROP_DB:
    case PREPARE:
    case FIELD_LIST:
    case EXECUTE:
    case BULK_EXECUTE:
    case FETCH_STMT:
    case RESET_STMT:
    case KILL:
    case SET_OPTION:
    case CHANGE_USER:
      return true;
    default:
      return false;
  }
}

function statementText(bytes: Uint8Array, at: number, end: number): string {
  const limit = at + STATEMENT_BYTES;
  return utf8(bytes, at, limit < end ? wholeCharacters(bytes, at, limit) : end);
}

/** The table, and the pattern of its columns if there is one. */
function fieldListText(bytes: Uint8Array, at: number, end: number): string {
  let nul = at;
  while (nul < end && bytes[nul] !== 0) nul++;
  const table = utf8(bytes, at, nul);
  const last = end > nul && bytes[end - 1] === 0 ? end - 1 : end;
  return nul + 1 < last ? `${table} ${utf8(bytes, nul + 1, last)}` : table;
}
