/** HTTP/1.0 and HTTP/1.1 (RFC 9112): what is printed, counted and traced of a round trip. */
import { utf8FromLatin1 } from "../../bytes/text.ts";
import { Fragment } from "../../bytes/writer.ts";
import { type Direction, FROM_CLIENT } from "../../core/flow.ts";
import type { JsonWriter } from "../../core/json.ts";
import { endpointLabel } from "../../core/labels.ts";
import type { Protocol, Rendering, SpanFacts, TraceHeaders } from "../../core/protocol.ts";
import type { RoundTrip } from "../../core/roundtrip.ts";
import { maskTarget, mayHoldSecretParameter } from "../../core/secrets.ts";
import { peerAttributes, serverAttributes, type SpanAttribute } from "../../core/span.ts";
import { CERTAIN, NO, type Probe, UNSURE } from "../../core/verdict.ts";
import { pathEndpoint } from "../../process/fingerprint/mod.ts";
import { writeBody } from "./body_json.ts";
import { HttpConversation } from "./conversation.ts";
import { isRequestLine, isStatusLine, isTokenCharacter } from "./head.ts";
import { headersOf } from "./headers.ts";
import type { Head, HttpDetail } from "./messages.ts";
import { pathOf, plainPathEnd, targetOf } from "./target.ts";

function url(head: Head, { showSecrets }: Rendering): string {
  const target = utf8FromLatin1(head.subject);
  return showSecrets ? target : maskTarget(target);
}

function statusText(head: Head): string {
  return head.subject === "" ? String(head.status) : `${head.status} ${utf8FromLatin1(head.subject)}`;
}

/** What all versions begin with, and the shortest status line. */
const VERSION = "HTTP/", STATUS_LINE_BYTES = 12;

/** Literal text of the JSON line. */
const METHOD = new Fragment(',"Method":'), HEADER = new Fragment(',"Header":'), URL_MEMBER = new Fragment(',"URL":');
const PROTO_11 = new Fragment(',"Proto":"HTTP/1.1"'), PATH = new Fragment(',"Path":');
const NO_SCHEME = new Fragment(',"Scheme":"","RemoteHost":');
const STATUS = new Fragment(',"Status":"'), STATUS_CODE = new Fragment('","StatusCode":');
const OPEN_SIZE = new Fragment(',"Close":false,"Size":'), CLOSE_SIZE = new Fragment(',"Close":true,"Size":');
const CHUNKED = new Fragment(',"Chunked":true,"Time":'), WHOLE = new Fragment(',"Chunked":false,"Time":');

function writeProto(json: JsonWriter, version: string): void {
  if (version === "HTTP/1.1") return json.fragment(PROTO_11);
  json.ascii(',"Proto":');
  json.string(version);
}

/** What both directions end with. */
function writeEnd(json: JsonWriter, close: boolean, size: number, head: Head, sec: number, nsec: number): void {
  json.fragment(close ? CLOSE_SIZE : OPEN_SIZE);
  json.number(size);
  json.fragment(head.chunked ? CHUNKED : WHOLE);
  json.time(sec, nsec);
  json.byte(0x7d);
}

/** `Path` and what follows it of the target: from its bytes where they are a plain path. */
function writeTarget(json: JsonWriter, head: Head, rendering: Rendering): void {
  const { bytes } = head.store;
  const start = head.store.indexOf(head.position + head.subjectStart);
  const end = head.store.indexOf(head.position + head.subjectEnd);
  const pathEnd = head.method === "CONNECT" ? -1 : plainPathEnd(bytes, start, end);
  const target = pathEnd < 0 ? targetOf(head) : undefined;
  json.fragment(PATH);
  if (target === undefined) json.bytesAsString(bytes, start, pathEnd);
  else json.string(target.path);
  json.fragment(URL_MEMBER);
  const isShown = pathEnd >= 0 && (rendering.showSecrets || !mayHoldSecretParameter(bytes, pathEnd, end));
  if (isShown) json.bytesAsString(bytes, start, end);
  else json.string(url(head, rendering));
  if (target === undefined || target.scheme === "") json.fragment(NO_SCHEME);
  else {
    json.ascii(',"Scheme":');
    json.string(target.scheme);
    json.ascii(',"RemoteHost":');
  }
  json.string(target?.remoteHost ?? headersOf(head).value("Host"));
}

function writeStatus(json: JsonWriter, head: Head): void {
  json.fragment(STATUS);
  json.number(head.status);
  const { bytes } = head.store;
  if (head.subjectEnd > head.subjectStart) {
    json.byte(0x20);
    const start = head.store.indexOf(head.position);
    json.escapedBytes(bytes, start + head.subjectStart, start + head.subjectEnd);
  }
  json.fragment(STATUS_CODE);
  json.number(head.status);
}

/** `HTTP/1.1 200`, or how it begins. */
function statusProbe(bytes: Uint8Array, start: number, end: number): Probe {
  if (isStatusLine(bytes, start, end)) return CERTAIN;
  for (let i = 0; i < VERSION.length; i++) {
    if (start + i === end) return UNSURE;
    if (bytes[start + i] !== VERSION.charCodeAt(i)) return NO;
  }
  return end - start < STATUS_LINE_BYTES ? UNSURE : NO;
}

function probe(direction: Direction, bytes: Uint8Array, start: number, end: number): Probe {
  if (direction !== FROM_CLIENT) return statusProbe(bytes, start, end);
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
    json.byte(0x7b);
    json.endpoint(roundTrip.flow.client);
    json.fragment(METHOD);
    json.string(head.method);
    json.fragment(HEADER);
    const headers = headersOf(head);
    headers.write(head, json, rendering.showSecrets);
    writeProto(json, head.version);
    writeTarget(json, head, rendering);
    writeEnd(json, headers.close, roundTrip.requestBytes, head, roundTrip.requestSec, roundTrip.requestNsec);
  },

  response(roundTrip: RoundTrip<HttpDetail>, json: JsonWriter, rendering: Rendering): void {
    const head = roundTrip.detail.response!;
    json.byte(0x7b);
    json.endpoint(roundTrip.flow.server);
    json.fragment(HEADER);
    const headers = headersOf(head);
    headers.write(head, json, rendering.showSecrets);
    writeStatus(json, head);
    const { body } = roundTrip.detail;
    if (body !== undefined && body.length > 0) {
      json.ascii(',"Body":');
      writeBody(body, json);
    }
    writeProto(json, head.version);
    const closes = headers.close || roundTrip.detail.untilClose;
    writeEnd(json, closes, roundTrip.responseBytes, head, roundTrip.responseSec, roundTrip.responseNsec);
  },

  asked: (roundTrip, rendering) => `${roundTrip.detail.request.method} ${url(roundTrip.detail.request, rendering)}`,
  result: (roundTrip) => statusText(roundTrip.detail.response!),
  failed: (roundTrip) => roundTrip.detail.response!.status >= 400,
  endpoint: ({ detail: { request } }) => pathEndpoint(request.method, pathOf(request)),
  status: (roundTrip) => String(roundTrip.detail.response!.status),

  labels: {
    "request.endpoint": { ...endpointLabel, readsKeptText: true },
    "request.method": { name: "method", read: (roundTrip) => roundTrip.detail.request.method },
    "request.path": { name: "path", readsKeptText: true, read: (roundTrip) => pathOf(roundTrip.detail.request) },
    "request.remote_host": {
      name: "remote_host",
      readsKeptText: true,
      read: (roundTrip) => targetOf(roundTrip.detail.request).remoteHost,
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
      ["client.remote.host", target.remoteHost],
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
