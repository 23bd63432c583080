/** What is known of one channel of a connection. */
import type { Method } from "./methods.ts";
import type { Message } from "./messages.ts";
import { Table } from "./table.ts";

/** Whether publishings are confirmed (https://www.rabbitmq.com/docs/confirms): not known, no, yes. */
export const CONFIRM_UNKNOWN = 0, CONFIRM_OFF = 1, CONFIRM_ON = 2;

/** A message with content that is coming in: method, content header, body frames (4.2.6 of the specification). */
export class Content {
  /** Undefined while nothing is coming in. */
  method: Method | undefined = undefined;
  /** What will be told of it; undefined when nothing will. */
  message: Message | undefined = undefined;
  hasHeader = false;
  /** Bytes of the body that are still to come. */
  remaining = 0;
  /** Bytes of its frames so far. */
  bytes = 0;
  /** The stream's count of losses when it began: frames of it may be missing when that has changed. */
  losses = 0;
  /** When the header of its last frame came. */
  sec = 0;
  nsec = 0;
  /** Of its content header; NaN when not known. */
  hash = NaN;
  isMandatory = false;
  deliveryTag = 0;
  consumer = "";
}

export class Channel {
  /** Messages coming in from the client and from the server. */
  readonly contents = [new Content(), new Content()] as const;
  /** Methods of either side that wait for the method that answers them. */
  readonly asked = new Table(true, false);
  /** Publishings by their number. */
  readonly publishings = new Table(false, false);
  /** Publishings that nothing confirms, but that may be returned. */
  readonly returnable = new Table(false, true);
  /** Deliveries by their tag. */
  readonly deliveries = new Table(false, false);
  /** Whether the order of methods and answers is certain: when this is the conversation's count of losses. */
  certainSince: number;
  /** Whether that was concluded from a quiet moment, not seen from the opening of the channel on. */
  isBelieved = false;

  confirm: typeof CONFIRM_UNKNOWN | typeof CONFIRM_OFF | typeof CONFIRM_ON = CONFIRM_UNKNOWN;
  /** Publishings since Confirm.Select, which is the number of the newest one. */
  published = 0;
  /** The client stream's count of losses when both were known. */
  publishedLosses = 0;

  lastDeliveryTag = 0;
  /** Whether a consumer, by its tag, needs no acknowledgements. */
  readonly consumers = new Map<string, boolean>();

  /** @param certainSince the conversation's count of losses when the channel was seen to open; -1 when it was not */
  constructor(readonly id: number, certainSince: number) {
    this.certainSince = certainSince;
  }
}
