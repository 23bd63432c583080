/**
 * Kafka (https://kafka.apache.org/protocol.html): what is printed, counted and traced of a round trip. Nothing of an
 * authentication is among it: SASL's tokens are not read.
 */
import { i32be, u32be } from "../../bytes/read.ts";
import { type Direction, FROM_CLIENT } from "../../core/flow.ts";
import type { JsonWriter } from "../../core/json.ts";
import { endpointLabel } from "../../core/labels.ts";
import type { ConversationContext, Protocol, SpanFacts } from "../../core/protocol.ts";
import type { RoundTrip } from "../../core/roundtrip.ts";
import { peerAttributes, serverAttributes, type SpanAttribute } from "../../core/span.ts";
import { CERTAIN, NO, type Probe, UNSURE } from "../../core/verdict.ts";
import { nameEndpoint } from "../../process/fingerprint/mod.ts";
import { KafkaConversation } from "./conversation.ts";
import { errorName } from "./errors.ts";
import { chain, HALF, LENGTH_BYTES, NOT_A_HEADER, RequestHeader, RESPONSE_HEADER } from "./header.ts";
import { type KafkaDetail, MESSAGE_BYTES, UNKNOWN_ERROR } from "./messages.ts";
import { Names } from "./names.ts";

type Pair = RoundTrip<KafkaDetail>;

const probed = new RequestHeader();

function probe(direction: Direction, bytes: Uint8Array, start: number, end: number): Probe {
  if (direction === FROM_CLIENT) {
    const found = chain(bytes, start, end, probed);
    return found === NOT_A_HEADER ? NO : found === HALF ? UNSURE : CERTAIN;
  }
  if (end - start < LENGTH_BYTES) return UNSURE;
  const length = u32be(bytes, start);
  return length >= LENGTH_BYTES && length <= MESSAGE_BYTES ? UNSURE : NO;
}

/** The names of each lane: what one connection tells of topics helps to read the others. */
const names = new WeakMap<ConversationContext, Names>();

function namesOf(context: ConversationContext): Names {
  let found = names.get(context);
  if (found === undefined) names.set(context, found = new Names());
  return found;
}

function failed({ detail }: Pair): boolean {
  return detail.errorCode !== 0 && detail.errorCode !== UNKNOWN_ERROR;
}

function writeStart(roundTrip: Pair, json: JsonWriter): void {
  json.ascii('{"CorrelationID":');
  json.number(roundTrip.detail.correlationId);
  json.ascii(",");
}

function writeName(json: JsonWriter, key: string, name: string): void {
  json.ascii(`,"${key}":`);
  json.string(name);
}

export const kafka: Protocol<KafkaDetail> = {
  name: "kafka",
  title: "Kafka",
  isReadTogether: true, // the names of topic ids
  transports: ["tcp"],
  ports: [9092],
  patienceSeconds: 330, // JoinGroup waits for the others, five minutes by default (max.poll.interval.ms)

  probe,
  // Lengths and small numbers begin much else: the id has to come back.
  belongTogether: ({ bytes, start, end }, server) =>
    end - start >= RESPONSE_HEADER + LENGTH_BYTES && server.end - server.start >= RESPONSE_HEADER &&
    chain(bytes, start, end, probed) !== NOT_A_HEADER &&
    i32be(bytes, start + RESPONSE_HEADER) === i32be(server.bytes, server.start + LENGTH_BYTES),
  open(flow, contexts) {
    const context = contexts.get("kafka")!;
    return new KafkaConversation(kafka, flow, context, namesOf(context));
  },

  request(roundTrip: Pair, json: JsonWriter): void {
    const { api, version, correlationId, clientId, groupId, topic, otherTopics } = roundTrip.detail;
    writeStart(roundTrip, json);
    json.endpoint(roundTrip.flow.client);
    json.ascii(`,"Proto":"Kafka","Size":${roundTrip.requestBytes},"Time":`);
    json.time(roundTrip.requestSec, roundTrip.requestNsec);
    json.ascii(`,"Packet":{"API":"${api.name}","APIVersion":${version},"CorrelationID":${correlationId}`);
    writeName(json, "ClientID", clientId);
    writeName(json, "GroupID", groupId);
    writeName(json, "Topic", topic);
    if (otherTopics.length > 0) {
      json.ascii(',"Topics":[');
      json.string(topic);
      for (const other of otherTopics) {
        json.ascii(",");
        json.string(other);
      }
      json.ascii("]");
    }
    json.ascii("}}");
  },

  response(roundTrip: Pair, json: JsonWriter): void {
    writeStart(roundTrip, json);
    json.endpoint(roundTrip.flow.server);
    json.ascii(`,"Proto":"Kafka","Size":${roundTrip.responseBytes},"Time":`);
    json.time(roundTrip.responseSec, roundTrip.responseNsec);
    writeName(json, "ErrorCode", errorName(roundTrip.detail.errorCode));
    json.ascii("}");
  },

  asked({ detail }): string {
    const { api, version, topic, otherTopics, groupId, transactionalId } = detail;
    let text = `${api.name} v${version}`;
    if (topic !== "") text += ` ${topic}`;
    if (otherTopics.length > 0) text += ` and ${otherTopics.length} more`;
    if (groupId !== "") text += `, group ${groupId}`;
    if (transactionalId !== "") text += `, transaction ${transactionalId}`;
    return text;
  },
  result: ({ detail }) => errorName(detail.errorCode) || `error ${detail.errorCode}`,
  failed,
  endpoint({ detail: { api, topic, otherTopics } }): string {
    if (otherTopics.length > 0) return `${api.name} several topics`;
    return topic === "" ? api.name : nameEndpoint(api.name, topic);
  },

  labels: {
    "request.endpoint": endpointLabel,
    "request.api": { name: "api", read: ({ detail }) => detail.api.name },
    "request.version": { name: "version", read: ({ detail }) => String(detail.version) },
  },

  span(roundTrip: Pair): SpanFacts {
    const { answered, flow, detail: { api, version, clientId, groupId, topic, errorCode } } = roundTrip;
    const attributes: SpanAttribute[] = [
      ["messaging.name", "kafka"],
      ["messaging.operation.name", api.name],
      ["messaging.operation.version", String(version)],
      ["messaging.client.id", clientId],
      ["messaging.consumer.group.name", groupId],
    ];
    if (answered) attributes.push(["messaging.message.body.size", roundTrip.responseBytes]);
    if (failed(roundTrip)) attributes.push(["error.type", errorName(errorCode) || String(errorCode)]);
    attributes.push(...serverAttributes(flow), ...peerAttributes(flow));
    return { name: api.name, target: topic, attributes };
  },
};
