/**
 * Both directions of a Kafka connection: finds the messages in the bytes, skips what is not read of them, pairs
 * responses with requests by correlation id, and starts again with certainty after bytes are missing.
 * https://kafka.apache.org/protocol.html#protocol_network
 */
import { i32be, u32be } from "../../bytes/read.ts";
import { type Arrival, type Direction, type Flow, FROM_CLIENT } from "../../core/flow.ts";
import type { Conversation, ConversationContext, Protocol } from "../../core/protocol.ts";
import { RoundTrip } from "../../core/roundtrip.ts";
import { NOT_MINE } from "../../core/verdict.ts";
import { Keyed } from "../../match/keyed.ts";
import { Decoder } from "./decoder.ts";
import { chain, HALF, LENGTH_BYTES, NOT_A_HEADER, OPEN, RequestHeader, RESPONSE_HEADER, WHOLE } from "./header.ts";
import {
  API_VERSIONS,
  KafkaDetail,
  MESSAGE_BYTES,
  NAME_BYTES,
  PRODUCE,
  SASL_HANDSHAKE,
  TOKEN_BYTES,
  UNKNOWN,
  UNKNOWN_ERROR,
  WAITING_NAME_BYTES,
} from "./messages.ts";
import type { Names } from "./names.ts";
import { BODY, CERTAIN_START, MESSAGE, Side } from "./side.ts";

/** Shortest client id that is a sign of this connection's requests. */
const TELLING_CLIENT_ID = 4;

export class KafkaConversation implements Conversation {
  readonly #client: Side;
  readonly #server: Side;
  readonly #keyed: Keyed<KafkaDetail>;
  readonly #header = new RequestHeader();
  /** Where the response to the newest turn begins; only while the server's side waits for a certain start. */
  #resumeAt = 0;
  #resumes = false;
  /** Whether SASL tokens without a header may come, and how many of the client's the server has not answered. */
  #speaksSasl = false;
  #tokens = 0;
  /** The client id of the newest request. */
  #clientId = "";
  /** Bytes of names that requests hold which wait. */
  #nameBytes = 0;
  #understood = false;

  constructor(
    readonly protocol: Protocol<KafkaDetail>,
    readonly flow: Flow,
    readonly context: ConversationContext,
    readonly names: Names,
  ) {
    const { reasons } = context.ledger;
    this.#client = new Side(flow.sawStart, new Decoder(names, reasons));
    this.#server = new Side(flow.sawStart, new Decoder(names, reasons));
    this.#server.decoder.nameBytes = Infinity; // a response's names go to the store, which has its own ceiling
    this.#keyed = new Keyed(context);
  }

  feed(direction: Direction, bytes: Uint8Array, start: number, end: number, at: Arrival): number {
    const isClient = direction === FROM_CLIENT;
    const side = isClient ? this.#client : this.#server;
    side.sec = at.sec;
    side.nsec = at.nsec;
    let position = start;
    while (position < end || (side.state === BODY && side.rest === 0)) {
      const before = position;
      if (side.state === BODY) {
        position = side.take(bytes, position, end);
        if (side.rest === 0) {
          if (isClient) this.#requestEnd();
          else this.#responseEnd();
          continue;
        }
      } else if (side.state === CERTAIN_START) {
        position = isClient
          ? this.#findRequest(bytes, position, start, end, at)
          : this.#findResponse(bytes, position, start, end, at);
        this.context.ledger.skippedBytes += position - before;
        if (side.isCertain) continue;
      } else {
        const next = isClient ? this.#request(bytes, position, start, end, at) : this.#response(bytes, position, end);
        if (next < 0) return next;
        position = next;
      }
      if (position === before) break; // half of something
    }
    side.waiting = end - position;
    side.announced = 0;
    if (side.state === MESSAGE && side.waiting >= LENGTH_BYTES) {
      const length = u32be(bytes, position);
      if (length >= LENGTH_BYTES && length <= MESSAGE_BYTES) side.announced = length;
    }
    return position - start;
  }

  gap(direction: Direction, lost: number): void {
    const side = direction === FROM_CLIENT ? this.#client : this.#server;
    if (!side.swallow(lost)) this.#lose(direction);
    else if (side.rest === 0) {
      if (direction === FROM_CLIENT) this.#requestEnd();
      else this.#responseEnd();
    }
  }

  end(): void {}

  close(): void {
    this.#client.decoder.stop();
    this.#describe(this.#client.roundTrip);
    this.#keyed.close();
  }

  /** Reads what begins a request. Returns how far, the same position when more is needed, or a verdict. */
  #request(bytes: Uint8Array, position: number, start: number, end: number, at: Arrival): number {
    const side = this.#client;
    if (this.#speaksSasl) {
      const size = this.#tokenBytes(bytes, position, end);
      if (size === HALF) return position;
      if (size > 0) {
        this.#tokens++;
        side.begin(size, LENGTH_BYTES);
        return position + LENGTH_BYTES;
      }
      this.#speaksSasl = false;
      this.#tokens = 0; // the server need not answer the last one
    }
    const header = this.#header;
    const size = header.read(bytes, position, end);
    if (size === HALF) return position;
    if (size === NOT_A_HEADER) return this.#notUnderstood(FROM_CLIENT, "not a request", position, end);
    this.#understood = true;
    if (this.#server.state === CERTAIN_START && at.quietAt(position - start)) {
      this.#resumeAt = at.acknowledgedAt(position - start);
      this.#resumes = true;
    }
    this.#begin(bytes, size, at);
    return position + size;
  }

  /** A request's header was read. */
  #begin(bytes: Uint8Array, size: number, at: Arrival): void {
    const { api, version, correlationId, length, clientStart, clientEnd } = this.#header;
    const side = this.#client;
    const nameEnd = Math.min(clientEnd, clientStart + NAME_BYTES);
    this.#clientId = this.names.text(bytes, clientStart, nameEnd);
    const detail = new KafkaDetail(api, version, correlationId, this.#clientId);
    detail.nameBytes = nameEnd - clientStart;
    const roundTrip = new RoundTrip(this.protocol, this.flow, detail, at.sec, at.nsec, LENGTH_BYTES + length);
    if (this.#keyed.size === 0) this.#nameBytes = 0;
    this.#keyed.request(correlationId, roundTrip);
    side.roundTrip = roundTrip;
    side.begin(LENGTH_BYTES + length, size);
    if (api.key === SASL_HANDSHAKE && version === 0) this.#speaksSasl = true;
    if (version > api.highest) {
      this.context.ledger.reasons.add("a request of a version that is not known yet");
      side.decoder.isBroken = true;
      return;
    }
    side.decoder.nameBytes = WAITING_NAME_BYTES - this.#nameBytes - detail.nameBytes;
    side.decoder.begin(api.requestOf(version), version >= api.firstFlexible, false, detail);
  }

  /** The present request is complete. */
  #requestEnd(): void {
    const side = this.#client;
    const { roundTrip } = side;
    side.state = MESSAGE;
    side.decoder.stop();
    side.roundTrip = undefined;
    if (roundTrip === undefined) return; // a SASL token, or what a gap left of a request
    const { detail } = roundTrip;
    this.#describe(roundTrip);
    const waits = this.#keyed.awaiting(detail.correlationId) === roundTrip;
    if (detail.api.key === PRODUCE && detail.acks === 0 && waits) this.#keyed.answeredNever(roundTrip);
    else this.#nameBytes += detail.nameBytes;
  }

  /** Says of a request that could not be read to its end what is not known of it. */
  #describe(roundTrip: RoundTrip<KafkaDetail> | undefined): void {
    if (roundTrip === undefined || !this.#client.decoder.isBroken) return;
    const { detail } = roundTrip;
    const { namesGroup, namesTopic } = detail.api.requestOf(Math.min(detail.version, detail.api.highest));
    if (namesGroup && detail.groupId === "") detail.groupId = UNKNOWN;
    if (namesTopic) detail.addTopic(UNKNOWN);
  }

  /** Reads what begins a response. Returns as {@link #request} does. */
  #response(bytes: Uint8Array, position: number, end: number): number {
    const side = this.#server;
    if (this.#isStrange) return NOT_MINE; // Kafka's servers wait to be asked
    if (end - position < LENGTH_BYTES) return position;
    const length = u32be(bytes, position);
    if (this.#tokens > 0 && length <= TOKEN_BYTES) {
      this.#tokens--;
      side.begin(LENGTH_BYTES + length, LENGTH_BYTES);
      return position + LENGTH_BYTES;
    }
    if (end - position < RESPONSE_HEADER) return position;
    const roundTrip = this.#keyed.awaiting(i32be(bytes, position + LENGTH_BYTES));
    if (length < LENGTH_BYTES || length > (roundTrip === undefined ? MESSAGE_BYTES : 0x7fffffff)) {
      return this.#notUnderstood(1, "not a response", position, end);
    }
    side.begin(LENGTH_BYTES + length, RESPONSE_HEADER);
    side.roundTrip = roundTrip;
    if (roundTrip === undefined) this.#keyed.alone();
    else {
      const { api, version } = roundTrip.detail;
      // Who asks for the versions may not know of flexible ones (KIP-511).
      const hasTags = version >= api.firstFlexible && api.key !== API_VERSIONS;
      if (version > api.highest && api.key !== API_VERSIONS) side.decoder.isBroken = true;
      else side.decoder.begin(api.responseOf(Math.min(version, api.highest)), hasTags, true, roundTrip.detail);
    }
    return position + RESPONSE_HEADER;
  }

  /** The present response is complete. */
  #responseEnd(): void {
    const side = this.#server;
    const { roundTrip } = side;
    side.state = MESSAGE;
    side.decoder.stop();
    side.roundTrip = undefined;
    if (roundTrip === undefined || this.#keyed.awaiting(roundTrip.matchKey) !== roundTrip) return;
    const { detail } = roundTrip;
    if (side.decoder.isBroken && detail.errorCode === 0) detail.errorCode = UNKNOWN_ERROR;
    if (roundTrip === this.#client.roundTrip) { // answered before it was all sent
      this.#client.decoder.stop();
      this.#describe(roundTrip);
    }
    this.#nameBytes -= detail.nameBytes;
    this.#keyed.answered(roundTrip, side, side.size);
  }

  /**
   * Between a SaslHandshake of version 0 and the next request there are tokens behind a length and nothing else.
   * Returns the size of the one at `position`, HALF, or NOT_A_HEADER when there is none.
   */
  #tokenBytes(bytes: Uint8Array, position: number, end: number): number {
    if (end - position < LENGTH_BYTES) return HALF;
    const length = u32be(bytes, position);
    if (length > TOKEN_BYTES) return NOT_A_HEADER;
    const size = LENGTH_BYTES + length;
    if (size < LENGTH_BYTES + 10) return size; // shorter than any request
    const found = this.#header.seek(bytes, position, Math.min(end, position + size));
    if (found === HALF) return position + size > end ? HALF : size;
    return found === NOT_A_HEADER ? size : NOT_A_HEADER;
  }

  /** Whether a connection that is all there has not begun with a request. */
  get #isStrange(): boolean {
    return !this.#understood && this.flow.sawStart && this.#client.isCertain;
  }

  /** Bytes that are no message where one must stand. Passes over what is there, or gives the connection up. */
  #notUnderstood(direction: Direction, reason: string, position: number, end: number): number {
    if (this.#isStrange) return NOT_MINE;
    this.context.ledger.reasons.add(reason);
    this.context.ledger.skippedBytes += end - position;
    this.#lose(direction);
    return end;
  }

  /** Where the next message of a direction begins is no longer known. */
  #lose(direction: Direction): void {
    if (direction === FROM_CLIENT) {
      const { roundTrip } = this.#client;
      this.#client.lose();
      this.#describe(roundTrip);
      this.#speaksSasl = false;
    } else this.#server.lose();
    this.#tokens = 0;
  }

  /**
   * A request begins with certainty where a turn does, or where a segment is nothing but requests, or begins with one
   * of this connection's client. Returns how far to pass over; the state tells whether a request begins there.
   */
  #findRequest(bytes: Uint8Array, position: number, start: number, end: number, at: Arrival): number {
    const segment = start + at.carried;
    const isTurn = at.quietAt(position - start);
    if (isTurn || position === segment) {
      const found = chain(bytes, position, end, this.#header);
      if (found === HALF && isTurn) return position;
      if (found === WHOLE || (found === OPEN && (isTurn || this.#isFromClient(bytes)))) {
        this.#client.state = MESSAGE;
        return position;
      }
    }
    return position < segment ? segment : end;
  }

  #isFromClient(bytes: Uint8Array): boolean {
    const { clientStart, clientEnd } = this.#header;
    return this.#clientId.length >= TELLING_CLIENT_ID &&
      this.names.text(bytes, clientStart, clientEnd) === this.#clientId;
  }

  /**
   * A response begins with certainty where the request of a turn says, or where a segment is nothing but responses that
   * are waited for. Returns as {@link #findRequest} does.
   */
  #findResponse(bytes: Uint8Array, position: number, start: number, end: number, at: Arrival): number {
    const resume = start + ((this.#resumeAt - at.sequence) | 0);
    if (this.#resumes && resume >= position && resume < end) {
      if (resume + RESPONSE_HEADER > end) return resume;
      this.#resumes = false;
      if (this.#keyed.awaiting(i32be(bytes, resume + LENGTH_BYTES)) !== undefined) {
        this.#server.state = MESSAGE;
        return resume;
      }
    }
    const segment = start + at.carried;
    if (position <= segment && this.#areResponses(bytes, segment, end)) {
      this.#server.state = MESSAGE;
      return segment;
    }
    return end;
  }

  #areResponses(bytes: Uint8Array, at: number, end: number): boolean {
    while (end - at >= RESPONSE_HEADER) {
      const length = u32be(bytes, at);
      if (length < LENGTH_BYTES || length > MESSAGE_BYTES) return false;
      if (this.#keyed.awaiting(i32be(bytes, at + LENGTH_BYTES)) === undefined) return false;
      at += LENGTH_BYTES + length;
    }
    return at === end;
  }
}
