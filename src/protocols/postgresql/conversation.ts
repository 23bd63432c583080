/**
 * Both directions of a PostgreSQL connection (protocol 3): finds the messages in the bytes, skips what need not be
 * read, and starts again with certainty after bytes are missing.
 * https://www.postgresql.org/docs/current/protocol-overview.html
 */
import { u32be } from "../../bytes/read.ts";
import { type Arrival, type Direction, type Flow, FROM_CLIENT, FROM_SERVER } from "../../core/flow.ts";
import type { Conversation, ConversationContext, Protocol } from "../../core/protocol.ts";
import { CLOSED, NOT_MINE } from "../../core/verdict.ts";
import {
  beginsTurn,
  clientBytesRead,
  commandAnswer,
  errorAnswer,
  isClientMessage,
  isServerMessage,
  mayBeginTurn,
  serverBytesRead,
} from "./decoder.ts";
import { Exchange, IN_STEP, STREAMING } from "./exchange.ts";
import { Frontend } from "./frontend.ts";
import {
  type Answer,
  CANCEL_REQUEST,
  COMMAND_COMPLETE,
  ERROR,
  GSSENC_REQUEST,
  HEADER,
  type PostgresDetail,
  SSL_REQUEST,
  STARTUP_BYTES,
  STARTUP_HEADER,
} from "./messages.ts";
import { Statements } from "./statements.ts";
import { GSS_REQUEST, STARTUP, TLS_REQUEST } from "./steps.ts";

/** Turns that begin with no message after which a connection whose start was not seen is taken for another protocol's. */
const STRANGE_TURNS = 16;

/** What a direction waits for: a packet that opens a connection (clients only), a message, or a certain start. */
const OPENING = 0, MESSAGE = 1, CERTAIN_START = 2;
type State = typeof OPENING | typeof MESSAGE | typeof CERTAIN_START;

export class PostgresConversation implements Conversation {
  readonly #context: ConversationContext;
  readonly #exchange: Exchange;
  readonly #frontend: Frontend;
  #client: State;
  #server: State;
  /** Bytes of the present message that are still to come and are not read. */
  #clientRest = 0;
  #serverRest = 0;
  /** The server's message whose rest is to come: its type, its size and what was read of it. */
  #type = 0;
  #size = 0;
  #answer: Answer | undefined = undefined;
  /** When the server's newest bytes came. */
  readonly #time = { sec: 0, nsec: 0 };
  /** The sequence number at which the server's answer to a turn begins; only while `#server` is CERTAIN_START. */
  #resumeAt = 0;
  #resumes = false;
  #understood = false;
  /** Turns that began with no message before anything was understood; and whether the server spoke since the last. */
  #strangeTurns = 0;
  #serverSpoke = false;

  constructor(protocol: Protocol<PostgresDetail>, flow: Flow, context: ConversationContext) {
    this.#context = context;
    const statements = new Statements();
    statements.areAll = flow.sawStart;
    this.#exchange = new Exchange(protocol, flow, context, statements);
    this.#frontend = new Frontend(protocol, flow, statements, this.#exchange);
    this.#client = flow.sawStart ? OPENING : CERTAIN_START;
    this.#server = flow.sawStart ? MESSAGE : CERTAIN_START;
  }

  feed(direction: Direction, bytes: Uint8Array, start: number, end: number, at: Arrival): number {
    if (direction !== FROM_CLIENT) {
      this.#time.sec = at.sec;
      this.#time.nsec = at.nsec;
      this.#serverSpoke = true;
    }
    let position = start;
    while (position < end) {
      const taken = direction === FROM_CLIENT
        ? this.#fromClient(bytes, position, start, end, at)
        : this.#fromServer(bytes, position, start, end, at);
      if (taken < 0) return taken;
      if (taken === 0) break; // half a message
      position += taken;
    }
    return position - start;
  }

  gap(direction: Direction, lost: number): void {
    if (direction === FROM_CLIENT) {
      if (lost <= this.#clientRest) this.#clientRest -= lost;
      else this.#loseClient();
    } else if (lost <= this.#serverRest) {
      this.#serverRest -= lost;
      if (this.#serverRest === 0) this.#complete();
    } else this.#loseServer();
  }

  end(direction: Direction): void {
    if (direction !== FROM_CLIENT) this.#exchange.finish();
  }

  close(): void {
    this.#exchange.close();
  }

  /** Takes the next message, or a part of it. Returns how many bytes that was, 0 when more are needed, or a verdict. */
  #fromClient(bytes: Uint8Array, position: number, start: number, end: number, at: Arrival): number {
    const available = end - position;
    if (this.#clientRest > 0) {
      const taken = Math.min(this.#clientRest, available);
      this.#clientRest -= taken;
      return taken;
    }
    if (this.#client === OPENING) return this.#open(bytes, position, end);
    const isTurn = at.quietAt(position - start) && this.#exchange.takesTurns;
    if (this.#client === CERTAIN_START && !(isTurn && mayBeginTurn(bytes, position, end))) {
      return this.#pass(isTurn, position, start, end, at);
    }
    if (available < HEADER) return 0;
    const type = bytes[position], length = u32be(bytes, position + 1);
    if (!isClientMessage(type, length)) return this.#notUnderstood(FROM_CLIENT, "not a client's message", available);
    const size = length + 1, read = clientBytesRead(type, size);
    if (available < read) return 0;
    if (isTurn && !(this.#client === MESSAGE && this.#exchange.certain) && beginsTurn(type)) {
      this.#restart(at.acknowledgedAt(position - start), at.provenAt(position - start));
    }
    this.#understood = true;
    this.#frontend.message(bytes, position, position + read, size, at);
    const taken = Math.min(size, available);
    this.#clientRest = size - taken;
    return taken;
  }

  /** Passes over bytes that are no certain start: up to the newest segment, which may be one, or all of them. */
  #pass(isTurn: boolean, position: number, start: number, end: number, at: Arrival): number {
    const border = start + at.carried;
    const stop = position < border && border < end ? border : end;
    this.#context.ledger.skippedBytes += stop - position;
    if (isTurn && this.#serverSpoke && !this.#understood) {
      this.#serverSpoke = false;
      if (++this.#strangeTurns > STRANGE_TURNS) return NOT_MINE;
    }
    return stop - position;
  }

  /**
   * The packets that open a connection have no type.
   * https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-START-UP
   *
   *     | length (4) | version or code (4) | ... |
   */
  #open(bytes: Uint8Array, position: number, end: number): number {
    if (end - position < STARTUP_HEADER) return 0;
    const length = u32be(bytes, position), code = u32be(bytes, position + 4);
    if (length < STARTUP_HEADER || length > STARTUP_BYTES) return NOT_MINE;
    if (code === SSL_REQUEST) this.#exchange.step(TLS_REQUEST);
    else if (code === GSSENC_REQUEST) this.#exchange.step(GSS_REQUEST);
    else if (code === CANCEL_REQUEST) {
      this.#exchange.oneWay();
      this.#client = MESSAGE;
    } else if (code >>> 16 === 3) {
      this.#exchange.step(STARTUP);
      this.#client = MESSAGE;
    } else if (code >>> 16 === 2) {
      this.#context.ledger.reasons.add("protocol version 2, which is not decoded");
      return CLOSED;
    } else return NOT_MINE;
    this.#understood = true;
    const taken = Math.min(length, end - position);
    this.#clientRest = length - taken;
    return taken;
  }

  /** As {@link #fromClient}. */
  #fromServer(bytes: Uint8Array, position: number, start: number, end: number, at: Arrival): number {
    const available = end - position;
    if (this.#serverRest > 0) {
      const taken = Math.min(this.#serverRest, available);
      this.#serverRest -= taken;
      return this.#serverRest > 0 ? taken : this.#complete() || taken;
    }
    if (this.#server === CERTAIN_START) {
      const ahead = (this.#resumeAt - at.sequence) | 0;
      const stop = this.#resumes && ahead >= position - start && start + ahead < end ? start + ahead : end;
      this.#context.ledger.skippedBytes += stop - position;
      if (stop === end) return available;
      this.#server = MESSAGE;
      this.#resumes = false;
      if (stop > position) return stop - position;
    }
    const { awaited } = this.#exchange;
    if ((awaited === TLS_REQUEST || awaited === GSS_REQUEST) && bytes[position] !== ERROR) {
      return this.#encryption(bytes[position], awaited);
    }
    if (available < HEADER) return 0;
    const type = bytes[position], length = u32be(bytes, position + 1);
    if (!isServerMessage(type, length)) {
      if (this.#client === OPENING) return NOT_MINE;
      return this.#notUnderstood(FROM_SERVER, "not a server's message", available);
    }
    const size = length + 1, read = serverBytesRead(type, size);
    if (available < read) return 0;
    this.#type = type;
    this.#size = size;
    const body = position + HEADER;
    if (type === COMMAND_COMPLETE) this.#answer = commandAnswer(bytes, body, position + read);
    else if (type === ERROR) this.#answer = errorAnswer(bytes, body, position + read);
    const taken = Math.min(size, available);
    this.#serverRest = size - taken;
    return this.#serverRest > 0 ? taken : this.#complete() || taken;
  }

  /** The server's message is whole. Returns 0, or a verdict. */
  #complete(): number {
    const outcome = this.#exchange.take(this.#type, this.#size, this.#answer, this.#time);
    this.#answer = undefined;
    if (outcome === IN_STEP) return 0;
    if (outcome === STREAMING) {
      this.#context.ledger.reasons.add("replication stream");
      return CLOSED;
    }
    this.#context.ledger.reasons.add("message out of step");
    this.#loseServer();
    return 0;
  }

  /** The one byte that answers a request for encryption. */
  #encryption(answer: number, asked: number): number {
    if (answer === 0x4e) { // N
      this.#exchange.refused();
      return 1;
    }
    if (asked === TLS_REQUEST && answer === 0x53) { // S
      this.#context.ledger.reasons.add("TLS after SSLRequest");
      return CLOSED;
    }
    if (asked === GSS_REQUEST && answer === 0x47) { // G
      this.#context.ledger.reasons.add("GSSAPI encryption after GSSENCRequest");
      return CLOSED;
    }
    return NOT_MINE;
  }

  /** Bytes that are no message where one must stand: passes over what is there. */
  #notUnderstood(direction: Direction, reason: string, available: number): number {
    const { ledger } = this.#context;
    ledger.reasons.add(reason);
    ledger.skippedBytes += available;
    if (direction === FROM_CLIENT) this.#loseClient();
    else this.#loseServer();
    return available;
  }

  /** The client begins a turn: nothing else is under way, and the answer will begin where its segment acknowledges. */
  #restart(acknowledged: number, isProven: boolean): void {
    this.#exchange.restart(isProven);
    this.#client = MESSAGE;
    this.#server = CERTAIN_START;
    this.#serverRest = 0;
    this.#resumeAt = acknowledged;
    this.#resumes = true;
  }

  /** Messages of the client are missing: what waits is still answered in order, and what comes waits for a turn. */
  #loseClient(): void {
    this.#client = CERTAIN_START;
    this.#clientRest = 0;
    this.#frontend.gap();
  }

  /** Messages of the server are missing: nothing that waits can be paired. The client's are still read for their text. */
  #loseServer(): void {
    this.#server = CERTAIN_START;
    this.#serverRest = 0;
    this.#resumes = false;
    this.#exchange.lose();
  }
}
