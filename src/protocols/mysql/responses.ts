/**
 * The server's direction: the greeting, the login, and the answers to commands
 * (https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_basic_packets.html).
 */
import { u24le } from "../../bytes/read.ts";
import type { ConversationContext } from "../../core/protocol.ts";
import type { RoundTrip } from "../../core/roundtrip.ts";
import { Clock, type Instant } from "../../core/time.ts";
import { CLOSED, NOT_MINE } from "../../core/verdict.ts";
import type { Fifo } from "../../match/fifo.ts";
import { AnswerReader, ERR_HEADER, EVENTS, LAST, MISFIT, OK_HEADER, WANTS_FILE } from "./answer.ts";
import { FRAME, frameAt, UNDECIDED } from "./compression.ts";
import { isGreeting, readGreeting } from "./handshake.ts";
import { INIT_DB, type MysqlDetail, OK, PACKET_BYTES, PREFIX_BYTES } from "./messages.ts";
import type { Place } from "./place.ts";
import type { Requests } from "./requests.ts";
import { RowChain, SEARCHED_BYTES } from "./row_chain.ts";
import { type Session, SETTLED, SUPPOSED_PLAIN } from "./session.ts";
import type { Statements } from "./statements.ts";

/** How far the connection is: nothing came, the login goes on, commands are answered. */
const GREETING = 0, LOGIN = 1, COMMANDS = 2;

export class Responses {
  /** Whether bytes are missing and a certain start is awaited. */
  isLost: boolean;
  /** Bytes that were offered last and not consumed. */
  held = 0;
  #phase: typeof GREETING | typeof LOGIN | typeof COMMANDS;
  /** Bytes of the present packet that are still to be skipped, and whether its payload goes on in the next packet. */
  #skip = 0;
  #continues = false;
  /** Number of the newest packet. */
  #number = 0;
  /** The command that is being answered, and the bytes of the answer so far. */
  #current: RoundTrip<MysqlDetail> | undefined = undefined;
  #bytes = 0;
  readonly #answer: AnswerReader;
  /** Whether the answer, or the login, ends with the present packet. */
  #ends = false;
  /** When and where an answer ended that may be over. */
  readonly #overAt = new Clock();
  #overSequence = 0;
  #isOverNoted = false;
  /** Set while the way back into the rows is searched; by how much the bytes counted are behind then. */
  #chain: RowChain | undefined = undefined;
  #uncounted = 0;
  #areRowsLost = false;

  constructor(
    certain: boolean,
    readonly context: ConversationContext,
    readonly session: Session,
    statements: Statements,
    readonly fifo: Fifo<MysqlDetail>,
    readonly requests: Requests,
  ) {
    this.isLost = !certain;
    this.#phase = certain ? GREETING : COMMANDS;
    this.#answer = new AnswerReader(session, statements);
  }

  /** Whether nothing of the server has come yet. */
  get awaitsGreeting(): boolean {
    return this.#phase === GREETING;
  }

  /**
   * Takes packets, as far as they are there. Returns where it stopped, also behind the login, from where on packets
   * may be compressed; or a verdict.
   */
  take(bytes: Uint8Array, start: number, end: number, place: Place): number {
    let position = this.#chain === undefined ? start : this.#search(this.#chain, bytes, start, end);
    if (this.#chain !== undefined || this.isLost) return position;
    const answer = this.#answer;
    for (;;) {
      if (this.#skip > 0) {
        const skipped = Math.min(this.#skip, end - position);
        this.#skip -= skipped;
        position += skipped;
        if (this.#skip > 0) return position;
      }
      if (this.#ends && !this.#continues) {
        if (this.#phase === LOGIN) {
          this.#ends = false;
          this.#phase = COMMANDS;
          this.session.loggedIn();
          return position;
        }
        this.#finish(place.at);
      } else if (answer.mayBeOver && !this.#isOverNoted) this.#noteOver(place, position);
      if (end - position < 4) return position;
      // length u24 | number u8 | payload
      const length = u24le(bytes, position);
      const payload = position + 4;
      if (!this.#continues) {
        if (payload === end && length > 0) return position;
        if (this.session.compression === SUPPOSED_PLAIN && this.#current === undefined) {
          const found = frameAt(bytes, position, end);
          if (found === UNDECIDED) return position;
          if (found === FRAME) {
            this.#strange("compressed packets where the command looked plain");
            return position;
          }
          this.session.compression = SETTLED;
        }
        const first = length > 0 ? bytes[payload] : -1;
        if (this.#current !== undefined && answer.isRow(first, length)) this.#current.detail.rows++;
        else {
          const isCounted = this.#current !== undefined && answer.isCounted(first);
          const read = payload + Math.min(length, isCounted ? 1 : PREFIX_BYTES);
          if (read > end) return position;
          const verdict = this.#packet(bytes, position, read, first, length, place);
          if (verdict < 0) return verdict;
          if (this.isLost) return position;
        }
      }
      this.#number = bytes[position + 3];
      this.#bytes += 4 + length;
      this.#skip = length;
      this.#continues = length === PACKET_BYTES;
      position = payload;
    }
  }

  /** Bytes are missing. What is skipped anyway may swallow them; rows are found again; else a certain start is awaited. */
  gap(lost: number): void {
    if (this.isLost) return this.fifo.responseGap(); // if a command waits, its answer begins in these bytes
    if (this.held === 0 && lost <= this.#skip && !this.#ends) {
      this.#skip -= lost;
      return;
    }
    // Only where nothing else may have begun in the missing bytes: one command waits, and its rows are coming.
    const isFindable = this.#current !== undefined && this.#answer.isInRows && this.fifo.size === 1 &&
      this.#chain === undefined && !this.requests.isLost && !this.#ends && !this.#continues &&
      !this.session.isCompressed;
    if (!isFindable) return this.lose();
    const missing = this.held + lost;
    this.#chain = new RowChain(this.#answer.columns, (this.#number + 1) & 0xff, missing);
    this.#uncounted = missing - this.#skip;
    this.#skip = this.held = 0;
  }

  /** Commands are missing: rows that are found again may be those of another answer. */
  commandsMissing(): void {
    if (this.#chain !== undefined) this.lose();
  }

  /** Where the next answer begins is not known any more. */
  lose(): void {
    this.awaitStart();
    this.fifo.responseGap();
  }

  /** The next answer begins where the command that waits says, whatever comes before. */
  awaitStart(): void {
    this.isLost = true;
    this.#phase = COMMANDS;
    this.#current = undefined;
    this.#chain = undefined;
    this.#skip = this.held = 0;
    this.#continues = this.#ends = false;
    this.#isOverNoted = this.#answer.mayBeOver = false;
  }

  /** The client goes on with a command that acknowledges so much: what was still open is decided by that. */
  beforeCommand(acknowledged: number): void {
    if (this.#chain !== undefined) this.lose();
    else if (this.#isOverNoted && ((acknowledged - this.#overSequence) | 0) >= 0) this.end();
  }

  /** Nothing more comes, or nothing before the next command: an answer that may be over is over. */
  end(): void {
    if (!this.#isOverNoted) return;
    this.session.deprecatesEof = true;
    this.#finish(this.#overAt);
  }

  /** Looks into a packet of which `bytes[position..read)` is there. Returns 0, or a verdict. */
  #packet(bytes: Uint8Array, position: number, read: number, first: number, length: number, place: Place): number {
    const payload = position + 4;
    const number = bytes[position + 3];
    if (this.#phase === GREETING) {
      if (first === ERR_HEADER) this.context.ledger.reasons.add("a server that refused the connection");
      else if (number !== 0 || !isGreeting(bytes, payload, read)) return NOT_MINE;
      else readGreeting(bytes, payload, read, this.session);
      this.#phase = LOGIN;
      return 0;
    }
    if (this.#phase === LOGIN) {
      this.#ends = first === OK_HEADER;
      return 0;
    }
    if (this.#isOverNoted && this.#answer.isOverBefore(first, length)) this.end();
    if (this.#current === undefined && !this.#begin(first, number, place.sequence(position))) return 0;
    switch (this.#answer.packet(bytes, payload, read, first, length)) {
      case LAST:
        this.#ends = true;
        return 0;
      case WANTS_FILE:
        this.requests.fileWanted();
        return 0;
      case MISFIT:
        this.#strange("an answer that does not fit its command");
        return 0;
      case EVENTS:
        this.context.ledger.reasons.add("a stream of replication events, which is left alone");
        this.fifo.answeredNever();
        return CLOSED;
      default:
        return 0;
    }
  }

  /** Finds the command that the answer beginning here belongs to. False when there is none that is certain. */
  #begin(first: number, number: number, sequence: number): boolean {
    const { fifo } = this;
    const wasCertain = fifo.inOrder;
    const roundTrip = fifo.awaiting(sequence);
    if (roundTrip === undefined) {
      const isUnasked = wasCertain && fifo.size === 0;
      if (isUnasked) fifo.alone();
      // A server may say why it ends the connection without being asked.
      if (!isUnasked || first !== ERR_HEADER) this.#strange("an answer that nobody asked for");
      return false;
    }
    const { detail } = roundTrip;
    if (!wasCertain && number !== detail.answerSequence && !this.session.isCompressed) {
      this.#strange("an answer with another number than its command asks for");
      return false;
    }
    this.#current = roundTrip;
    this.#bytes = 0;
    this.#areRowsLost = false;
    this.#answer.begin(detail);
    return true;
  }

  /** What came contradicts what was taken for certain: both directions begin anew. */
  #strange(reason: string): void {
    this.context.ledger.reasons.add(reason);
    this.session.notUnderstood();
    this.lose();
    if (!this.requests.isLost) this.requests.lose();
  }

  #finish(at: Instant): void {
    const { detail } = this.#current!;
    this.#answer.finish();
    if (this.#areRowsLost) detail.rows = -1;
    if (detail.command === INIT_DB && detail.outcome === OK) this.session.database = detail.statement;
    this.#current = undefined;
    this.#ends = this.#isOverNoted = false;
    this.fifo.answered(at, this.#bytes);
    this.requests.answered();
  }

  #noteOver(place: Place, position: number): void {
    this.#isOverNoted = true;
    this.#overAt.set(place.at.sec, place.at.nsec);
    this.#overSequence = place.sequence(position);
  }

  /** Searches the way back into the rows. Returns where a row begins, or how far the search is. */
  #search(chain: RowChain, bytes: Uint8Array, start: number, end: number): number {
    const found = chain.search(bytes, start, end);
    if (found < 0) {
      if (chain.searched > SEARCHED_BYTES) this.lose();
      return Math.max(start, end - 3);
    }
    this.#bytes += this.#uncounted + chain.searched + (found - start);
    if (chain.rows < 0) this.#areRowsLost = true;
    else this.#current!.detail.rows += chain.rows;
    this.#chain = undefined;
    return found;
  }
}
