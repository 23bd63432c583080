/**
 * Redis (RESP2 and RESP3): what is printed, counted and traced of a round trip. Of a command only its name is kept, so
 * no key, value or password is ever printed.
 */
import type { JsonWriter } from "../../core/json.ts";
import type { Protocol, SpanFacts } from "../../core/protocol.ts";
import type { RoundTrip } from "../../core/roundtrip.ts";
import { peerAttributes, serverAttributes, type SpanAttribute } from "../../core/span.ts";
import { RedisConversation } from "./conversation.ts";
import { BULK_ERROR, ERROR, type RedisDetail, typeName } from "./messages.ts";
import { probe } from "./probe.ts";

export const redis: Protocol<RedisDetail> = {
  name: "redis",
  title: "Redis",
  transports: ["tcp"],
  ports: [6379],

  probe,
  open: (flow, contexts) => new RedisConversation(redis, flow, contexts.get("redis")!),

  request(roundTrip: RoundTrip<RedisDetail>, json: JsonWriter): void {
    json.ascii('{"Command":');
    json.string(roundTrip.detail.command);
    json.ascii(`,"Size":${roundTrip.requestBytes},"Proto":"Redis",`);
    json.endpoint(roundTrip.flow.client);
    json.ascii(',"Time":');
    json.time(roundTrip.requestSec, roundTrip.requestNsec);
    json.ascii("}");
  },

  response(roundTrip: RoundTrip<RedisDetail>, json: JsonWriter): void {
    const { server } = roundTrip.flow;
    json.ascii(`{"DataType":"${typeName(roundTrip.detail.type)}","Size":${roundTrip.responseBytes},"Host":"`);
    json.ascii(`${server.host}","Proto":"Redis","Port":${server.port},"Time":`);
    json.time(roundTrip.responseSec, roundTrip.responseNsec);
    json.ascii("}");
  },

  asked: ({ detail }) => detail.command,
  result: ({ detail }) => detail.error === "" ? typeName(detail.type) : `${typeName(detail.type)} ${detail.error}`,
  failed: ({ detail }) => detail.type === ERROR || detail.type === BULK_ERROR,

  labels: {
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
