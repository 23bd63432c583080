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
  /** Where the client's newest turn began: nothing was under way, and the server had spoken since its last bytes. */
  #turnAt = 0;
  #turnKnown = false;
  #serverSpoke = true;
  /** What the newest request acknowledged: its reply may begin there. Whether it began a turn, and no reply came since. */
  #replyAt = 0;
  #replyKnown = false;
  #turns = false;
  /** Whether a reply has ended since the newest request began. */
  #replied = false;
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
    if (direction === FROM_CLIENT && at.quiet && this.#serverSpoke) {
      this.#turnAt = (at.sequence + at.carried) | 0;
      this.#turnKnown = true;
    }
    this.#serverSpoke = direction === FROM_SERVER;
    let position = start;
    while (position < end) {
      if (!side.certain) {
        const found = this.#find(direction, bytes, position, start, end, at);
        this.#context.ledger.skippedBytes += found - position;
        position = found;
        if (!side.certain) break;
      }
      if (side.busy) {
        const turn = direction === FROM_CLIENT && !this.#replied || direction === FROM_SERVER && !this.#turns
          ? -1
          : this.#candidate(direction, position, start, end, at);
        if (turn >= 0 && end - turn < HEADER_BYTES) { // more tells
          position = side.message.take(bytes, position, turn);
          break;
        }
        if (turn >= 0 && this.#begins(direction, bytes, turn)) {
          this.#context.ledger.reasons.add("message shorter than its header says");
          this.#desynchronise(direction);
          position = turn;
          continue;
        }
      } else {
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
    this.#serverSpoke = true; // perhaps
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
    this.#replied = false;
    if (isUnanswered(message.opCode)) return this.#keyed.oneWay();
    this.#turns = this.#turnKnown && this.#turnAt === ((at.sequence + offset) | 0);
    if (this.#repliesLost && this.#turns && this.#server.certain) { // nothing is under way any more
      this.#repliesLost = false;
      this.#keyed.lost();
    }
    this.#replyAt = at.acknowledgedAt(offset);
    this.#replyKnown = true;
    const detail = new MongoDetail(message.id, message.opCode, this.#replyAt);
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
    this.#turns = false;
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
    this.#replied = true;
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

  /** Where a message certainly begins, or may when more is known; else the end. */
  #find(direction: Direction, bytes: Uint8Array, position: number, start: number, end: number, at: Arrival): number {
    const candidate = this.#candidate(direction, position, start, end, at);
    if (candidate < 0) return end;
    if (end - candidate < HEADER_BYTES) return candidate;
    if (!this.#begins(direction, bytes, candidate)) return end;
    if (direction === FROM_CLIENT) this.#client.certain = true;
    else this.#server.certain = true;
    return candidate;
  }

  /**
   * Where among the bytes in hand a message may begin whatever came before: a request where a turn began, a reply where
   * the newest request acknowledged; -1 for nowhere.
   */
  #candidate(direction: Direction, position: number, start: number, end: number, at: Arrival): number {
    const isClient = direction === FROM_CLIENT;
    if (!(isClient ? this.#turnKnown : this.#replyKnown)) return -1;
    const candidate = start + (((isClient ? this.#turnAt : this.#replyAt) - at.sequence) | 0);
    return candidate >= position && candidate < end ? candidate : -1;
  }

  /** Whether the 16 bytes at `at`, where a message of this side may begin, are the header of one. */
  #begins(direction: Direction, bytes: Uint8Array, at: number): boolean {
    if (!isHeader(direction, bytes, at)) return false;
    const responseTo = i32le(bytes, at + RESPONSE_TO);
    // Requests respond to message 0; old clients wrote -1.
    if (direction === FROM_CLIENT) return responseTo === 0 || responseTo === -1;
    return this.#keyed.awaiting(responseTo)?.detail.acknowledged === this.#replyAt;
  }
}
