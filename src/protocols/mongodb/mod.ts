/**
 * MongoDB (https://www.mongodb.com/docs/manual/reference/mongodb-wire-protocol/): what is printed, counted and traced
 * of a round trip. Nothing of an authentication is among it: of a command only its name and the value of its first key
 * are kept, and payloads stand elsewhere.
 */
import { i32le } from "../../bytes/read.ts";
import type { Direction } from "../../core/flow.ts";
import type { JsonWriter } from "../../core/json.ts";
import { endpointLabel } from "../../core/labels.ts";
import type { Protocol } from "../../core/protocol.ts";
import type { RoundTrip } from "../../core/roundtrip.ts";
import { peerAttributes, serverAttributes, type SpanAttribute } from "../../core/span.ts";
import { CERTAIN, NO, type Probe, UNSURE } from "../../core/verdict.ts";
import { nameEndpoint } from "../../process/fingerprint/mod.ts";
import { MongoConversation } from "./conversation.ts";
import { isHeader, REQUEST_ID, RESPONSE_TO } from "./message.ts";
import { HEADER_BYTES, MESSAGE_BYTES, type MongoDetail, opCodeName, UNKNOWN } from "./messages.ts";

function probe(direction: Direction, bytes: Uint8Array, start: number, end: number): Probe {
  if (end - start >= HEADER_BYTES) return isHeader(direction, bytes, start) ? CERTAIN : NO;
  if (end - start < 4) return UNSURE;
  const length = i32le(bytes, start);
  return length >= HEADER_BYTES && length <= MESSAGE_BYTES ? UNSURE : NO;
}

function failed({ detail }: RoundTrip<MongoDetail>): boolean {
  return detail.code !== 0 || (detail.ok === 0 && detail.message !== UNKNOWN);
}

function namespace({ database, collection }: MongoDetail): string {
  return collection === "" ? database : `${database}.${collection}`;
}

function writeStart(json: JsonWriter, id: number): void {
  json.ascii('{"ID":');
  json.number(id);
  json.ascii(",");
}

function writeEnd(json: JsonWriter, size: number, sec: number, nsec: number): void {
  json.ascii(`,"Size":${size},"Time":`);
  json.time(sec, nsec);
  json.ascii("}");
}

export const mongodb: Protocol<MongoDetail> = {
  name: "mongodb",
  title: "MongoDB",
  transports: ["tcp"],
  ports: [27017],

  probe,
  // A length and a number are little: the id has to come back.
  belongTogether: (client, server) =>
    client.end - client.start >= HEADER_BYTES && server.end - server.start >= HEADER_BYTES &&
    i32le(client.bytes, client.start + REQUEST_ID) === i32le(server.bytes, server.start + RESPONSE_TO),
  open: (flow, contexts) => new MongoConversation(mongodb, flow, contexts.get("mongodb")!),

  request(roundTrip: RoundTrip<MongoDetail>, json: JsonWriter): void {
    const { detail, flow } = roundTrip;
    writeStart(json, detail.id);
    json.endpoint(flow.client);
    json.ascii(`,"Proto":"MongoDB","OpCode":"${opCodeName(detail.opCode)}","Source":`);
    json.string(detail.database);
    json.ascii(',"Collection":');
    json.string(detail.collection);
    json.ascii(',"CmdName":');
    json.string(detail.command);
    json.ascii(',"CmdValue":');
    json.string(detail.value);
    writeEnd(json, roundTrip.requestBytes, roundTrip.requestSec, roundTrip.requestNsec);
  },

  response(roundTrip: RoundTrip<MongoDetail>, json: JsonWriter): void {
    const { detail, flow } = roundTrip;
    writeStart(json, detail.id);
    json.endpoint(flow.server);
    json.ascii(`,"Proto":"MongoDB","OpCode":"${opCodeName(detail.replyOpCode)}","Ok":`);
    json.number(detail.ok);
    json.ascii(',"Code":');
    json.number(detail.code);
    json.ascii(',"Message":');
    json.string(detail.message);
    writeEnd(json, roundTrip.responseBytes, roundTrip.responseSec, roundTrip.responseNsec);
  },

  asked: ({ detail }) => `${detail.command} ${namespace(detail)}`.trimEnd(),
  result: ({ detail }) =>
    detail.code === 0 ? detail.message || "failed" : `${detail.message} (${detail.code})`.trimStart(),
  failed,
  endpoint: ({ detail }) => nameEndpoint(detail.command, detail.collection),

  labels: {
    "request.endpoint": endpointLabel,
    "request.command": { name: "service", read: ({ detail }) => detail.command },
    "request.source": { name: "source", read: ({ detail }) => detail.database },
    "response.ok": { name: "ok", read: ({ detail }) => String(Math.round(detail.ok)) },
  },

  span(roundTrip) {
    const { answered, flow, detail } = roundTrip;
    const attributes: SpanAttribute[] = [
      ["db.system.name", "mongodb"],
      ["db.query.text", detail.value],
      ["db.operation.name", detail.command],
      ["db.request.size", roundTrip.requestBytes],
    ];
    if (answered) attributes.push(["db.response.size", roundTrip.responseBytes]);
    attributes.push(["db.namespace", detail.database]);
    if (answered) attributes.push(["db.response.status_code", detail.code], ["db.response.ok", { double: detail.ok }]);
    if (answered && failed(roundTrip)) attributes.push(["error.type", detail.message]);
    attributes.push(...serverAttributes(flow), ...peerAttributes(flow));
    return { name: detail.command, target: detail.collection, attributes };
  },
};
