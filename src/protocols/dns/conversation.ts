/**
 * Both directions between two endpoints: messages become queries and responses, and are paired by id and question.
 *
 * The QR bit tells a query from a response, whoever sent it: between two name servers both sides ask. An id alone is
 * no proof, as it is reused and may be forged: a response whose question is not the query's is no pair.
 */
import { latin1 } from "../../bytes/text.ts";
import { u16be } from "../../bytes/read.ts";
import { Arrival, type Direction, type Endpoint, type Flow, FROM_CLIENT, FROM_SERVER } from "../../core/flow.ts";
import type { Conversation, ConversationContext, Protocol } from "../../core/protocol.ts";
import { RoundTrip } from "../../core/roundtrip.ts";
import { Keyed } from "../../match/keyed.ts";
import { DAMAGED, isSameQuestion, MALFORMED, Message } from "./decoder.ts";
import { Framing, LOST, PREFIX_BYTES, WAIT } from "./framing.ts";
import {
  Exchange,
  HEADER_BYTES,
  LLMNR_PORT,
  MDNS_PORT,
  MESSAGE_BYTES,
  OPCODE_DSO,
  RETRANSMISSION_SECONDS,
  TRANSFER_KEPT_BYTES,
  TRANSFERS,
} from "./messages.ts";
import { isTransfer, serialAsked, Transfer } from "./transfer.ts";
import { IXFR } from "./types.ts";

/** Scratch for the message in hand: conversations of a lane take turns. */
const message = new Message();

/** A group that asks all who listen (RFC 6762, RFC 4795): 224.0.0.251 and .252, ff02::fb and ff02::1:3. */
function asksAll({ isMulticast, port }: Endpoint): boolean {
  return isMulticast && (port === MDNS_PORT || port === LLMNR_PORT);
}

/** Of datagrams, which have none. */
const NO_TRANSFERS = new Set<RoundTrip<Exchange>>();

export class DnsConversation implements Conversation {
  readonly #protocol: Protocol<Exchange>;
  readonly #flow: Flow;
  readonly #context: ConversationContext;
  readonly #matcher: Keyed<Exchange>;
  /** Per direction; none for UDP. */
  readonly #framings: readonly Framing[] | undefined;
  /**
   * Zone transfers that were asked for and have not ended; and those of them whose first message was seen. Sets of their
   * own where there are any: clients have a port for each query, so that a flow is mostly one.
   */
  #asked: Set<RoundTrip<Exchange>> = NO_TRANSFERS;
  #transfers: Set<RoundTrip<Exchange>> = NO_TRANSFERS;

  constructor(protocol: Protocol<Exchange>, flow: Flow, context: ConversationContext) {
    this.#protocol = protocol;
    this.#flow = flow;
    this.#context = context;
    this.#matcher = new Keyed<Exchange>(context);
    if (flow.transport !== "tcp") return;
    this.#framings = [new Framing(flow.sawStart), new Framing(flow.sawStart)];
    this.#asked = new Set();
    this.#transfers = new Set();
  }

  feed(direction: Direction, bytes: Uint8Array, start: number, end: number, at: Arrival): number {
    if (this.#framings !== undefined) return this.#stream(this.#framings[direction], direction, bytes, start, end, at);
    this.#message(direction, bytes, start, Math.min(end, start + MESSAGE_BYTES), at);
    return end - start;
  }

  gap(direction: Direction, lost: number): void {
    const framing = this.#framings?.[direction];
    if (framing === undefined) return;
    if (framing.unfinishedBytes > 0) this.#context.ledger.reasons.add("message with bytes missing");
    framing.gap(lost);
    // A message of a transfer may be missing, and nothing in the others would tell.
    for (const roundTrip of this.#asked) {
      if (roundTrip.fromServer === (direction === FROM_SERVER)) continue;
      if (this.#matcher.awaiting(roundTrip.matchKey) === roundTrip) this.#matcher.gaveUp(roundTrip, "lost");
      this.#asked.delete(roundTrip);
      this.#transfers.delete(roundTrip);
    }
  }

  end(direction: Direction): void {
    const framing = this.#framings?.[direction];
    if (framing === undefined || framing.unfinishedBytes === 0) return;
    this.#skipped(framing.unfinishedBytes, "message cut off by the end of the connection");
    this.#framings![direction].gap(0);
  }

  close(): void {
    this.end(FROM_CLIENT);
    this.end(FROM_SERVER);
    for (const roundTrip of this.#transfers) this.#finish(roundTrip);
    this.#matcher.close();
  }

  #stream(
    framing: Framing,
    direction: Direction,
    bytes: Uint8Array,
    start: number,
    end: number,
    at: Arrival,
  ): number {
    let next = start + framing.skip(end - start);
    if (next > start) this.#context.ledger.skippedBytes += next - start;
    while (next < end) {
      const length = framing.messageBytes(bytes, next, end, at.quietAt(next - start));
      if (length === WAIT) break;
      if (length === LOST) {
        this.#skipped(end - next, "bytes of a stream whose message boundaries are not known");
        return end - start;
      }
      this.#message(direction, bytes, next + PREFIX_BYTES, next + PREFIX_BYTES + length, at);
      next += PREFIX_BYTES + length;
    }
    return next - start;
  }

  #message(direction: Direction, bytes: Uint8Array, start: number, end: number, at: Arrival): void {
    const soundness = message.read(bytes, start, end);
    const isEmpty = message.questions === 0; // then only soundness tells it from any other bytes
    if (soundness === MALFORMED || (isEmpty && (soundness === DAMAGED || message.walkedTo < end))) {
      this.#skipped(end - start, "header or question malformed or cut off");
      return;
    }
    if (soundness === DAMAGED) this.#skipped(end - message.walkedTo, "record malformed or cut off");
    else if (message.walkedTo < end) this.#skipped(end - message.walkedTo, "bytes behind the last record");
    if (message.isResponse) this.#response(direction, bytes, start, end, at);
    else this.#query(direction, bytes, start, end, at);
  }

  #query(direction: Direction, bytes: Uint8Array, start: number, end: number, at: Arrival): void {
    const { reasons } = this.#context.ledger;
    const flow = this.#flow;
    if (message.opcode === OPCODE_DSO && message.id === 0) return this.#matcher.oneWay();
    if (asksAll(direction === FROM_CLIENT ? flow.server : flow.client)) {
      reasons.add("query to a multicast group: answers come from other addresses");
      return this.#matcher.oneWay();
    }
    const key = message.id + 65536 * direction;
    const earlier = this.#matcher.awaiting(key);
    if (earlier !== undefined) {
      if (this.#transfers.has(earlier)) this.#finish(earlier);
      else if (this.#isRetransmission(earlier, bytes, start, at)) return reasons.add("retransmitted query");
    }
    const query = latin1(bytes, start, end);
    const exchange = new Exchange(query, message.firstQuestionEnd - start);
    const roundTrip = new RoundTrip(this.#protocol, flow, exchange, at.sec, at.nsec, end - start);
    roundTrip.fromServer = direction === FROM_SERVER;
    if (flow.transport === "tcp" && message.questions > 0) this.#expectTransfer(exchange, bytes, start, end);
    this.#matcher.request(key, roundTrip);
    if (exchange.transfer !== undefined && this.#asked.size < TRANSFERS) this.#asked.add(roundTrip);
  }

  #isRetransmission(earlier: RoundTrip<Exchange>, bytes: Uint8Array, start: number, at: Arrival): boolean {
    const { query, questionEnd } = earlier.detail;
    return at.sec - earlier.requestSec <= RETRANSMISSION_SECONDS &&
      isSameQuestion(bytes, start + HEADER_BYTES, message.firstQuestionEnd, query, questionEnd);
  }

  #expectTransfer(exchange: Exchange, bytes: Uint8Array, start: number, end: number): void {
    const type = u16be(bytes, message.firstQuestionEnd - 4);
    if (!isTransfer(type)) return;
    const isIxfr = type === IXFR;
    exchange.transfer = new Transfer(isIxfr, isIxfr ? serialAsked(bytes, start, end, message) : -1);
  }

  #response(direction: Direction, bytes: Uint8Array, start: number, end: number, at: Arrival): void {
    const roundTrip = this.#matcher.awaiting(message.id + 65536 * (1 - direction));
    if (roundTrip === undefined) return this.#matcher.alone();
    const exchange = roundTrip.detail;
    const isOther = message.questions > 0 &&
      !isSameQuestion(bytes, start + HEADER_BYTES, message.firstQuestionEnd, exchange.query, exchange.questionEnd);
    if (isOther) {
      this.#context.ledger.reasons.add("response to another question");
      return this.#matcher.alone();
    }
    if (exchange.transfer !== undefined && this.#isFollowed(roundTrip)) {
      return this.#transferred(roundTrip, exchange.transfer, bytes, start, end, at);
    }
    exchange.response = latin1(bytes, start, end);
    exchange.status = message.status;
    this.#matcher.answered(roundTrip, at, end - start);
  }

  /** Whether the messages of a transfer are gathered: only so many at once. */
  #isFollowed(roundTrip: RoundTrip<Exchange>): boolean {
    const transfers = this.#transfers;
    if (transfers.has(roundTrip)) return true;
    if (transfers.size >= TRANSFERS) {
      this.#context.ledger.reasons.add("zone transfers too many to follow: the first message only");
      return false;
    }
    transfers.add(roundTrip);
    return true;
  }

  #transferred(
    roundTrip: RoundTrip<Exchange>,
    transfer: Transfer,
    bytes: Uint8Array,
    start: number,
    end: number,
    at: Arrival,
  ): void {
    const exchange = roundTrip.detail;
    transfer.responseBytes += end - start;
    transfer.lastSec = at.sec;
    transfer.lastNsec = at.nsec;
    if (exchange.response === "") exchange.response = latin1(bytes, start, end);
    else if (transfer.keptBytes + end - start <= TRANSFER_KEPT_BYTES) {
      exchange.more.push(latin1(bytes, start, end));
      transfer.keptBytes += end - start;
    }
    exchange.status = message.status;
    if (transfer.isLast(bytes, start, end, message)) this.#finish(roundTrip);
  }

  /** Completes a transfer with the message that came last. */
  #finish(roundTrip: RoundTrip<Exchange>): void {
    this.#asked.delete(roundTrip);
    this.#transfers.delete(roundTrip);
    const transfer = roundTrip.detail.transfer!;
    roundTrip.detail.transfer = undefined;
    const last = new Arrival();
    last.sec = transfer.lastSec;
    last.nsec = transfer.lastNsec;
    // It may have been evicted in the meantime.
    if (this.#matcher.awaiting(roundTrip.matchKey) === roundTrip) {
      this.#matcher.answered(roundTrip, last, transfer.responseBytes);
    }
  }

  #skipped(bytes: number, reason: string): void {
    this.#context.ledger.skippedBytes += bytes;
    this.#context.ledger.reasons.add(reason);
  }
}
