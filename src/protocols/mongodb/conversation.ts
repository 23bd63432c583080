/**
 * Both directions of a MongoDB connection
 * (https://www.mongodb.com/docs/manual/reference/mongodb-wire-protocol/): a reply says in its header which request it
 * answers. After bytes are missing, a direction starts again only where a message certainly begins: requests at a
 * quiet point, replies where the request's segment acknowledged and with that request's id.
 */
import { i32le } from "../../bytes/read.ts";
import { type Arrival, type Direction, type Flow, FROM_CLIENT, FROM_SERVER } from "../../core/flow.ts";
import type { Conversation, ConversationContext, Protocol } from "../../core/protocol.ts";
import { RoundTrip } from "../../core/roundtrip.ts";
import { NOT_MINE } from "../../core/verdict.ts";
import { Keyed } from "../../match/keyed.ts";
import { isHeader, Message, RESPONSE_TO } from "./message.ts";
import { HEADER_BYTES, MongoDetail, OP_DELETE, OP_INSERT, OP_KILL_CURSORS, OP_REPLY, OP_UPDATE } from "./messages.ts";
import { ReplyFields } from "./reply_fields.ts";
import { RequestFields } from "./request_fields.ts";

/** Bytes of something else that may precede the first message. */
const STRANGE_BYTES = 1024;

/** Opcodes that were never answered: errors had to be asked for. */
function isUnanswered(opCode: number): boolean {
  return opCode === OP_INSERT || opCode === OP_UPDATE || opCode === OP_DELETE || opCode === OP_KILL_CURSORS;
}

/** Requests respond to message 0; old clients wrote -1. */
function answersNothing(bytes: Uint8Array, at: number): boolean {
  const responseTo = i32le(bytes, at + RESPONSE_TO);
  return responseTo === 0 || responseTo === -1;
}

/** One direction. */
class Side<F extends RequestFields | ReplyFields> {
  readonly message: Message<F>;
  /** Whether a message is coming in, and which round trip it belongs to; none for what is only passed over. */
  busy = false;
  roundTrip: RoundTrip<MongoDetail> | undefined = undefined;
  /** Bytes that were offered and not consumed. */
  withheld = 0;
  /** Time of the newest bytes. */
  sec = 0;
  nsec = 0;

  /** @param certain whether the next byte begins a message */
  constructor(fields: F, public certain: boolean) {
    this.message = new Message(fields);
  }
}

export class MongoConversation implements Conversation {
  readonly #protocol: Protocol<MongoDetail>;
  readonly #flow: Flow;
  readonly #context: ConversationContext;
  readonly #keyed: Keyed<MongoDetail>;
  readonly #client: Side<RequestFields>;
  readonly #server: Side<ReplyFields>;
  /** Whether the next reply continues the last one and answers no request of its own. */
  #continues = false;
  /** What the newest request acknowledged: where its reply may begin, after replies were lost. */
  #resumesAt = 0;
  #resumes = false;
  /** Whether replies to waiting requests may have been lost. */
  #repliesLost = false;
  #understood = false;
  /** Bytes that were no message before anything was understood. */
  #strange = 0;

  constructor(protocol: Protocol<MongoDetail>, flow: Flow, context: ConversationContext) {
    this.#protocol = protocol;
    this.#flow = flow;
    this.#context = context;
    this.#keyed = new Keyed<MongoDetail>(context);
    this.#client = new Side(new RequestFields(), flow.sawStart);
    this.#server = new Side(new ReplyFields(), flow.sawStart);
  }

  feed(direction: Direction, bytes: Uint8Array, start: number, end: number, at: Arrival): number {
    const side = direction === FROM_CLIENT ? this.#client : this.#server;
    side.sec = at.sec;
    side.nsec = at.nsec;
    let position = start;
    while (position < end) {
      if (!side.certain) {
        const found = direction === FROM_CLIENT
          ? this.#findRequest(bytes, position, start, end, at)
          : this.#findReply(bytes, position, start, end, at);
        this.#context.ledger.skippedBytes += found - position;
        position = found;
        if (!side.certain) break;
      }
      if (!side.busy) {
        if (end - position < HEADER_BYTES) break;
        if (!isHeader(direction, bytes, position)) {
          const next = this.#notUnderstood(direction, end - position);
          if (next < 0) return next;
          continue;
        }
        this.#understood = true;
        if (direction === FROM_CLIENT) this.#request(bytes, position, position - start, at);
        else this.#reply(bytes, position);
        position += HEADER_BYTES;
      }
      position = side.message.take(bytes, position, end);
      if (side.message.left > 0) break;
      this.#ended(direction);
    }
    side.withheld = end - position;
    return position - start;
  }

  gap(direction: Direction, lost: number): void {
    const side = direction === FROM_CLIENT ? this.#client : this.#server;
    const missing = side.withheld + lost;
    side.withheld = 0;
    if (!side.busy || missing > side.message.left) return this.#desynchronise(direction);
    side.message.gap(missing);
    if (side.message.left === 0) this.#ended(direction);
  }

  end(): void {}

  close(): void {
    this.#abandon(this.#client);
    this.#abandon(this.#server);
    if (this.#repliesLost) this.#keyed.lost();
    this.#keyed.close();
  }

  #request(bytes: Uint8Array, position: number, offset: number, at: Arrival): void {
    const side = this.#client;
    const { message } = side;
    message.begin(bytes, position);
    side.busy = true;
    if (isUnanswered(message.opCode)) return this.#keyed.oneWay();
    if (this.#repliesLost && at.quietAt(offset)) { // nothing is under way any more
      this.#repliesLost = false;
      this.#keyed.lost();
    }
    this.#resumesAt = at.acknowledgedAt(offset);
    this.#resumes = true;
    const detail = new MongoDetail(message.id, message.opCode, this.#resumesAt);
    side.roundTrip = new RoundTrip(this.#protocol, this.#flow, detail, at.sec, at.nsec, message.length);
    this.#keyed.request(message.id, side.roundTrip);
    message.fields.start(detail);
    message.read();
  }

  #reply(bytes: Uint8Array, position: number): void {
    const side = this.#server;
    const { message } = side;
    message.begin(bytes, position);
    side.busy = true;
    if (!this.#continues) {
      side.roundTrip = this.#keyed.awaiting(message.responseTo);
      if (side.roundTrip === undefined) return this.#keyed.alone();
      side.roundTrip.detail.replyOpCode = message.opCode;
    }
    message.fields.start(side.roundTrip?.detail);
    message.read();
  }

  /** The last byte of a message was seen, or passed over. */
  #ended(direction: Direction): void {
    if (direction === FROM_CLIENT) this.#requestEnded();
    else this.#replyEnded();
  }

  #requestEnded(): void {
    const side = this.#client;
    const { roundTrip, message } = side;
    this.#abandon(side);
    if (roundTrip === undefined) return;
    if (message.moreToCome || message.fields.oneWay) this.#keyed.answeredNever(roundTrip);
  }

  #replyEnded(): void {
    const side = this.#server;
    const { roundTrip, message } = side;
    const wasContinued = this.#continues;
    this.#abandon(side);
    // OP_MSG says itself that another reply follows; a legacy reply when its cursor is open and all was asked for.
    this.#continues = message.moreToCome ||
      (message.opCode === OP_REPLY && message.fields.cursorOpen &&
        (wasContinued || roundTrip?.detail.exhaust === true));
    if (roundTrip === undefined) return;
    if (this.#keyed.awaiting(roundTrip.matchKey) === roundTrip) this.#keyed.answered(roundTrip, side, message.length);
    else this.#keyed.alone(); // it was evicted in the meantime
  }

  /** Nothing more of the message in hand is read. */
  #abandon(side: Side<RequestFields> | Side<ReplyFields>): void {
    const { message } = side;
    if (!side.busy) return;
    if (message.left > 0) message.giveUp("message cut short");
    if (message.trouble !== "") this.#context.ledger.reasons.add(message.trouble);
    if (side.roundTrip !== undefined) message.fields.finish(message.trouble === "");
    side.busy = false;
    side.roundTrip = undefined;
  }

  /** Bytes that are no message where one must begin. Returns 0, or a verdict. */
  #notUnderstood(direction: Direction, count: number): number {
    this.#strange += count;
    // A few bytes may come before the first message, as of a proxy's greeting; more than that is another protocol.
    if (!this.#understood && this.#strange > STRANGE_BYTES) return NOT_MINE;
    this.#context.ledger.reasons.add("not a message header");
    this.#desynchronise(direction);
    return 0;
  }

  #desynchronise(direction: Direction): void {
    if (direction === FROM_CLIENT) {
      this.#abandon(this.#client);
      this.#client.certain = false;
      return;
    }
    this.#abandon(this.#server);
    this.#server.certain = false;
    this.#continues = false;
    this.#repliesLost ||= this.#keyed.size > 0;
  }

  /** Where a request certainly begins, or may when more is known; else the end. */
  #findRequest(bytes: Uint8Array, position: number, start: number, end: number, at: Arrival): number {
    for (const candidate of [position, start + at.carried]) {
      if (candidate < position || candidate >= end || !at.quietAt(candidate - start)) continue;
      if (end - candidate < HEADER_BYTES) return candidate;
      if (!isHeader(FROM_CLIENT, bytes, candidate) || !answersNothing(bytes, candidate)) continue;
      this.#client.certain = true;
      return candidate;
    }
    return end;
  }

  /** Where the reply to a waiting request certainly begins, or may when more is known; else the end. */
  #findReply(bytes: Uint8Array, position: number, start: number, end: number, at: Arrival): number {
    if (!this.#resumes) return end;
    const candidate = start + ((this.#resumesAt - at.sequence) | 0);
    if (candidate >= end) return end;
    if (candidate >= position) {
      if (end - candidate < HEADER_BYTES) return candidate;
      const asked = this.#keyed.awaiting(i32le(bytes, candidate + RESPONSE_TO));
      if (asked?.detail.acknowledged === this.#resumesAt && isHeader(FROM_SERVER, bytes, candidate)) {
        this.#server.certain = true;
        return candidate;
      }
    }
    this.#resumes = false;
    return end;
  }
}
