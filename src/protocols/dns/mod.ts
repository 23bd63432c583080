/**
 * DNS over UDP and TCP: RFC 1035, with EDNS (RFC 6891) and zone transfers (RFC 5936, RFC 1995).
 *
 * Multicast DNS and LLMNR have the same messages; their ports, 5353 and 5355, are decoded when a rule names them.
 */
import { u16be } from "../../bytes/read.ts";
import type { Direction } from "../../core/flow.ts";
import { FROM_SERVER } from "../../core/flow.ts";
import { endpointLabel } from "../../core/labels.ts";
import type { Protocol } from "../../core/protocol.ts";
import { peerAttributes, serverAttributes, type SpanAttribute } from "../../core/span.ts";
import { CERTAIN, NO, type Probe, UNSURE } from "../../core/verdict.ts";
import { domainSuffix } from "../../process/fingerprint/mod.ts";
import { DnsConversation } from "./conversation.ts";
import { isPlausibleHeader, Message, WHOLE } from "./decoder.ts";
import { PREFIX_BYTES } from "./framing.ts";
import { answerSummary, queryOpcode, questionName, questionType, writeRequest, writeResponse } from "./json.ts";
import { type Exchange, HEADER_BYTES, opcodeWord, STATUS_SUCCESS, statusWord } from "./messages.ts";

const message = new Message();

/** Whether `bytes[start..end)` is one sound message with a question, sent by this side. */
function isMessage(direction: Direction, bytes: Uint8Array, start: number, end: number): boolean {
  return end - start >= HEADER_BYTES && isPlausibleHeader(bytes, start, end - start) &&
    message.read(bytes, start, end) === WHOLE && message.walkedTo === end && message.questions > 0 &&
    message.isResponse === (direction === FROM_SERVER);
}

/** The transport is not told, so both framings are tried: a datagram, and a stream's first message behind its length. */
function probe(direction: Direction, bytes: Uint8Array, start: number, end: number): Probe {
  if (isMessage(direction, bytes, start, end)) return CERTAIN;
  const available = end - start;
  if (available < PREFIX_BYTES + HEADER_BYTES) return UNSURE;
  const length = u16be(bytes, start);
  if (length < HEADER_BYTES || !isPlausibleHeader(bytes, start + PREFIX_BYTES, length)) return NO;
  if (bytes[start + PREFIX_BYTES + 2] >> 7 !== direction) return NO;
  const behind = start + PREFIX_BYTES + length;
  if (behind > end) return UNSURE;
  return isMessage(direction, bytes, start + PREFIX_BYTES, behind) ? CERTAIN : NO;
}

export const dns: Protocol<Exchange> = {
  name: "dns",
  title: "DNS",
  transports: ["udp", "tcp"],
  ports: [53],
  patienceSeconds: 10, // resolvers have given up by then
  probe,
  open: (flow, contexts) => new DnsConversation(dns, flow, contexts.get("dns")!),
  request: writeRequest,
  response: writeResponse,
  asked: ({ detail }) => {
    const words = [opcodeWord(queryOpcode(detail)), questionType(detail), questionName(detail)];
    return words.filter((word) => word !== "").join(" ");
  },
  result: ({ detail }) => {
    const summary = answerSummary(detail);
    return summary === "" ? statusWord(detail.status) : `${statusWord(detail.status)} ${summary}`;
  },
  failed: ({ detail }) => detail.status !== STATUS_SUCCESS,
  endpoint: ({ detail }) => {
    const words = [opcodeWord(queryOpcode(detail)), questionType(detail), domainSuffix(questionName(detail))];
    return words.filter((word) => word !== "").join(" ");
  },
  status: ({ detail }) => statusWord(detail.status),
  labels: {
    "request.endpoint": endpointLabel,
    "request.question": { name: "question", read: ({ detail }) => questionName(detail) },
  },
  span({ answered, flow, detail, requestBytes, responseBytes }) {
    const attributes: SpanAttribute[] = [["dns.request.size", requestBytes]];
    if (answered) attributes.push(["dns.response.size", responseBytes]);
    attributes.push(["dns.question.type", questionType(detail)], ...serverAttributes(flow), ...peerAttributes(flow));
    return { name: questionName(detail), attributes };
  },
};
