/**
 * Both directions of an HTTP/1 connection (RFC 9112): heads and bodies in turn, responses paired with requests by
 * position (section 9.3). After bytes are missing, a direction starts again only where a message certainly begins:
 * requests at a quiet point, responses where the request's segment acknowledged.
 */
import { type Arrival, type Direction, type Flow, FROM_CLIENT, FROM_SERVER } from "../../core/flow.ts";
import type { Conversation, ConversationContext, InheritedRequest, Protocol } from "../../core/protocol.ts";
import { RoundTrip } from "../../core/roundtrip.ts";
import { HAND_OVER, NOT_MINE } from "../../core/verdict.ts";
import { Fifo } from "../../match/fifo.ts";
import { Body } from "./body.ts";
import { type CapturedBody, captureFor } from "./captured_body.ts";
import {
  HALF,
  headEnd,
  isRequestLine,
  isStatusLine,
  NOT_A_HEAD,
  read,
  readRequest,
  readResponse,
  skipEmptyLines,
} from "./head.ts";
import { AnswerHead, type HeadBytes, HeadStore, unknownHead } from "./head_store.ts";
import {
  BY_LENGTH,
  CHUNKED,
  type Framing,
  Head,
  HEAD_BYTES,
  type HttpDetail,
  NO_BODY,
  UNTIL_CLOSE,
  WAITING_HEAD_BYTES,
} from "./messages.ts";
import { inheritedRequest, upgradeOf } from "./upgrade.ts";

/** Bytes of something else that may precede the first message. */
const STRANGE_BYTES = 1024;

/** What a direction waits for. */
const HEAD = 0, BODY = 1, CERTAIN_START = 2;

/** One direction. */
class Side {
  state: typeof HEAD | typeof BODY | typeof CERTAIN_START;
  readonly body = new Body();
  /** Bytes of the waiting head that were searched for its end already. */
  searched = 0;
  /** Time of the newest bytes: a body that reads until the end is complete with its last byte, not with the FIN. */
  sec = 0;
  nsec = 0;

  /** Whether the waiting head may be whole: what was searched for its end already is not searched again. */
  mayEnd(bytes: Uint8Array, begin: number, end: number): boolean {
    return this.searched === 0 || headEnd(bytes, Math.max(begin, begin + this.searched - 3), end) >= 0;
  }

  constructor(certain: boolean) {
    this.state = certain ? HEAD : CERTAIN_START;
  }
}

export class HttpConversation implements Conversation {
  successor = "";
  handOverConsumed = 0;
  inherited: InheritedRequest | undefined = undefined;
  readonly #client: Side;
  readonly #server: Side;
  readonly #fifo: Fifo<HttpDetail>;
  /** The heads of the requests that wait, and the head of the response that is coming in. */
  readonly #heads = new HeadStore(WAITING_HEAD_BYTES);
  readonly #answerHead = new AnswerHead();
  /** The request whose body is coming in. */
  #uploading: RoundTrip<HttpDetail> | undefined = undefined;
  /** Whether the response whose body is coming in answers the oldest request, or none that is known. */
  #answering = false;
  #understood = false;
  /** Bytes that were no HTTP before anything was understood. */
  #strange = 0;
  /** Whether the response whose body is coming in reads until the connection ends. */
  #untilClose = false;

  constructor(
    readonly protocol: Protocol<HttpDetail>,
    readonly flow: Flow,
    readonly context: ConversationContext,
  ) {
    this.#client = new Side(flow.sawStart);
    this.#server = new Side(flow.sawStart);
    this.#fifo = new Fifo(context, flow.sawStart);
  }

  feed(direction: Direction, bytes: Uint8Array, start: number, end: number, at: Arrival): number {
    const side = direction === FROM_CLIENT ? this.#client : this.#server;
    side.sec = at.sec;
    side.nsec = at.nsec;
    let position = start;
    while (position < end) {
      if (side.state === CERTAIN_START) {
        const found = direction === FROM_CLIENT
          ? this.#findRequest(bytes, position, start, end, at)
          : this.#findResponse(bytes, position, start, end, at);
        if (found < 0) {
          this.context.ledger.skippedBytes += end - position;
          return end - start;
        }
        this.context.ledger.skippedBytes += found - position;
        position = found;
        side.state = HEAD;
      }
      if (side.state === BODY) {
        const before = position;
        position = side.body.take(bytes, position, end);
        if (side.body.broken) this.#lose(direction, "broken chunked body");
        else if (side.body.done) this.#bodyEnd(direction, side);
        else if (position === before) break; // half a chunk line
        continue;
      }
      const next = direction === FROM_CLIENT
        ? this.#request(bytes, position, start, end, at)
        : this.#response(bytes, position, start, end, at);
      if (next === -1) break; // half a head
      if (next < 0) return next;
      position = next;
    }
    if (this.#answering) this.#answerHead.own();
    return position - start;
  }

  gap(direction: Direction, lost: number): void {
    const side = direction === FROM_CLIENT ? this.#client : this.#server;
    side.searched = 0;
    if (side.state === BODY && side.body.skip(lost)) {
      if (side.body.done) this.#bodyEnd(direction, side);
      return;
    }
    this.#desynchronise(direction);
  }

  end(direction: Direction): void {
    const side = direction === FROM_CLIENT ? this.#client : this.#server;
    if (direction !== FROM_SERVER || side.state !== BODY) return;
    // A connection that ends early leaves a message incomplete (RFC 9112, section 8), but it was the answer.
    if (!this.#untilClose) {
      this.context.ledger.reasons.add("response cut short by the end of its connection");
      side.body.cut();
    }
    this.#bodyEnd(direction, side);
  }

  close(): void {
    this.#server.body.release();
    this.#fifo.close();
  }

  /** Reads a request's head. Returns where it ended, -1 when it is not whole, or a verdict below that. */
  #request(bytes: Uint8Array, position: number, start: number, end: number, at: Arrival): number {
    const side = this.#client;
    const begin = skipEmptyLines(bytes, position, end);
    if (begin === end) return end;
    const stop = side.mayEnd(bytes, begin, end) ? readRequest(bytes, begin, end) : HALF;
    if (stop === HALF && end - begin <= HEAD_BYTES && this.#mayBecomeRequest(bytes, begin, end)) {
      side.searched = end - begin;
      return begin === position ? -1 : begin;
    }
    side.searched = 0;
    if (stop === HALF || stop === NOT_A_HEAD) {
      return this.#notUnderstood(FROM_CLIENT, "not a request", position, end);
    }
    if (read.method === "PRI" && read.version === "HTTP/2.0") { // RFC 9113, 3.4: the preface of HTTP/2
      this.successor = "http2";
      this.handOverConsumed = begin - start;
      return HAND_OVER;
    }
    this.#understood = true;
    // An Upgrade is read whoever asks: the protocol after it answers this request.
    const isKept = this.context.sink.rendersText !== false || read.upgrades;
    const kept = isKept ? this.#keepHead(bytes, begin, stop) : 0;
    const head = isKept ? headAt(this.#heads, kept, stop - begin) : headUnknown();
    const detail: HttpDetail = { request: head, response: undefined, untilClose: false, body: undefined };
    const roundTrip = new RoundTrip(this.protocol, this.flow, detail, at.sec, at.nsec, 0);
    this.#fifo.request(roundTrip, at, begin - start, kept >= 0);
    if (Number.isNaN(head.contentLength) && !head.chunked) {
      this.#lose(FROM_CLIENT, "Content-Length is no number");
      return stop;
    }
    side.body.start(head.chunked ? CHUNKED : head.contentLength > 0 ? BY_LENGTH : NO_BODY, head.contentLength);
    if (side.body.done) return stop;
    this.#uploading = roundTrip;
    side.state = BODY;
    return stop;
  }

  /** Where the head of a request is kept; -1 when there is no room for it. */
  #keepHead(bytes: Uint8Array, begin: number, stop: number): number {
    return this.#heads.keep(bytes, begin, stop, this.#fifo.oldest?.detail.request.position ?? -1);
  }

  /** Reads a response's head. Returns as {@link #request} does. */
  #response(bytes: Uint8Array, position: number, start: number, end: number, at: Arrival): number {
    const side = this.#server;
    const begin = skipEmptyLines(bytes, position, end);
    if (begin === end) return end;
    const stop = side.mayEnd(bytes, begin, end) ? readResponse(bytes, begin, end) : HALF;
    if (stop === HALF && end - begin <= HEAD_BYTES && mayBecomeResponse(bytes, begin, end)) {
      side.searched = end - begin;
      return begin === position ? -1 : begin;
    }
    side.searched = 0;
    if (stop === HALF || stop === NOT_A_HEAD) {
      return this.#notUnderstood(FROM_SERVER, "not a response", position, end);
    }
    this.#understood = true;
    if (read.status < 200 && read.status !== 101) return stop; // interim (RFC 9110, 15.2): the final one follows
    const roundTrip = this.#fifo.awaiting((at.sequence + (begin - start)) | 0);
    this.#answerHead.borrow(bytes, begin, stop);
    const head = headAt(this.#answerHead, 0, stop - begin);
    if (roundTrip === undefined) return this.#unasked(head, side, stop);
    roundTrip.detail.response = head;
    const { method } = roundTrip.detail.request;
    if (head.status === 101 || (method === "CONNECT" && head.status >= 200 && head.status < 300)) {
      this.successor = head.status === 101 ? upgradeOf(head) : "a tunnel";
      if (this.successor === "http2") this.inherited = inheritedRequest(roundTrip);
      this.#fifo.answered(at, 0);
      this.handOverConsumed = stop - start;
      return HAND_OVER;
    }
    const framing = framingOf(head, method);
    roundTrip.detail.untilClose = framing === UNTIL_CLOSE;
    roundTrip.detail.body = framing === NO_BODY ? undefined : captureFor(head, this.context);
    this.#beginResponseBody(side, head, framing, true, roundTrip.detail.body);
    return stop;
  }

  /** A response that answers no known request: without the method its end is not certain either. */
  #unasked(head: Head, side: Side, stop: number): number {
    const wasCertain = this.#fifo.inOrder && this.#fifo.size > 0; // requests that were not kept are answered in turn
    this.#fifo.alone();
    if (wasCertain) this.#beginResponseBody(side, head, framingOf(head, "GET"), false);
    else {
      this.#fifo.responseGap();
      side.state = CERTAIN_START;
    }
    return stop;
  }

  #beginResponseBody(side: Side, head: Head, framing: Framing, answering: boolean, kept?: CapturedBody): void {
    this.#answering = answering;
    this.#untilClose = framing === UNTIL_CLOSE;
    side.body.start(framing, head.contentLength, kept);
    if (side.body.done) this.#bodyEnd(FROM_SERVER, side);
    else side.state = BODY;
  }

  #bodyEnd(direction: Direction, side: Side): void {
    side.state = HEAD;
    if (direction === FROM_CLIENT) {
      if (this.#uploading !== undefined) this.#uploading.requestBytes = side.body.size;
      this.#uploading = undefined;
    } else if (this.#answering) {
      this.#answering = false;
      // An answer may come while the request's body is still being sent.
      if (this.#uploading !== undefined && this.#fifo.size === 1) {
        this.#uploading.requestBytes = this.#client.body.size;
      }
      this.#fifo.answered(side, side.body.size);
      side.body.release();
    }
  }

  /** Bytes that are no HTTP/1 where a head must stand. Returns where to go on, or a verdict. */
  #notUnderstood(direction: Direction, reason: string, position: number, end: number): number {
    this.#strange += end - position;
    // A few bytes may come before HTTP, as of a proxy's greeting (SOCKS, PROXY); more than that is another protocol.
    if (!this.#understood && this.#strange > STRANGE_BYTES) return NOT_MINE;
    this.context.ledger.skippedBytes += end - position;
    this.#lose(direction, reason);
    return end;
  }

  #lose(direction: Direction, reason: string): void {
    this.context.ledger.reasons.add(reason);
    this.#desynchronise(direction);
  }

  #desynchronise(direction: Direction): void {
    if (direction === FROM_CLIENT) {
      this.#client.state = CERTAIN_START;
      this.#uploading = undefined;
      this.#fifo.requestGap();
    } else {
      this.#server.state = CERTAIN_START;
      this.#answering = false;
      this.#server.body.release();
      this.#fifo.responseGap();
    }
  }

  #findRequest(bytes: Uint8Array, position: number, start: number, end: number, at: Arrival): number {
    if (!at.quietAt(position - start)) return -1;
    return this.#mayBecomeRequest(bytes, position, end) ? position : -1;
  }

  #findResponse(bytes: Uint8Array, position: number, start: number, end: number, at: Arrival): number {
    const wanted = this.#fifo.resumesAt;
    if (wanted === undefined) {
      // Nobody asked that is known: a response is counted where a segment begins with one.
      if (position === start && isStatusLine(bytes, position, end)) this.#fifo.alone();
      return -1;
    }
    const offset = (wanted - at.sequence) | 0;
    return offset >= position - start && start + offset < end ? start + offset : -1;
  }

  /** Whether these bytes, which hold no whole head, may be the beginning of a request. */
  #mayBecomeRequest(bytes: Uint8Array, start: number, end: number): boolean {
    for (let i = start; i < end; i++) {
      if (bytes[i] === 10) return isRequestLine(bytes, start, end);
      if (bytes[i] === 32) {
        if (i === start) return false;
        continue;
      }
      if (bytes[i] < 32 && bytes[i] !== 13 && bytes[i] !== 9) return false;
    }
    return true;
  }
}

/** The head that was read last, kept at a position of a store. */
function headAt(store: HeadBytes, position: number, length: number): Head {
  return new Head(
    store,
    position,
    length,
    read.status,
    read.method,
    read.version,
    read.chunked,
    read.contentLength,
    read.otherCoding,
    read.subjectStart,
    read.subjectEnd,
    read.headersStart,
  );
}

/** The head that was read last, of which only what frames messages is kept. */
function headUnknown(): Head {
  const { length } = unknownHead;
  const { method, version, chunked, contentLength, otherCoding } = read;
  return new Head(unknownHead, 0, length, 0, method, version, chunked, contentLength, otherCoding, 0, length, length);
}

function mayBecomeResponse(bytes: Uint8Array, start: number, end: number): boolean {
  if (end - start >= 14) return isStatusLine(bytes, start, end);
  const text = "HTTP/";
  for (let i = 0; i < Math.min(text.length, end - start); i++) {
    if (bytes[start + i] !== text.charCodeAt(i)) return false;
  }
  return true;
}

/** How the end of a response's body is found (RFC 9112, 6.3). */
function framingOf(head: Head, method: string): Framing {
  if (method === "HEAD" || head.status === 204 || head.status === 304 || head.status < 200) return NO_BODY;
  if (head.chunked) return CHUNKED;
  if (head.otherCoding || head.contentLength < 0 || Number.isNaN(head.contentLength)) return UNTIL_CLOSE;
  return head.contentLength === 0 ? NO_BODY : BY_LENGTH;
}
