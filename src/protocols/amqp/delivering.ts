/**
 * Deliveries: to consumers (Deliver) and to those who ask (Get-Ok), acknowledged by the client under their tag,
 * unless the consumer, or the Get, said that it would not.
 *
 * https://www.rabbitmq.com/resources/specs/amqp-xml-doc0-9-1.pdf, sections 1.8.3.9 to 1.8.3.14
 */
import { type Arrival, FROM_SERVER } from "../../core/flow.ts";
import type { Channel, Content } from "./channel.ts";
import { CONSUMERS, UNSURE_DELIVERIES } from "./messages.ts";
import type { Session } from "./session.ts";
import { settleTags } from "./settling.ts";
import type { MethodFrame } from "./stream.ts";

/** Remembers whether a consumer acknowledges; undefined when that is not known any more. */
export function noteConsumer(session: Session, channel: Channel, tag: string, noAck: boolean | undefined): void {
  const { consumers } = channel;
  session.consumers -= consumers.size;
  if (noAck === undefined) consumers.delete(tag);
  else if (consumers.has(tag) || session.consumers + consumers.size < CONSUMERS) consumers.set(tag, noAck);
  else session.reason("consumer not remembered: too many at once");
  session.consumers += consumers.size;
}

/**
 * A delivery came whole.
 *
 * @param noAck whether it needs no acknowledgement; undefined when that is not known
 */
export function delivered(
  session: Session,
  channel: Channel,
  content: Content,
  noAck: boolean | undefined,
  at: Arrival,
  last: number,
): void {
  const { waiting } = session;
  if (noAck === true || content.message === undefined) return waiting.oneWay();
  const { deliveries } = channel;
  const tag = content.deliveryTag;
  if (tag === 0 || tag > Number.MAX_SAFE_INTEGER) {
    session.reason("delivery tag beyond what can be");
    return waiting.uncertain();
  }
  if (tag <= channel.lastDeliveryTag) {
    session.reason("delivery tags that began anew");
    for (const roundTrip of deliveries.first(Infinity)) waiting.lost(roundTrip);
  }
  channel.lastDeliveryTag = tag;
  const roundTrip = session.roundTrip(FROM_SERVER, content.message, content, content.bytes, at, last);
  if (noAck === undefined) {
    roundTrip.detail.unsureConsumer = content.consumer;
    const { oldest } = deliveries;
    if (deliveries.size >= UNSURE_DELIVERIES && oldest!.detail.unsureConsumer !== undefined) waiting.lost(oldest!);
  }
  waiting.add(deliveries, roundTrip, tag);
}

/** The client's Ack, Nack or Reject. Who acknowledges once is a consumer that acknowledges. */
export function settled(session: Session, channel: Channel, frame: MethodFrame): void {
  settleTags(session, channel.deliveries, frame, ({ detail }) => {
    if (detail.unsureConsumer !== undefined) noteConsumer(session, channel, detail.unsureConsumer, false);
  });
}

/** Recover-Ok: what was delivered before is delivered anew, under other tags. */
export function recovered(session: Session, channel: Channel): void {
  for (const roundTrip of channel.deliveries.first(Infinity)) session.ended(roundTrip, channel);
}
