/**
 * One answer, packet by packet
 * (https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_command_phase_text.html and its siblings). Rows and
 * definitions are counted, not looked into. Whether EOF packets stand behind definitions is read from the length of
 * what stands there, so that an answer ends where it does without the capabilities too.
 */
import { u16le, u32le } from "../../bytes/read.ts";
import {
  type Answer,
  answerOf,
  AUTHENTICATION,
  COLUMNS,
  DEFINITIONS,
  ERROR,
  EXECUTE,
  type MysqlDetail,
  ONE_PACKET,
  PACKET_BYTES,
  PREPARED,
  RESULT_SET,
  RESULTS,
  ROWS,
  STREAM,
  TEXT,
} from "./messages.ts";
import { Completion, EOF_BYTES, isProgress, lenenc, lenencBytes, readError } from "./packets.ts";
import type { Session } from "./session.ts";
import type { Statements } from "./statements.ts";

/** First bytes of packets. */
export const OK_HEADER = 0x00, ERR_HEADER = 0xff;
const LOCAL_INFILE = 0xfb, EOF_HEADER = 0xfe;

/** Status flags (https://dev.mysql.com/doc/dev/mysql-server/latest/mysql__com_8h.html, SERVER_STATUS_flags_enum). */
const MORE_RESULTS_EXISTS = 0x0008;
const CURSOR_EXISTS = 0x0040;

/** What the next packet is: the first of an answer or of its next result, a definition to be counted off, */
const RESULT = 0, DEFINITION = 1;
/** the EOF behind definitions or what follows where servers leave it out, a row. */
const BEHIND = 2, ROW = 3;
type State = typeof RESULT | typeof DEFINITION | typeof BEHIND | typeof ROW;

/** What a packet did: more follow, it was the last, it wants a file from the client, it fits nothing, events follow. */
export const MORE = 0;
export const LAST = 1;
export const WANTS_FILE = 2;
export const MISFIT = 3;
export const EVENTS = 4;
export type Step = typeof MORE | typeof LAST | typeof WANTS_FILE | typeof MISFIT | typeof EVENTS;

/** Whether a packet where a row may stand is the error, EOF or OK behind the last one: rows that begin so are longer. */
function endsRows(first: number, length: number): boolean {
  return first === ERR_HEADER || (first === EOF_HEADER && length < PACKET_BYTES);
}

/** Whether a packet is an EOF: an OK packet with the same first byte is longer. */
function isEof(first: number, length: number): boolean {
  return first === EOF_HEADER && length <= EOF_BYTES;
}

export class AnswerReader {
  /** Columns of the result in hand. */
  columns = 0;
  /** Set when a PREPARE is over unless an EOF follows, and nothing has shown yet whether the server sends such. */
  mayBeOver = false;
  #detail!: MysqlDetail;
  #kind: Answer = ONE_PACKET;
  #state: State = RESULT;
  #hasRows = false;
  /** Definitions of this group that are still to come, and those of the group behind it (the columns of PREPARE). */
  #definitions = 0;
  #definitionsBehind = 0;
  readonly #completion = new Completion();

  constructor(readonly session: Session, readonly statements: Statements) {}

  /** The answer to this command begins. */
  begin(detail: MysqlDetail): void {
    this.#detail = detail;
    this.#kind = answerOf(detail.command);
    this.#state = this.#kind === ROWS ? ROW : RESULT;
    this.#hasRows = this.#kind === ROWS;
    this.mayBeOver = false;
    this.columns = 0;
  }

  /** Whether rows are coming, whatever the next packet is. */
  get isInRows(): boolean {
    return this.#state === ROW;
  }

  /** Whether this packet is a row, of which nothing else is to be known. */
  isRow(first: number, length: number): boolean {
    return this.#state === ROW && length > 0 && !endsRows(first, length);
  }

  /** Whether one byte of this packet is enough for {@link packet}. */
  isCounted(first: number): boolean {
    return this.#state === DEFINITION && first !== ERR_HEADER;
  }

  /** Whether a PREPARE that may be over is over, since this packet is no EOF. */
  isOverBefore(first: number, length: number): boolean {
    return this.mayBeOver && !isEof(first, length);
  }

  /** Looks into a packet of the answer, whose payload is there up to `end`. */
  packet(bytes: Uint8Array, payload: number, end: number, first: number, length: number): Step {
    if (first === ERR_HEADER) {
      if (isProgress(bytes, payload, end)) return MORE;
      readError(bytes, payload, end, this.#detail);
      this.#detail.outcome = ERROR;
      return LAST;
    }
    switch (this.#state) {
      case DEFINITION:
        return length === 0 ? MISFIT : this.#definition();
      case BEHIND:
        return this.#behind(bytes, payload, end, first, length);
      case ROW:
        if (endsRows(first, length)) return this.#completed(bytes, payload, end, length);
        this.#detail.rows++;
        return length === 0 ? MISFIT : MORE;
      default:
        return this.#first(bytes, payload, end, first, length);
    }
  }

  /** The last packet is complete. */
  finish(): void {
    if (this.#detail.outcome !== ERROR && this.#hasRows) this.#detail.outcome = RESULT_SET;
    this.mayBeOver = false;
  }

  #first(bytes: Uint8Array, payload: number, end: number, first: number, length: number): Step {
    switch (this.#kind) {
      case RESULTS:
        return this.#result(bytes, payload, end, first, length);
      case PREPARED:
        return first === OK_HEADER && length >= 9 ? this.#prepared(bytes, payload, length) : MISFIT;
      case DEFINITIONS:
        this.#hasRows = true;
        if (endsRows(first, length)) return this.#completed(bytes, payload, end, length);
        this.#detail.rows++;
        return MORE;
      case AUTHENTICATION:
        return first === OK_HEADER ? this.#completed(bytes, payload, end, length) : MORE;
      case TEXT:
        return LAST;
      case STREAM:
        return EVENTS;
      default:
        return first === OK_HEADER || first === EOF_HEADER ? this.#completed(bytes, payload, end, length) : MISFIT;
    }
  }

  /** The first packet of a result: OK, a wish for a file, or the number of columns. */
  #result(bytes: Uint8Array, payload: number, end: number, first: number, length: number): Step {
    if (first === OK_HEADER || isEof(first, length)) return this.#completed(bytes, payload, end, length);
    if (first === LOCAL_INFILE) return WANTS_FILE;
    // columns lenenc | whether definitions follow u8, with CLIENT_OPTIONAL_RESULTSET_METADATA or MariaDB's cache
    const size = first < 0 ? 0 : lenencBytes(first);
    const columns = size === 0 || size > length ? 0 : lenenc(bytes, payload);
    if (columns === 0 || columns > COLUMNS || length > size + 1) return MISFIT;
    this.columns = this.#definitions = columns;
    this.#hasRows = true;
    this.#state = length > size && bytes[payload + size] === 0 ? BEHIND : DEFINITION;
    return MORE;
  }

  /**
   * The id of a statement, and how many definitions follow.
   *
   *     0x00 | id u32 | columns u16 | parameters u16 | 0 | warnings u16 | whether definitions follow u8 (optional)
   */
  #prepared(bytes: Uint8Array, payload: number, length: number): Step {
    this.statements.prepared(u32le(bytes, payload + 1), this.#detail.statement);
    const columns = u16le(bytes, payload + 5), parameters = u16le(bytes, payload + 7);
    if (length >= 12) this.#detail.warnings = u16le(bytes, payload + 10);
    if (columns + parameters === 0 || (length > 12 && bytes[payload + 12] === 0)) return LAST;
    this.#definitions = parameters > 0 ? parameters : columns;
    this.#definitionsBehind = parameters > 0 ? columns : 0;
    this.#state = DEFINITION;
    return MORE;
  }

  #definition(): Step {
    if (--this.#definitions > 0) return MORE;
    this.#state = BEHIND;
    if (this.#kind !== PREPARED) return MORE;
    const { deprecatesEof } = this.session;
    if (deprecatesEof === true) return this.#nextGroup();
    this.mayBeOver = deprecatesEof === undefined && this.#definitionsBehind === 0;
    return MORE;
  }

  #nextGroup(): Step {
    this.#definitions = this.#definitionsBehind;
    this.#definitionsBehind = 0;
    this.#state = DEFINITION;
    return this.#definitions === 0 ? LAST : MORE;
  }

  /** The packet behind definitions: an EOF, or already what follows. */
  #behind(bytes: Uint8Array, payload: number, end: number, first: number, length: number): Step {
    const completion = this.#completion;
    const hasEof = isEof(first, length);
    this.session.deprecatesEof ??= !hasEof;
    if (hasEof) completion.readEof(bytes, payload, end);
    if (this.#kind === PREPARED) {
      this.mayBeOver = false;
      const step = this.#nextGroup();
      if (!hasEof) return step === LAST ? MISFIT : this.packet(bytes, payload, end, first, length);
      this.#detail.status = completion.status;
      return step;
    }
    this.#state = ROW;
    if (!hasEof) return this.packet(bytes, payload, end, first, length);
    // The rows behind a cursor are fetched by commands of their own.
    return this.#detail.command === EXECUTE && (completion.status & CURSOR_EXISTS) !== 0 ? LAST : MORE;
  }

  /** An OK or EOF packet that ends a result, and with the last one the answer. */
  #completed(bytes: Uint8Array, payload: number, end: number, length: number): Step {
    const completion = this.#completion;
    if (isEof(bytes[payload], length)) completion.readEof(bytes, payload, end);
    else if (!completion.readOk(bytes, payload, end, this.session.speaks41)) return MISFIT;
    const detail = this.#detail;
    detail.affectedRows = sum(detail.affectedRows, completion.affectedRows);
    if (completion.lastInsertId !== 0) detail.lastInsertId = completion.lastInsertId;
    detail.status = completion.status;
    detail.warnings = completion.warnings;
    if (this.#kind !== RESULTS || (completion.status & MORE_RESULTS_EXISTS) === 0) return LAST;
    this.#state = RESULT;
    return MORE;
  }
}

function sum(a: number | bigint, b: number | bigint): number | bigint {
  return typeof a === "number" && typeof b === "number" ? a + b : BigInt(a) + BigInt(b);
}
