/**
 * Both directions of an AMQP 0-9-1 connection: methods and the content that follows them, brought to their channels.
 *
 * https://www.rabbitmq.com/resources/specs/amqp0-9-1.pdf, chapter 2
 */
import { type Arrival, type Direction, type Flow, FROM_CLIENT, FROM_SERVER } from "../../core/flow.ts";
import type { Conversation, ConversationContext, Protocol } from "../../core/protocol.ts";
import { CLOSED } from "../../core/verdict.ts";
import { bitArgument, numberArgument, textArgument } from "./arguments.ts";
import { answer, ask, asked, close, closed, messageOf } from "./calls.ts";
import { Channel, CONFIRM_OFF, type Content } from "./channel.ts";
import { delivered, noteConsumer, recovered, settled } from "./delivering.ts";
import {
  type AmqpDetail,
  BASIC,
  CHANNELS,
  CONNECTION_CHANNEL,
  CONTENT_BODY,
  CONTENT_BYTES,
  CONTENT_HEADER,
  FRAME_BYTES,
  FRAME_EXTRA_BYTES,
  type FrameType,
} from "./messages.ts";
import {
  ANSWERS,
  ASKS,
  ASKS_ONCE,
  CANCEL,
  CANCEL_OK,
  CARRIES,
  CHANNEL_CLOSE,
  CHANNEL_CLOSE_OK,
  CHANNEL_OPEN,
  CHANNEL_OPEN_OK,
  classOf,
  CONFIRM_SELECT,
  CONNECTION,
  CONNECTION_CLOSE,
  CONSUME,
  CONSUME_OK,
  CONSUMER_TAG,
  DELIVER,
  DELIVERY_TAG,
  GET,
  GET_OK,
  MANDATORY,
  maySend,
  NO_ACK,
  PUBLISH,
  RECOVER_OK,
  RETURN,
  SETTLES,
  TELLS,
} from "./methods.ts";
import { isAwaited, published, returned, routed, select } from "./publishing.ts";
import { isKnownVersion, versionName } from "./search.ts";
import { Session } from "./session.ts";
import { settleTags } from "./settling.ts";
import type { FrameTaker, MethodFrame } from "./stream.ts";

export class AmqpConversation implements Conversation, FrameTaker {
  isUnderstood = false;
  readonly #session: Session;
  /** The content whose frame is coming in from each side, and its channel; undefined for nobody's. */
  readonly #receiving: [Content | undefined, Content | undefined] = [undefined, undefined];
  readonly #receivingChannel: [Channel | undefined, Channel | undefined] = [undefined, undefined];

  constructor(protocol: Protocol<AmqpDetail>, flow: Flow, context: ConversationContext) {
    this.#session = new Session(protocol, flow, context, this);
  }

  feed(direction: Direction, bytes: Uint8Array, start: number, end: number, at: Arrival): number {
    const { streams } = this.#session;
    streams[1 - direction].acknowledgedTo(at.acknowledged);
    return streams[direction].feed(bytes, start, end, at);
  }

  gap(direction: Direction, lost: number): void {
    this.#session.streams[direction].gap(lost);
  }

  end(): void {
    // Nothing reads until the end: what is not whole is accounted for when both directions are over.
  }

  close(): void {
    const session = this.#session;
    for (const channel of session.channels.values()) {
      for (const content of channel.contents) if (content.method !== undefined) session.abandon(channel, content);
    }
    for (const roundTrip of session.waiting.all()) {
      session.ended(roundTrip, session.channels.get(roundTrip.detail.request.channel));
    }
  }

  protocolHeader(direction: Direction, bytes: Uint8Array, start: number): number {
    const session = this.#session;
    if (direction === FROM_SERVER) {
      session.reason("server refused the protocol version of its client");
      return CLOSED;
    }
    if (!isKnownVersion(bytes, start)) {
      session.reason(`${versionName(bytes, start)} instead of AMQP 0-9-1`);
      return CLOSED;
    }
    this.isUnderstood = true;
    session.streams[FROM_SERVER].begin();
    session.channels.set(CONNECTION_CHANNEL, new Channel(CONNECTION_CHANNEL, session.losses));
    return 0;
  }

  method(frame: MethodFrame): void {
    const { method, direction } = frame;
    const session = this.#session;
    if (!maySend(method, direction)) return session.reason("method from the wrong side");
    if ((classOf(method.code) === CONNECTION) !== (frame.channel === CONNECTION_CHANNEL)) {
      return session.reason("method on the wrong channel");
    }
    this.isUnderstood = true;
    const channel = this.#channel(frame);
    if (channel === undefined) return session.reason("channel not followed: too many at once");
    const content = channel.contents[direction];
    if (content.method !== undefined) session.abandon(channel, content);
    switch (method.role) {
      case ASKS:
      case ASKS_ONCE:
        return this.#asks(channel, frame);
      case ANSWERS:
        return this.#answers(channel, frame);
      case TELLS:
        return session.waiting.oneWay();
      case CARRIES:
        return this.#carries(channel, content, frame);
      case SETTLES:
        if (direction === FROM_CLIENT) settled(session, channel, frame);
        else settleTags(session, channel.publishings, frame);
    }
  }

  unreadable(direction: Direction, id: number, reason: string): void {
    this.#session.reason(reason);
    this.#receiving[direction] = undefined;
    // It may have been a method that asks: the next answer may be its own.
    const channel = this.#session.channels.get(id);
    if (channel !== undefined) channel.certainSince = -1;
  }

  contentHeader(direction: Direction, id: number, classId: number, bodyBytes: number, at: Arrival): boolean {
    const content = this.#incoming(direction, id);
    this.#receiving[direction] = undefined;
    if (content === undefined || content.hasHeader) return false;
    if (classId !== BASIC || bodyBytes > CONTENT_BYTES) {
      this.#session.reason("content header that cannot be");
      this.#session.abandon(this.#receivingChannel[direction]!, content);
      return false;
    }
    content.hasHeader = true;
    content.remaining = bodyBytes;
    this.#begin(direction, content, CONTENT_HEADER, at);
    return content.isMandatory || content.method!.code === RETURN;
  }

  contentBody(direction: Direction, id: number, payloadBytes: number, at: Arrival): boolean {
    const content = this.#incoming(direction, id);
    this.#receiving[direction] = undefined;
    if (content === undefined || !content.hasHeader) return payloadBytes <= FRAME_BYTES;
    if (payloadBytes > content.remaining) return false;
    content.remaining -= payloadBytes;
    this.#begin(direction, content, CONTENT_BODY, at);
    return true;
  }

  contentFrame(direction: Direction, payloadBytes: number, hash: number, at: Arrival, last: number): void {
    const content = this.#receiving[direction];
    if (content?.method === undefined) return; // nobody's, or its channel was closed meanwhile
    content.bytes += payloadBytes + FRAME_EXTRA_BYTES;
    if (!Number.isNaN(hash)) content.hash = hash;
    if (content.remaining === 0) this.#whole(this.#receivingChannel[direction]!, content, at, last);
  }

  lost(reason: string): void {
    this.#session.reason(reason);
  }

  skipped(bytes: number): void {
    this.#session.context.ledger.skippedBytes += bytes;
  }

  /** The channel of a method; a new one where the method opens it. Undefined when there are too many. */
  #channel(frame: MethodFrame): Channel | undefined {
    const session = this.#session;
    const { channels } = session;
    const known = channels.get(frame.channel);
    const { code } = frame.method;
    const isOpened = code === CHANNEL_OPEN;
    // An Open-Ok that nobody is known to have asked for: the channel was opened while bytes were missing.
    const wasOpened = code === CHANNEL_OPEN_OK && known !== undefined &&
      asked(session, known, frame.direction, frame.method.answers) === undefined;
    if (known !== undefined && !isOpened && !wasOpened) return known;
    if (known !== undefined) session.drop(known);
    if (channels.size >= CHANNELS) return undefined;
    const channel = new Channel(frame.channel, isOpened ? session.losses : -1);
    if (isOpened) {
      channel.confirm = CONFIRM_OFF;
      channel.publishedLosses = session.streams[FROM_CLIENT].losses;
    }
    channels.set(channel.id, channel);
    return channel;
  }

  #asks(channel: Channel, frame: MethodFrame): void {
    const session = this.#session;
    switch (frame.method.code) {
      case CONNECTION_CLOSE:
      case CHANNEL_CLOSE:
        return close(session, channel, frame);
      case CONFIRM_SELECT:
        select(session, channel);
        break;
      case CONSUME: {
        const tag = textArgument(frame.bytes, CONSUMER_TAG);
        if (tag !== "") noteConsumer(session, channel, tag, bitArgument(NO_ACK)); // else the server names it
        break;
      }
      case CANCEL: // of the server: the queue is gone
        if (frame.direction === FROM_SERVER) {
          noteConsumer(session, channel, textArgument(frame.bytes, CONSUMER_TAG), undefined);
        }
    }
    ask(session, channel, frame);
  }

  #answers(channel: Channel, frame: MethodFrame): void {
    const session = this.#session;
    const answered = answer(session, channel, frame);
    if (answered !== undefined) routed(session, channel, answered);
    switch (frame.method.code) {
      case CONSUME_OK: {
        const tag = textArgument(frame.bytes, CONSUMER_TAG);
        noteConsumer(session, channel, tag, answered?.detail.noAck);
        break;
      }
      case CANCEL_OK:
        noteConsumer(session, channel, textArgument(frame.bytes, CONSUMER_TAG), undefined);
        break;
      case RECOVER_OK:
        recovered(session, channel);
        break;
      case CHANNEL_CLOSE_OK:
        closed(session, channel);
    }
  }

  /** A method that content follows. */
  #carries(channel: Channel, content: Content, frame: MethodFrame): void {
    const session = this.#session;
    const { method, direction, bytes } = frame;
    content.method = method;
    content.hasHeader = false;
    content.bytes = frame.frameBytes;
    content.losses = session.streams[direction].losses;
    content.hash = NaN;
    content.isMandatory = bitArgument(MANDATORY);
    content.deliveryTag = numberArgument(DELIVERY_TAG);
    content.consumer = method.code === DELIVER ? textArgument(bytes, CONSUMER_TAG) : "";
    const isTold = method.code === PUBLISH
      ? isAwaited(session, channel, content.isMandatory)
      : method.code !== DELIVER || channel.consumers.get(content.consumer) !== true;
    content.message = isTold ? messageOf(frame) : undefined;
  }

  /** The content that is coming in on a channel, if it is known from its method on. */
  #incoming(direction: Direction, id: number): Content | undefined {
    const channel = this.#session.channels.get(id);
    const content = channel?.contents[direction];
    if (content?.method === undefined) return undefined;
    this.#receivingChannel[direction] = channel;
    if (content.losses === this.#session.streams[direction].losses) return content;
    this.#session.abandon(channel!, content);
    return undefined;
  }

  /** A frame of known content has begun. */
  #begin(direction: Direction, content: Content, type: FrameType, at: Arrival): void {
    this.#receiving[direction] = content;
    if (content.message !== undefined) content.message.frameType = type;
    content.sec = at.sec;
    content.nsec = at.nsec;
  }

  #whole(channel: Channel, content: Content, at: Arrival, last: number): void {
    const session = this.#session;
    const { code } = content.method!;
    content.method = undefined;
    switch (code) {
      case PUBLISH:
        return published(session, channel, content, at, last);
      case DELIVER:
        return delivered(session, channel, content, channel.consumers.get(content.consumer), at, last);
      case RETURN:
        return returned(session, channel, content, at);
      case GET_OK:
        return this.#gotten(channel, content, at, last);
    }
  }

  /** A Get's message: it answers the Get, and is acknowledged as a delivery is. */
  #gotten(channel: Channel, content: Content, at: Arrival, last: number): void {
    const session = this.#session;
    const get = asked(session, channel, FROM_SERVER, GET);
    if (get === undefined) session.waiting.alone();
    else {
      get.detail.response = content.message;
      session.waiting.answered(get, at, content.bytes);
      routed(session, channel, get);
    }
    delivered(session, channel, content, get?.detail.noAck, at, last);
  }
}
