/** HTTP/1.0 and HTTP/1.1 (RFC 9112): what is printed, counted and traced of a round trip. */
import { utf8FromLatin1 } from "../../bytes/text.ts";
import { type Direction, FROM_CLIENT } from "../../core/flow.ts";
import type { JsonWriter } from "../../core/json.ts";
import type { Protocol, Rendering, SpanFacts, TraceHeaders } from "../../core/protocol.ts";
import type { RoundTrip } from "../../core/roundtrip.ts";
import { maskTarget } from "../../core/secrets.ts";
import { peerAttributes, serverAttributes, type SpanAttribute } from "../../core/span.ts";
import { CERTAIN, NO, type Probe, UNSURE } from "../../core/verdict.ts";
import { HttpConversation } from "./conversation.ts";
import { isRequestLine, isStatusLine, isTokenCharacter } from "./head.ts";
import { headersOf } from "./headers.ts";
import type { Head, HttpDetail } from "./messages.ts";
import { targetOf } from "./target.ts";

function url(head: Head, { showSecrets }: Rendering): string {
  const target = utf8FromLatin1(head.subject);
  return showSecrets ? target : maskTarget(target);
}

function statusText(head: Head): string {
  return head.subject === "" ? String(head.status) : `${head.status} ${utf8FromLatin1(head.subject)}`;
}

/** What both directions have in front of their time. */
function writeEnd(json: JsonWriter, close: boolean, size: number, chunked: boolean): void {
  json.ascii(',"Close":');
  json.boolean(close);
  json.ascii(',"Size":');
  json.number(size);
  json.ascii(',"Chunked":');
  json.boolean(chunked);
  json.ascii(',"Time":');
}

function probe(direction: Direction, bytes: Uint8Array, start: number, end: number): Probe {
  if (direction !== FROM_CLIENT) return isStatusLine(bytes, start, end) ? CERTAIN : NO;
  if (isRequestLine(bytes, start, end)) return CERTAIN;
  let at = start;
  while (at < end && isTokenCharacter(bytes[at])) at++;
  return at > start && (at === end || bytes[at] === 0x20) ? UNSURE : NO;
}

function traceHeadersOf(head: Head): TraceHeaders | undefined {
  const headers = headersOf(head);
  const traceparent = headers.values("Traceparent");
  return traceparent === "" ? undefined : { traceparent, tracestate: headers.values("Tracestate") };
}

function headerAttributes(head: Head, kind: string, { showSecrets }: Rendering): [string, readonly string[]][] {
  return headersOf(head).entries(head, showSecrets).map((
    [name, values],
  ) => [`http.${kind}.header.${name.toLowerCase()}`, values]);
}

export const http: Protocol<HttpDetail> = {
  name: "http",
  title: "HTTP",
  transports: ["tcp"],
  ports: [80, 8080],

  probe,
  open: (flow, contexts) => new HttpConversation(http, flow, contexts.get("http")!),

  request(roundTrip: RoundTrip<HttpDetail>, json: JsonWriter, rendering: Rendering): void {
    const head = roundTrip.detail.request;
    const target = targetOf(head);
    json.ascii("{");
    json.endpoint(roundTrip.flow.client);
    json.ascii(',"Method":');
    json.string(head.method);
    json.ascii(',"Header":');
    headersOf(head).write(head, json, rendering.showSecrets);
    json.ascii(',"Proto":');
    json.string(head.version);
    json.ascii(',"Path":');
    json.string(target.path);
    json.ascii(',"URL":');
    json.string(url(head, rendering));
    json.ascii(',"Scheme":');
    json.string(target.scheme);
    json.ascii(',"RemoteHost":');
    json.string(utf8FromLatin1(target.remoteHost));
    writeEnd(json, headersOf(head).close, roundTrip.requestBytes, head.chunked);
    json.time(roundTrip.requestSec, roundTrip.requestNsec);
    json.ascii("}");
  },

  response(roundTrip: RoundTrip<HttpDetail>, json: JsonWriter, rendering: Rendering): void {
    const head = roundTrip.detail.response!;
    json.ascii("{");
    json.endpoint(roundTrip.flow.server);
    json.ascii(',"Header":');
    headersOf(head).write(head, json, rendering.showSecrets);
    json.ascii(',"Status":');
    json.string(statusText(head));
    json.ascii(',"StatusCode":');
    json.number(head.status);
    json.ascii(',"Proto":');
    json.string(head.version);
    writeEnd(json, headersOf(head).close || roundTrip.detail.untilClose, roundTrip.responseBytes, head.chunked);
    json.time(roundTrip.responseSec, roundTrip.responseNsec);
    json.ascii("}");
  },

  asked: (roundTrip, rendering) => `${roundTrip.detail.request.method} ${url(roundTrip.detail.request, rendering)}`,
  result: (roundTrip) => statusText(roundTrip.detail.response!),
  failed: (roundTrip) => roundTrip.detail.response!.status >= 400,

  labels: {
    "request.method": { name: "method", read: (roundTrip) => roundTrip.detail.request.method },
    "request.path": { name: "path", read: (roundTrip) => targetOf(roundTrip.detail.request).path },
    "request.remote_host": {
      name: "remote_host",
      read: (roundTrip) => utf8FromLatin1(targetOf(roundTrip.detail.request).remoteHost),
    },
    "response.status_code": { name: "status_code", read: (roundTrip) => String(roundTrip.detail.response!.status) },
  },

  span(roundTrip: RoundTrip<HttpDetail>, rendering: Rendering): SpanFacts {
    const { flow, detail: { request } } = roundTrip;
    const response = roundTrip.answered ? roundTrip.detail.response : undefined;
    const target = targetOf(request);
    const attributes: SpanAttribute[] = [["http.request.size", roundTrip.requestBytes]];
    if (response !== undefined) attributes.push(["http.response.size", roundTrip.responseBytes]);
    attributes.push(["http.request.method", request.method]);
    if (response !== undefined) attributes.push(["http.response.status_code", response.status]);
    attributes.push(
      ["url.full", url(request, rendering)],
      ["url.scheme", target.scheme],
      ...serverAttributes(flow),
      ["client.remote.host", utf8FromLatin1(target.remoteHost)],
      ...peerAttributes(flow),
      ["network.transport", "tcp"],
      ["network.protocol.name", "http"],
      ["network.protocol.version", request.version.slice(5)],
      ...headerAttributes(request, "request", rendering),
    );
    if (response !== undefined) attributes.push(...headerAttributes(response, "response", rendering));
    return { name: request.method, attributes };
  },

  traceHeaders({ answered, detail: { request, response } }): TraceHeaders | undefined {
    return traceHeadersOf(request) ?? (answered ? traceHeadersOf(response!) : undefined);
  },
};
