/**
 * AMQP 0-9-1 with the extensions of RabbitMQ: what is printed, counted and traced of a round trip.
 *
 * https://www.rabbitmq.com/resources/specs/amqp0-9-1.pdf
 */
import type { Direction, Endpoint } from "../../core/flow.ts";
import type { JsonWriter } from "../../core/json.ts";
import { endpointLabel } from "../../core/labels.ts";
import type { Protocol, SpanFacts } from "../../core/protocol.ts";
import type { RoundTrip } from "../../core/roundtrip.ts";
import { peerAttributes, serverAttributes, type SpanAttribute } from "../../core/span.ts";
import { CERTAIN, NO, type Probe, UNSURE } from "../../core/verdict.ts";
import { nameTemplate } from "../../process/fingerprint/mod.ts";
import { AmqpConversation } from "./conversation.ts";
import {
  type AmqpDetail,
  CONTENT_BODY,
  CONTENT_HEADER,
  HEARTBEAT,
  type Message,
  METHOD,
  replyCodeName,
} from "./messages.ts";
import { frameAt, HALF, protocolHeaderAt } from "./search.ts";

const frameTypes: Readonly<Record<number, string>> = {
  [METHOD]: "Method",
  [CONTENT_HEADER]: "ContentHeader",
  [CONTENT_BODY]: "ContentBody",
  [HEARTBEAT]: "Heartbeat",
};

/** The reply code of the response: that of a Close or Return, also where an Ack followed the Return. */
function responseCode({ detail }: RoundTrip<AmqpDetail>): number {
  return detail.returnCode !== 0 ? detail.returnCode : detail.response!.replyCode;
}

function isFailure(code: number): boolean {
  return replyCodeName(code) !== "OK";
}

/** Names of queues that servers and clients make up for one connection. */
const MADE_UP = /^(amq\.(?:gen|ctag)-|amq\.rabbitmq\.reply-to\.).*/;

function destinationTemplate(name: string): string {
  return MADE_UP.test(name) ? name.replace(MADE_UP, "$1{id}") : nameTemplate(name);
}

/** Request and response have the same members. */
function writeMessage(
  json: JsonWriter,
  message: Message,
  sender: Endpoint,
  size: number,
  sec: number,
  nsec: number,
  replyCode: number,
): void {
  json.ascii(`{"ChannelID":${message.channel},`);
  json.endpoint(sender);
  json.ascii(`,"Proto":"AMQP","Size":${size},"Time":`);
  json.time(sec, nsec);
  json.ascii(',"Packet":');
  const { names, method } = message;
  if (names === undefined) json.ascii("null");
  else {
    json.ascii('{"ExchangeName":');
    json.string(names.exchange);
    json.ascii(',"RoutingKey":');
    json.string(names.routingKey);
    json.ascii(',"QueueName":');
    json.string(names.queue);
    json.ascii("}");
  }
  json.ascii(`,"ClassMethod":{"Class":"${method.class}","Method":"${method.name}"}`);
  json.ascii(`,"FrameType":"${frameTypes[message.frameType]}","ErrCode":"${replyCodeName(replyCode)}"}`);
}

function probe(direction: Direction, bytes: Uint8Array, start: number, end: number): Probe {
  const header = protocolHeaderAt(bytes, start, end);
  const length = header > 0 ? header : frameAt(bytes, start, end, direction);
  if (length > 0) return CERTAIN;
  return header === HALF || length === HALF ? UNSURE : NO;
}

export const amqp: Protocol<AmqpDetail> = {
  name: "amqp",
  title: "AMQP",
  transports: ["tcp"],
  ports: [5672],
  patienceSeconds: 1800, // a consumer may work on a message for so long (RabbitMQ's consumer_timeout)

  probe,
  open: (flow, contexts) => new AmqpConversation(amqp, flow, contexts.get("amqp")!),

  request(roundTrip: RoundTrip<AmqpDetail>, json: JsonWriter): void {
    const { flow, fromServer, detail: { request } } = roundTrip;
    const sender = fromServer ? flow.server : flow.client;
    const { requestBytes, requestSec, requestNsec } = roundTrip;
    writeMessage(json, request, sender, requestBytes, requestSec, requestNsec, request.replyCode);
  },

  response(roundTrip: RoundTrip<AmqpDetail>, json: JsonWriter): void {
    const { flow, fromServer, detail } = roundTrip;
    const sender = fromServer ? flow.client : flow.server;
    const { responseBytes, responseSec, responseNsec } = roundTrip;
    writeMessage(json, detail.response!, sender, responseBytes, responseSec, responseNsec, responseCode(roundTrip));
  },

  asked({ detail: { request } }): string {
    const { method, names, replyCode } = request;
    const code = isFailure(replyCode) ? `${replyCode} ${replyCodeName(replyCode)}` : "";
    return [method.title, names?.exchange, names?.routingKey, names?.queue, code].filter(Boolean).join(" ");
  },
  result(roundTrip): string {
    const { method } = roundTrip.detail.response!;
    const code = responseCode(roundTrip);
    return isFailure(code) ? `${method.name} ${code} ${replyCodeName(code)}` : method.name;
  },
  failed(roundTrip): boolean {
    const { name } = roundTrip.detail.response!.method;
    return name === "Nack" || name === "Reject" || isFailure(responseCode(roundTrip));
  },
  endpoint({ detail: { request: { method, names } } }): string {
    const name = names?.exchange || names?.queue || names?.routingKey || "";
    return name === "" ? method.title : `${method.title} ${destinationTemplate(name)}`;
  },
  status(roundTrip): string {
    const code = responseCode(roundTrip);
    return isFailure(code) ? replyCodeName(code) : roundTrip.detail.response!.method.name;
  },

  labels: {
    "request.endpoint": endpointLabel,
    "request.queue_name": { name: "queue_name", read: ({ detail }) => detail.request.names?.queue ?? "" },
    "request.class": { name: "class", read: ({ detail }) => detail.request.method.class },
    "request.method": { name: "method", read: ({ detail }) => detail.request.method.name },
  },

  span({ answered, flow, detail: { request }, responseBytes }): SpanFacts {
    const { names, method } = request;
    const attributes: SpanAttribute[] = [["messaging.name", "amqp"], ["messaging.operation.name", method.title]];
    if (answered) attributes.push(["messaging.message.body.size", responseBytes]);
    attributes.push(
      ["messaging.amqp.destination.routing_key", names?.routingKey ?? ""],
      ["messaging.amqp.destination.exchange_name", names?.exchange ?? ""],
      ["messaging.amqp.destination.queue_name", names?.queue ?? ""],
      ...serverAttributes(flow),
      ...peerAttributes(flow),
    );
    return { name: method.title, attributes };
  },
};
