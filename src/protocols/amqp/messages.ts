/**
 * What AMQP 0-9-1 messages are made of, and the ceilings on them.
 *
 * Specification: https://www.rabbitmq.com/resources/specs/amqp0-9-1.pdf, frames in section 4.2; the extensions that
 * RabbitMQ adds: https://www.rabbitmq.com/docs/extensions.
 */
import type { Method } from "./methods.ts";
import type { Table } from "./table.ts";

/**
 * A frame (4.2.3), the only unit on the wire after the client's protocol header:
 *
 *     0      1         3         7                 size+7
 *     +------+---------+---------+  +-------------+  +-----------+
 *     | type | channel |  size   |  |   payload   |  | 0xCE      |
 *     +------+---------+---------+  +-------------+  +-----------+
 */
export const FRAME_HEADER_BYTES = 7;
/** Header and end octet: what a frame is longer than its payload. */
export const FRAME_EXTRA_BYTES = 8;
export const FRAME_END = 0xce;

export const METHOD = 1;
export const CONTENT_HEADER = 2;
export const CONTENT_BODY = 3;
export const HEARTBEAT = 8;
export type FrameType = typeof METHOD | typeof CONTENT_HEADER | typeof CONTENT_BODY | typeof HEARTBEAT;

/** The channel of the connection itself. */
export const CONNECTION_CHANNEL = 0;

/** The payload of a content header (4.2.6.1) up to its properties: class, weight, body size, property flags. */
export const CONTENT_HEADER_BYTES = 14;
/** The class that carries content. */
export const BASIC = 60;

/** The protocol header that a client begins with (4.2.2): `AMQP` and four octets of version. */
export const PROTOCOL_HEADER_BYTES = 8;

/** Longest payload of a method frame that is read; longer ones (huge tables of arguments) are passed over. */
export const METHOD_BYTES = 128 * 1024;
/** Longest payload of a frame that is no part of a known message, and longest of the frames before a known one. */
export const FRAME_BYTES = 16 * 1024 * 1024;
/** Longest body of one message. */
export const CONTENT_BYTES = 2 ** 31 - 1;
/** Channels of one connection that are followed at once. */
export const CHANNELS = 8192;
/** Methods of one channel that wait for their answer. */
export const ASKED = 64;
/** Consumers of one connection whose way to acknowledge is remembered. */
export const CONSUMERS = 16384;
/** Deliveries of one channel that are kept without knowing whether anything will acknowledge them. */
export const UNSURE_DELIVERIES = 1024;
/** Publishings of one channel that wait for a possible Return where nothing confirms them. */
export const RETURNABLE = 64;
/** How many waiting publishings are compared with a message that was returned. */
export const RETURN_SEARCH = 1024;

/** Reply codes: constants of the specification. */
const replyCodes: Readonly<Record<number, string>> = {
  0: "OK",
  200: "OK",
  311: "CONTENT_TOO_LARGE",
  312: "NO_ROUTE",
  313: "NO_CONSUMERS",
  320: "CONNECTION_FORCED",
  402: "INVALID_PATH",
  403: "ACCESS_REFUSED",
  404: "NOT_FOUND",
  405: "RESOURCE_LOCKED",
  406: "PRECONDITION_FAILED",
  501: "FRAME_ERROR",
  502: "SYNTAX_ERROR",
  503: "COMMAND_INVALID",
  504: "CHANNEL_ERROR",
  505: "UNEXPECTED_FRAME",
  506: "RESOURCE_ERROR",
  530: "NOT_ALLOWED",
  540: "NOT_IMPLEMENTED",
  541: "INTERNAL_ERROR",
};

/** The name of a reply code; `OK` for success and for methods that carry none. */
export function replyCodeName(code: number): string {
  return replyCodes[code] ?? "Unknown";
}

/** What a method says about where messages go. */
export interface Names {
  readonly exchange: string;
  readonly routingKey: string;
  readonly queue: string;
}

/** A method, with the content that followed it. */
export class Message {
  /** The type of the last frame. */
  frameType: FrameType = METHOD;

  /**
   * @param names undefined for methods that name nothing
   * @param replyCode that of Close and Return; 0 for all others
   */
  constructor(
    readonly channel: number,
    readonly method: Method,
    readonly names: Names | undefined,
    readonly replyCode: number,
  ) {}
}

/** What AMQP keeps of a round trip. */
export class AmqpDetail {
  response: Message | undefined = undefined;
  /** Of a publishing that came back and was confirmed all the same: the reply code of its Return. */
  returnCode = 0;
  /** Of a publishing: whether it may come back, and what tells its content from others. */
  isMandatory = false;
  contentHash = 0;
  /** Of Consume, and of Get: whether what is delivered needs no acknowledgement. */
  noAck = false;
  /** Of a delivery to a consumer whose Consume was not seen: its tag. */
  unsureConsumer: string | undefined = undefined;

  /** Where it waits for its answer (undefined when it no longer does), and under which key. */
  table: Table | undefined = undefined;
  key = 0;
  /** What was known of the streams when it was sent: see `stream.ts`. */
  heard = 0;
  ownLosses = 0;
  answerLosses = 0;

  constructor(readonly request: Message) {}

  get isWaiting(): boolean {
    return this.table !== undefined;
  }
}
