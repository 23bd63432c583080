/**
 * gRPC (https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md): what is printed, counted and traced of a call.
 * A call is a stream of HTTP/2 whose content type is gRPC's.
 */
import { utf8FromLatin1 } from "../../bytes/text.ts";
import { statusName } from "../../core/grpc_status.ts";
import type { JsonWriter } from "../../core/json.ts";
import { endpointLabel } from "../../core/labels.ts";
import type { Rendering, SpanFacts } from "../../core/protocol.ts";
import type { RoundTrip } from "../../core/roundtrip.ts";
import { peerAttributes, serverAttributes, type SpanAttribute } from "../../core/span.ts";
import { CERTAIN, NO, type Probe, UNSURE } from "../../core/verdict.ts";
import { Lately } from "../../process/fingerprint/mod.ts";
import { H2Conversation } from "../_h2/conversation.ts";
import { fieldAttributes, traceHeaders, writeFields } from "../_h2/fields.ts";
import { fieldValue, hasUnknown, type HeaderBlock, UNKNOWN } from "../_h2/header_block.ts";
import { probe } from "../_h2/probe.ts";
import type { Stream, StreamProtocol } from "../_h2/stream.ts";
import { MessageCounter, messageText, timeoutMs } from "./messages.ts";

/**
 * A request is a call's when it says so: `application/grpc`, `application/grpc+proto`, `application/grpc-web; ...` (the
 * base64 of -web-text is not read). A response tells less: servers answer what is no call with that type too, and 415.
 */
function claims(header: HeaderBlock): Probe {
  if (header.method !== "" && header.method !== "POST") return NO;
  const type = header.value("content-type");
  if (type === undefined) return header.unknown > 0 ? UNSURE : NO;
  if (!type.startsWith("application/grpc") || !/^application\/grpc(-web)?($|[+; ])/.test(type)) return NO;
  return header.status === "" || header.status === "200" ? CERTAIN : UNSURE;
}

/**
 * Where a capture joined late, the content type may be an entry of a table that was not seen. That both directions are
 * whole messages, with lengths that fit to the byte, tells as well: chance has one in 2^39 for each message.
 */
function claimsBodies({ requestBody, responseBody }: Stream): boolean {
  if (!(requestBody instanceof MessageCounter) || !(responseBody instanceof MessageCounter)) return false;
  return requestBody.isWhole && responseBody.isWhole && requestBody.messages + responseBody.messages > 0;
}

function serviceOf({ detail }: RoundTrip<Stream>): string {
  return detail.path === UNKNOWN ? UNKNOWN : utf8FromLatin1(detail.path.replace(/^\/+|\/+$/g, "").replaceAll("/", "."));
}

function methodOf({ detail }: RoundTrip<Stream>): string {
  return utf8FromLatin1(detail.path.slice(detail.path.lastIndexOf("/") + 1));
}

/** A field of the trailers, or of gRPC-Web's last message. */
function trailer({ trailers = [], responseBody }: Stream, name: string): string {
  const found = fieldValue(trailers, name);
  if (found !== undefined) return found;
  if (responseBody instanceof MessageCounter && responseBody.trailer !== "") {
    const line = new RegExp(`^${name}:[ \\t]*([^\\r\\n]*)`, "im").exec(responseBody.trailer);
    if (line !== null) return line[1].trimEnd();
  }
  return hasUnknown(trailers) ? UNKNOWN : "";
}

/** The status code as it was sent; empty when none was. */
function grpcStatus(stream: Stream): string {
  return utf8FromLatin1(trailer(stream, "grpc-status"));
}

function grpcMessage(stream: Stream): string {
  return messageText(trailer(stream, "grpc-message"));
}

function httpStatus({ detail }: RoundTrip<Stream>): string {
  return utf8FromLatin1(detail.status);
}

function* messageFacts(kind: string, body: unknown): Generator<[string, number]> {
  if (!(body instanceof MessageCounter) || body.broken) return;
  yield [`rpc.${kind}.messages`, body.messages];
  if (body.compressed > 0) yield [`rpc.${kind}.compressed_messages`, body.compressed];
}

function result({ detail }: RoundTrip<Stream>): string {
  if (detail.reset !== "") return detail.reset;
  const status = grpcStatus(detail), message = grpcMessage(detail);
  if (status === "") return `HTTP ${utf8FromLatin1(detail.status)}, no status`;
  return message === "" || message === UNKNOWN ? statusName(status) : `${statusName(status)} ${message}`;
}

const endpoints = new Lately();

export const grpc: StreamProtocol = {
  name: "grpc",
  title: "gRPC",
  transports: ["tcp"],
  ports: [50051],
  family: "http2",

  probe,
  open: (flow, contexts, group, inherited) => new H2Conversation(grpc, flow, contexts, group, inherited),
  claims,
  bodyReader: () => new MessageCounter(),
  claimsBodies,

  request(roundTrip: RoundTrip<Stream>, json: JsonWriter, { showSecrets }: Rendering): void {
    const { detail, flow } = roundTrip;
    json.ascii(`{"StreamID":${detail.id},`);
    json.endpoint(flow.client);
    json.ascii(',"Proto":"gRPC","Service":');
    json.string(serviceOf(roundTrip));
    json.ascii(',"Scheme":');
    json.string(utf8FromLatin1(detail.scheme));
    json.ascii(',"Target":');
    json.string(utf8FromLatin1(detail.authority));
    json.ascii(',"Metadata":');
    writeFields(detail.requestFields, json, showSecrets);
    json.ascii(`,"Size":${roundTrip.requestBytes},"Time":`);
    json.time(roundTrip.requestSec, roundTrip.requestNsec);
    json.ascii("}");
  },

  response(roundTrip: RoundTrip<Stream>, json: JsonWriter, { showSecrets }: Rendering): void {
    const { detail, flow } = roundTrip;
    json.ascii(`{"StreamID":${detail.id},`);
    json.endpoint(flow.server);
    json.ascii(',"Proto":"gRPC","Status":');
    json.string(httpStatus(roundTrip));
    json.ascii(',"GrpcStatus":');
    json.string(grpcStatus(detail));
    json.ascii(',"GrpcMessage":');
    json.string(grpcMessage(detail));
    json.ascii(',"Metadata":');
    writeFields(detail.responseFields, json, showSecrets);
    json.ascii(`,"Size":${roundTrip.responseBytes},"Time":`);
    json.time(roundTrip.responseSec, roundTrip.responseNsec);
    json.ascii(detail.reset === "" ? "}" : `,"Reset":"${detail.reset}"}`);
  },

  asked: serviceOf,
  result,
  failed: ({ detail }) => detail.reset !== "" || !["0", UNKNOWN].includes(grpcStatus(detail)),
  endpoint: ({ detail: { path } }) =>
    endpoints.get("", path) ?? endpoints.keep("", path, utf8FromLatin1(path.replace(/^\/+/, ""))),
  status: ({ detail }) => {
    if (detail.reset !== "") return detail.reset;
    const status = grpcStatus(detail);
    return status === "" ? "no status" : statusName(status);
  },

  labels: {
    "request.endpoint": endpointLabel,
    "request.service": { name: "service", read: serviceOf },
    "response.status_code": { name: "status_code", read: httpStatus },
    "response.grpc_status": { name: "grpc_status", read: ({ detail }) => grpcStatus(detail) },
  },

  span(roundTrip: RoundTrip<Stream>, { showSecrets }: Rendering): SpanFacts {
    const { answered, flow, detail } = roundTrip;
    const service = serviceOf(roundTrip), timeout = timeoutMs(fieldValue(detail.requestFields, "grpc-timeout"));
    const attributes: SpanAttribute[] = [
      ["rpc.system", "grpc"],
      ["rpc.method", methodOf(roundTrip)],
      ["rpc.service", service],
    ];
    if (answered) attributes.push(["rpc.grpc.status_code", grpcStatus(detail)]);
    attributes.push(["rpc.request.size", roundTrip.requestBytes]);
    if (answered) attributes.push(["rpc.response.size", roundTrip.responseBytes]);
    attributes.push(
      ...serverAttributes(flow),
      ...peerAttributes(flow),
      ...fieldAttributes("rpc.grpc.request.metadata.", detail.requestFields, showSecrets),
    );
    if (answered) {
      attributes.push(...fieldAttributes("rpc.grpc.response.metadata.", detail.responseFields, showSecrets));
    }
    attributes.push(...messageFacts("request", detail.requestBody));
    if (answered) attributes.push(...messageFacts("response", detail.responseBody));
    if (timeout !== undefined) attributes.push(["rpc.grpc.timeout_ms", { double: timeout }]);
    if (detail.reset !== "") attributes.push(["error.type", detail.reset]);
    return { name: service, attributes };
  },

  traceHeaders,
};
