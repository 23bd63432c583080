/**
 * Both directions of a MySQL or MariaDB connection
 * (https://dev.mysql.com/doc/dev/mysql-server/latest/PAGE_PROTOCOL.html): commands and their answers, paired by
 * position. After bytes are missing, commands begin again at a quiet point, answers where the command's segment
 * acknowledged.
 */
import { u24le } from "../../bytes/read.ts";
import { type Arrival, type Direction, type Flow, FROM_CLIENT, FROM_SERVER } from "../../core/flow.ts";
import type { Conversation, ConversationContext, Protocol } from "../../core/protocol.ts";
import { NOT_MINE } from "../../core/verdict.ts";
import { Fifo } from "../../match/fifo.ts";
import { commandAt, decompress, FRAME, FRAME_HEADER, NEITHER, UNDECIDED } from "./compression.ts";
import type { MysqlDetail } from "./messages.ts";
import { Place } from "./place.ts";
import { Requests } from "./requests.ts";
import { Responses } from "./responses.ts";
import { Session, SETTLED, SUPPOSED_PLAIN } from "./session.ts";
import { Statements } from "./statements.ts";

/** Where a certain start is: nowhere in these bytes, or perhaps at their beginning when more have come. */
const NOWHERE = -1, PERHAPS = -2;

const NOTHING = new Uint8Array(0);

export class MysqlConversation implements Conversation {
  readonly #session = new Session();
  readonly #fifo: Fifo<MysqlDetail>;
  readonly #requests: Requests;
  readonly #responses: Responses;
  readonly #place = new Place();
  /** By direction: the end of a compressed packet's data that is no whole packet yet. */
  readonly #rests: [Uint8Array, Uint8Array] = [NOTHING, NOTHING];

  constructor(protocol: Protocol<MysqlDetail>, flow: Flow, readonly context: ConversationContext) {
    const statements = new Statements(context.ledger);
    this.#fifo = new Fifo(context, flow.sawStart);
    this.#requests = new Requests(protocol, flow, context, this.#session, statements, this.#fifo);
    this.#responses = new Responses(flow.sawStart, context, this.#session, statements, this.#fifo, this.#requests);
    this.#requests.responses = this.#responses;
  }

  feed(direction: Direction, bytes: Uint8Array, start: number, end: number, at: Arrival): number {
    const side = direction === FROM_CLIENT ? this.#requests : this.#responses;
    if (direction === FROM_CLIENT && this.#responses.awaitsGreeting && !mayBeLogin(bytes, start, end)) {
      return NOT_MINE; // the server speaks first
    }
    let position = start;
    while (position < end) {
      if (side.isLost) {
        const found = direction === FROM_CLIENT
          ? this.#findCommand(bytes, position, start, end, at)
          : this.#findAnswer(position, start, end, at);
        if (found === PERHAPS) break;
        this.context.ledger.skippedBytes += (found === NOWHERE ? end : found) - position;
        if (found === NOWHERE) return end - start;
        position = found;
        side.isLost = false;
        this.#rests[direction] = NOTHING;
      }
      const next = this.#session.isCompressed
        ? this.#takeFrame(direction, bytes, position, start, end, at)
        : this.#takePlain(side, bytes, position, start, end, at);
      if (next < 0) return next;
      if (next === position && !side.isLost) break;
      position = next;
    }
    side.held = end - position;
    return position - start;
  }

  gap(direction: Direction, lost: number): void {
    const side = direction === FROM_CLIENT ? this.#requests : this.#responses;
    if (this.#session.isCompressed) side.lose();
    else side.gap(lost);
  }

  end(direction: Direction): void {
    if (direction === FROM_SERVER) this.#responses.end();
  }

  close(): void {
    this.#fifo.close();
  }

  #takePlain(
    side: Requests | Responses,
    bytes: Uint8Array,
    position: number,
    start: number,
    end: number,
    at: Arrival,
  ): number {
    this.#place.plain(at, start);
    return side.take(bytes, position, end, this.#place);
  }

  /** Takes one compressed packet. Returns where it ended, `position` when it is not whole, or a verdict. */
  #takeFrame(
    direction: Direction,
    bytes: Uint8Array,
    position: number,
    start: number,
    end: number,
    at: Arrival,
  ): number {
    if (end - position < FRAME_HEADER) return position;
    const length = u24le(bytes, position);
    const before = u24le(bytes, position + 4);
    const data = position + FRAME_HEADER;
    const stop = data + length;
    if (stop > end) return position;
    const side = direction === FROM_CLIENT ? this.#requests : this.#responses;
    const rest = this.#rests[direction];
    this.#rests[direction] = NOTHING;
    const plain = before === 0 ? bytes : decompress(bytes, data, stop, before);
    if (plain === undefined) {
      this.context.ledger.reasons.add("a compressed packet that is damaged");
      side.lose();
      return stop;
    }
    this.#place.compressed(at, position - start);
    const isPart = before === 0;
    const consumed = this.#takeRest(direction, rest, plain, isPart ? data : 0, isPart ? stop : plain.length);
    return consumed < 0 ? consumed : stop;
  }

  /** Takes what came out of a compressed packet, behind what the one before it left over. Returns 0 or a verdict. */
  #takeRest(direction: Direction, rest: Uint8Array, plain: Uint8Array, from: number, to: number): number {
    const side = direction === FROM_CLIENT ? this.#requests : this.#responses;
    let bytes = plain, position = from, end = to;
    if (rest.length > 0) {
      bytes = new Uint8Array(rest.length + to - from);
      bytes.set(rest);
      bytes.set(plain.subarray(from, to), rest.length);
      position = 0;
      end = bytes.length;
    }
    const next = side.take(bytes, position, end, this.#place);
    if (next < 0) return next;
    if (!side.isLost && next < end) this.#rests[direction] = bytes.slice(next, end);
    return 0;
  }

  /** Where a command begins for certain: at a quiet point, if it is one. Learns whether the connection is compressed. */
  #findCommand(bytes: Uint8Array, position: number, start: number, end: number, at: Arrival): number {
    // What began a turn after that was carried over is the later beginning, and the better one.
    const newest = start + at.carried;
    const begin = newest > position && at.quietAt(at.carried) ? newest : position;
    if (!at.quietAt(begin - start)) return NOWHERE;
    const found = commandAt(bytes, begin, end);
    if (found === UNDECIDED) return PERHAPS;
    if (found === NEITHER) return NOWHERE;
    const session = this.#session;
    const isCompressed = found === FRAME;
    if (session.compression === SETTLED) return isCompressed === session.isCompressed ? begin : NOWHERE;
    session.isCompressed = isCompressed;
    session.compression = isCompressed ? SETTLED : SUPPOSED_PLAIN;
    return begin;
  }

  #findAnswer(position: number, start: number, end: number, at: Arrival): number {
    const wanted = this.#fifo.resumesAt;
    if (wanted === undefined) return NOWHERE;
    const offset = (wanted - at.sequence) | 0;
    return offset >= position - start && start + offset < end ? start + offset : NOWHERE;
  }
}

/** Whether the client may be the first that is seen: where the server's direction is not in the capture. */
function mayBeLogin(bytes: Uint8Array, start: number, end: number): boolean {
  return end - start < 4 || bytes[start + 3] === 1;
}
