/**
 * Redis (RESP2 and RESP3): what is printed, counted and traced of a round trip. Of a command only its name is kept, so
 * no key, value or password is ever printed.
 */
import { Fragment } from "../../bytes/writer.ts";
import { FROM_CLIENT, FROM_SERVER } from "../../core/flow.ts";
import type { JsonWriter } from "../../core/json.ts";
import { endpointLabel } from "../../core/labels.ts";
import type { Protocol, SpanFacts } from "../../core/protocol.ts";
import type { RoundTrip } from "../../core/roundtrip.ts";
import { peerAttributes, serverAttributes, type SpanAttribute } from "../../core/span.ts";
import { CERTAIN } from "../../core/verdict.ts";
import { RedisConversation } from "./conversation.ts";
import { ARRAY, BULK_ERROR, ERROR, type RedisDetail, typeName } from "./messages.ts";
import { probe } from "./probe.ts";

/** Literal text of the JSON line. */
const COMMAND = new Fragment('{"Command":'), DATA_TYPE = new Fragment('{"DataType":'), SIZE = new Fragment(',"Size":');
const PROTO = new Fragment(',"Proto":"Redis",'), TIME = new Fragment(',"Time":');
const HOST = new Fragment(',"Host":"'), PROTO_PORT = new Fragment('","Proto":"Redis","Port":');

export const redis: Protocol<RedisDetail> = {
  name: "redis",
  title: "Redis",
  transports: ["tcp"],
  ports: [6379],

  probe,
  // Other servers answer a line of text with what looks like a reply: the command has to be an array.
  belongTogether: (client, server, sawStart) =>
    probe(FROM_CLIENT, client.bytes, client.start, client.end) === CERTAIN && client.bytes[client.start] === ARRAY &&
    (sawStart || probe(FROM_SERVER, server.bytes, server.start, server.end) === CERTAIN),
  open: (flow, contexts) => new RedisConversation(redis, flow, contexts.get("redis")!),

  request(roundTrip: RoundTrip<RedisDetail>, json: JsonWriter): void {
    json.fragment(COMMAND);
    json.string(roundTrip.detail.command);
    json.fragment(SIZE);
    json.number(roundTrip.requestBytes);
    json.fragment(PROTO);
    json.endpoint(roundTrip.flow.client);
    json.fragment(TIME);
    json.time(roundTrip.requestSec, roundTrip.requestNsec);
    json.byte(0x7d);
  },

  response(roundTrip: RoundTrip<RedisDetail>, json: JsonWriter): void {
    const { server } = roundTrip.flow;
    json.fragment(DATA_TYPE);
    json.string(typeName(roundTrip.detail.type));
    json.fragment(SIZE);
    json.number(roundTrip.responseBytes);
    json.fragment(HOST);
    json.ascii(server.host);
    json.fragment(PROTO_PORT);
    json.number(server.port);
    json.fragment(TIME);
    json.time(roundTrip.responseSec, roundTrip.responseNsec);
    json.byte(0x7d);
  },

  asked: ({ detail }) => detail.command,
  result: ({ detail }) => detail.error === "" ? typeName(detail.type) : `${typeName(detail.type)} ${detail.error}`,
  failed: ({ detail }) => detail.type === ERROR || detail.type === BULK_ERROR,
  endpoint: ({ detail }) => detail.command || "unnamed command",

  labels: {
    "request.endpoint": endpointLabel,
    "request.command": { name: "command", read: ({ detail }) => detail.command },
    "response.data_type": { name: "data_type", read: ({ detail }) => typeName(detail.type) },
  },

  span(roundTrip: RoundTrip<RedisDetail>): SpanFacts {
    const { answered, flow, detail: { command, type } } = roundTrip;
    const attributes: SpanAttribute[] = [
      ["db.system.name", "redis"],
      ["db.operation.name", command],
      ["db.request.size", roundTrip.requestBytes],
    ];
    if (answered) attributes.push(["db.response.size", roundTrip.responseBytes]);
    attributes.push(...serverAttributes(flow), ...peerAttributes(flow));
    if (answered) attributes.push(["response.data_type", typeName(type)]);
    return { name: command, attributes };
  },
};
