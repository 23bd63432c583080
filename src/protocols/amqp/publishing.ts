/**
 * Publishings: numbered by channel once Confirm.Select was sent, and acknowledged by the server under that number
 * (https://www.rabbitmq.com/docs/confirms); without it nothing answers them, except that a mandatory message for which
 * there is no queue comes back by Basic.Return, under either regime.
 */
import { type Arrival, FROM_CLIENT } from "../../core/flow.ts";
import { type Channel, CONFIRM_OFF, CONFIRM_ON, CONFIRM_UNKNOWN, type Content } from "./channel.ts";
import { type Names, RETURN_SEARCH, RETURNABLE } from "./messages.ts";
import type { Session } from "./session.ts";
import type { AmqpRoundTrip } from "./table.ts";

/** Whether publishings of a channel are confirmed, as far as that is known. */
export function confirmOf(session: Session, channel: Channel): number {
  return channel.publishedLosses === session.streams[FROM_CLIENT].losses ? channel.confirm : CONFIRM_UNKNOWN;
}

/** Confirm.Select: the next publishing is number one. Where earlier ones may have been missed, nothing is known. */
export function select(session: Session, channel: Channel): void {
  if (confirmOf(session, channel) === CONFIRM_OFF) channel.confirm = CONFIRM_ON;
}

/** Whether a publishing is to be kept. */
export function isAwaited(session: Session, channel: Channel, isMandatory: boolean): boolean {
  const confirm = confirmOf(session, channel);
  return confirm === CONFIRM_ON || (confirm === CONFIRM_OFF && isMandatory);
}

/** A publishing came whole. */
export function published(session: Session, channel: Channel, content: Content, at: Arrival, last: number): void {
  const { waiting } = session;
  const confirm = confirmOf(session, channel);
  if (confirm === CONFIRM_UNKNOWN) return waiting.uncertain();
  if (content.message === undefined) return waiting.oneWay();
  const roundTrip = session.roundTrip(FROM_CLIENT, content.message, content, content.bytes, at, last);
  roundTrip.detail.isMandatory = content.isMandatory;
  roundTrip.detail.contentHash = content.hash;
  if (confirm === CONFIRM_ON) return waiting.add(channel.publishings, roundTrip, ++channel.published);
  if (channel.returnable.size >= RETURNABLE) waiting.answeredNever(channel.returnable.oldest!);
  waiting.add(channel.returnable, roundTrip);
}

/**
 * A message came back. It is the oldest that waits of those like it in all respects, as a channel works in order. Where
 * nothing is confirmed it is not known which ones still wait, so there must be no other like it.
 */
export function returned(session: Session, channel: Channel, content: Content, at: Arrival): void {
  const message = content.message!;
  const confirmed = alike(session, channel.publishings.first(RETURN_SEARCH), content);
  if (confirmed.length > 0) {
    confirmed[0].detail.returnCode = message.replyCode;
    return;
  }
  const others = alike(session, channel.returnable.first(RETURNABLE), content);
  if (others.length === 1) {
    others[0].detail.response = message;
    return session.waiting.answered(others[0], at, content.bytes);
  }
  session.reason("returned message whose publishing is not certain");
  session.waiting.alone();
}

/** A method was answered: what was published before it did not come back. */
export function routed(session: Session, channel: Channel, answered: AmqpRoundTrip): void {
  if (answered.fromServer) return;
  for (const roundTrip of channel.returnable.first(RETURNABLE)) {
    if (roundTrip.detail.key < answered.detail.key) session.waiting.answeredNever(roundTrip);
  }
}

function alike(session: Session, waiting: readonly AmqpRoundTrip[], { message, hash }: Content): AmqpRoundTrip[] {
  const names = message!.names!;
  return waiting.filter((roundTrip) => {
    const { isMandatory, contentHash, returnCode, request } = roundTrip.detail;
    return isMandatory && returnCode === 0 && contentHash === hash && isSame(request.names!, names) &&
      session.isComplete(roundTrip);
  });
}

function isSame(a: Names, b: Names): boolean {
  return a.routingKey === b.routingKey && a.exchange === b.exchange;
}
