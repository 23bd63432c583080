/**
 * Acknowledgements by number or tag, of one message or of all up to it: Ack, Nack and Reject of either side.
 *
 * https://www.rabbitmq.com/resources/specs/amqp-xml-doc0-9-1.pdf, sections 1.8.3.13 and 1.8.3.14
 */
import { bitArgument, numberArgument } from "./arguments.ts";
import { messageOf } from "./calls.ts";
import { DELIVERY_TAG, MULTIPLE } from "./methods.ts";
import type { Message } from "./messages.ts";
import type { Session } from "./session.ts";
import type { MethodFrame } from "./stream.ts";
import type { AmqpRoundTrip, Table } from "./table.ts";

/**
 * Settles what waits in a table. One that is covered by a later one's number is paired only where no acknowledgement of
 * its own can have been missed.
 *
 * @param onSettled is told of each that was acknowledged, certainly or not
 */
export function settleTags(
  session: Session,
  table: Table,
  frame: MethodFrame,
  onSettled?: (roundTrip: AmqpRoundTrip) => void,
): void {
  const tag = numberArgument(DELIVERY_TAG);
  const message = messageOf(frame);
  let wasFound = false;
  if (bitArgument(MULTIPLE)) {
    // Tag 0 means all that there are.
    for (;;) {
      const roundTrip = table.oldest;
      if (roundTrip === undefined || (tag !== 0 && roundTrip.detail.key > tag)) break;
      wasFound = true;
      settleOne(session, roundTrip, roundTrip.detail.key === tag, message, frame);
      onSettled?.(roundTrip);
    }
  } else {
    const roundTrip = table.find(tag);
    if (roundTrip !== undefined) {
      wasFound = true;
      settleOne(session, roundTrip, true, message, frame);
      onSettled?.(roundTrip);
    }
  }
  if (!wasFound) session.waiting.alone();
}

function settleOne(
  session: Session,
  roundTrip: AmqpRoundTrip,
  isNamed: boolean,
  message: Message,
  { at, frameBytes }: MethodFrame,
): void {
  const { detail } = roundTrip;
  // Whether a mandatory message came back is known only where nothing was missed.
  const isCertain = isNamed && !detail.isMandatory ? session.isSameChannel(roundTrip) : session.isCertain(roundTrip);
  if (!isCertain) return session.waiting.lost(roundTrip);
  detail.response = message;
  session.waiting.answered(roundTrip, at, frameBytes);
}
