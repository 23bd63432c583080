/**
 * Methods that ask and methods that answer them, in turn on each channel (section 2.2.1 of the specification), and the
 * Close of a channel or connection, which answers the method that provoked it.
 */
import { type Direction, FROM_CLIENT, FROM_SERVER } from "../../core/flow.ts";
import { bitArgument, namesArgument, numberArgument } from "./arguments.ts";
import type { Channel } from "./channel.ts";
import { ASKED, Message } from "./messages.ts";
import {
  ASKS_ONCE,
  CHANNEL_CLOSE,
  CLASS_ID,
  CONNECTION_CLOSE,
  METHOD_ID,
  NO_ACK,
  NO_WAIT,
  PUBLISH,
  REPLY_CODE,
} from "./methods.ts";
import type { Session } from "./session.ts";
import type { MethodFrame } from "./stream.ts";
import type { AmqpRoundTrip } from "./table.ts";

/** What a method frame says, for the lines. */
export function messageOf(frame: MethodFrame): Message {
  const { method, channel, bytes } = frame;
  return new Message(channel, method, namesArgument(method, bytes), numberArgument(REPLY_CODE));
}

/** A method that asks for an answer, unless its no-wait bit is set. */
export function ask(session: Session, channel: Channel, frame: MethodFrame, message = messageOf(frame)): void {
  const { waiting } = session;
  if (bitArgument(NO_WAIT)) return waiting.oneWay();
  const { asked } = channel;
  if (asked.size >= ASKED) waiting.evict(asked.oldest!);
  if (asked.isBroken) {
    asked.isBroken = false;
    channel.certainSince = -1;
  }
  if (frame.method.role !== ASKS_ONCE && !isInTurn(session, channel, frame)) return waiting.uncertain();
  const { direction, at, frameBytes, last } = frame;
  const roundTrip = session.roundTrip(direction, message, at, frameBytes, at, last);
  roundTrip.detail.noAck = bitArgument(NO_ACK);
  waiting.add(asked, roundTrip);
}

/**
 * Whether the next answer to such a method on the channel is this one's: nothing of either side was missed since the
 * channel was opened, or since a method that was sent when nothing was in flight. That is believed of clients that wait
 * for an answer before they ask the same again.
 */
function isInTurn(session: Session, channel: Channel, { at, first, direction, method }: MethodFrame): boolean {
  const earlier = asked(session, channel, direction === FROM_CLIENT ? FROM_SERVER : FROM_CLIENT, method.code);
  if (earlier !== undefined) {
    session.asksAhead = true;
    if (channel.isBelieved) {
      session.waiting.lost(earlier);
      channel.certainSince = -1;
      return false;
    }
  }
  if (channel.certainSince === session.losses) return true;
  if (session.asksAhead || !at.quietAt(first)) return false;
  channel.certainSince = session.losses;
  channel.isBelieved = true;
  return true;
}

/**
 * The method that one of `direction` answers: the oldest of that kind that the other side sent on the channel. Those
 * whose answer may have been missed give way.
 */
export function asked(
  session: Session,
  channel: Channel,
  direction: Direction,
  code: number,
): AmqpRoundTrip | undefined {
  for (const roundTrip of channel.asked.first(ASKED)) {
    const isOwn = roundTrip.fromServer === (direction === FROM_SERVER);
    if (isOwn || roundTrip.detail.request.method.code !== code) continue;
    if (session.isCertain(roundTrip)) return roundTrip;
    session.waiting.lost(roundTrip);
  }
  return undefined;
}

/** A method that answers. Returns what it answered. */
export function answer(session: Session, channel: Channel, frame: MethodFrame): AmqpRoundTrip | undefined {
  const roundTrip = asked(session, channel, frame.direction, frame.method.answers);
  if (roundTrip === undefined) {
    session.waiting.alone();
    return undefined;
  }
  roundTrip.detail.response = messageOf(frame);
  session.waiting.answered(roundTrip, frame.at, frame.frameBytes);
  return roundTrip;
}

/** A Close: it answers the method that it says provoked it, and asks for its own Close-Ok. */
export function close(session: Session, channel: Channel, frame: MethodFrame): void {
  const { direction, method } = frame;
  const message = messageOf(frame);
  const code = numberArgument(CLASS_ID) << 16 | numberArgument(METHOD_ID);
  const isRepeated = channel.asked.first(ASKED).some(({ fromServer, detail }) =>
    fromServer === (direction === FROM_SERVER) && detail.request.method === method
  );
  if (code !== 0 && !isRepeated) {
    // A connection's Close may be due to any channel; where some may have been missed, only to the connection's own.
    const isKnown = channel.certainSince === session.losses && !channel.isBelieved;
    const channels = method.code === CONNECTION_CLOSE && isKnown ? session.channels.values() : [channel];
    const cause = causeOf(session, channels, direction, code);
    if (cause !== undefined) {
      cause.detail.response = message;
      session.waiting.answered(cause, frame.at, frame.frameBytes);
    }
  }
  ask(session, channel, frame, message);
}

/** The one method that can have provoked a Close of `direction`; undefined where several can. */
function causeOf(
  session: Session,
  channels: Iterable<Channel>,
  direction: Direction,
  code: number,
): AmqpRoundTrip | undefined {
  let cause: AmqpRoundTrip | undefined;
  for (const channel of channels) {
    let candidate = asked(session, channel, direction, code);
    if (code === PUBLISH && direction === FROM_SERVER) {
      // Publishings are acknowledged in any order: only a single one that waits is surely the culprit.
      if (channel.publishings.size > 1) return undefined;
      candidate = channel.publishings.oldest;
    }
    if (candidate === undefined) continue;
    if (cause !== undefined || !session.isComplete(candidate)) return undefined;
    cause = candidate;
  }
  return cause;
}

/** After a channel's Close-Ok the channel is over, but for a Close of the other side that crossed this one. */
export function closed(session: Session, channel: Channel): void {
  const crossing = channel.asked.first(ASKED).some(({ detail }) => detail.request.method.code === CHANNEL_CLOSE);
  if (!crossing) session.drop(channel);
}
