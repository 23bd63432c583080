/** HTTP/2 (RFC 9113): what is printed, counted and traced of a stream that no other protocol claims. */
import { utf8FromLatin1 } from "../../bytes/text.ts";
import type { JsonWriter } from "../../core/json.ts";
import { endpointLabel } from "../../core/labels.ts";
import type { Rendering, SpanFacts } from "../../core/protocol.ts";
import type { RoundTrip } from "../../core/roundtrip.ts";
import { maskTarget } from "../../core/secrets.ts";
import { peerAttributes, serverAttributes, type SpanAttribute } from "../../core/span.ts";
import { Lately, pathEndpoint } from "../../process/fingerprint/mod.ts";
import { H2Conversation } from "../_h2/conversation.ts";
import { fieldAttributes, traceHeaders, writeFields } from "../_h2/fields.ts";
import { probe } from "../_h2/probe.ts";
import type { Stream, StreamProtocol } from "../_h2/stream.ts";

function pathOf({ detail }: RoundTrip<Stream>, showSecrets: boolean): string {
  const path = utf8FromLatin1(detail.path);
  return showSecrets ? path : maskTarget(path);
}

function statusOf({ detail }: RoundTrip<Stream>): string {
  return utf8FromLatin1(detail.status);
}

const endpoints = new Lately();

function endpointOf({ method, path }: Stream): string {
  const text = utf8FromLatin1(path), end = text.search(/[?#]/);
  return pathEndpoint(utf8FromLatin1(method), end < 0 ? text : text.slice(0, end));
}

export const http2: StreamProtocol = {
  name: "http2",
  title: "HTTP/2",
  transports: ["tcp"],
  ports: [50051],
  family: "http2",

  probe,
  open: (flow, contexts, group, inherited) => new H2Conversation(http2, flow, contexts, group, inherited),

  request(roundTrip: RoundTrip<Stream>, json: JsonWriter, { showSecrets }: Rendering): void {
    const { detail, flow } = roundTrip;
    json.ascii(`{"StreamID":${detail.id},`);
    json.endpoint(flow.client);
    json.ascii(',"Proto":"HTTP/2","Path":');
    json.string(pathOf(roundTrip, showSecrets));
    json.ascii(',"Method":');
    json.string(utf8FromLatin1(detail.method));
    json.ascii(',"Scheme":');
    json.string(utf8FromLatin1(detail.scheme));
    json.ascii(',"Authority":');
    json.string(utf8FromLatin1(detail.authority));
    json.ascii(',"Header":');
    writeFields(detail.requestFields, json, showSecrets);
    json.ascii(`,"Size":${roundTrip.requestBytes},"Time":`);
    json.time(roundTrip.requestSec, roundTrip.requestNsec);
    json.ascii("}");
  },

  response(roundTrip: RoundTrip<Stream>, json: JsonWriter, { showSecrets }: Rendering): void {
    const { detail, flow } = roundTrip;
    json.ascii(`{"StreamID":${detail.id},`);
    json.endpoint(flow.server);
    json.ascii(',"Proto":"HTTP/2","Status":');
    json.string(statusOf(roundTrip));
    json.ascii(',"Header":');
    writeFields(detail.responseFields, json, showSecrets);
    json.ascii(`,"Size":${roundTrip.responseBytes},"Time":`);
    json.time(roundTrip.responseSec, roundTrip.responseNsec);
    json.ascii(detail.reset === "" ? "}" : `,"Reset":"${detail.reset}"}`);
  },

  asked: (roundTrip, { showSecrets }) => `${utf8FromLatin1(roundTrip.detail.method)} ${pathOf(roundTrip, showSecrets)}`,
  result: (roundTrip) => `${statusOf(roundTrip)} ${roundTrip.detail.reset}`.trimEnd(),
  failed: ({ detail }) => detail.reset !== "" || Number(detail.status) >= 400,
  endpoint: ({ detail }) =>
    endpoints.get(detail.method, detail.path) ?? endpoints.keep(detail.method, detail.path, endpointOf(detail)),
  status: (roundTrip) => roundTrip.detail.reset || statusOf(roundTrip),

  labels: {
    "request.endpoint": endpointLabel,
    "request.method": { name: "method", read: ({ detail }) => utf8FromLatin1(detail.method) },
    "request.path": { name: "path", read: (roundTrip) => pathOf(roundTrip, false) },
    "response.status_code": { name: "status_code", read: statusOf },
  },

  span(roundTrip: RoundTrip<Stream>, { showSecrets }: Rendering): SpanFacts {
    const { answered, flow, detail } = roundTrip;
    const method = utf8FromLatin1(detail.method);
    const attributes: SpanAttribute[] = [["http.request.size", roundTrip.requestBytes]];
    if (answered) attributes.push(["http.response.size", roundTrip.responseBytes]);
    attributes.push(["http.request.method", method]);
    if (answered) attributes.push(["http.response.status_code", statusOf(roundTrip)]);
    attributes.push(
      ["url.full", pathOf(roundTrip, showSecrets)],
      ...serverAttributes(flow),
      ...peerAttributes(flow),
      ["network.transport", "tcp"],
      ["network.protocol.name", "http2"],
      ["network.protocol.version", "2.0"],
      ...fieldAttributes("http.request.header.", detail.requestFields, showSecrets),
    );
    if (answered) attributes.push(...fieldAttributes("http.response.header.", detail.responseFields, showSecrets));
    if (detail.reset !== "") attributes.push(["error.type", detail.reset]);
    return { name: method, attributes };
  },

  traceHeaders,
};
