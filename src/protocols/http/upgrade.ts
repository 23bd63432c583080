/** Connections that change their protocol (RFC 9110, section 7.8): to which, and the request that goes along. */
import { latin1 } from "../../bytes/text.ts";
import type { InheritedRequest } from "../../core/protocol.ts";
import type { RoundTrip } from "../../core/roundtrip.ts";
import { headersOf } from "./headers.ts";
import type { Head, HttpDetail } from "./messages.ts";

/** The name of the protocol that a 101 changes to. */
export function upgradeOf(head: Head): string {
  const first = headersOf(head).value("Upgrade").split(",")[0].trim().toLowerCase();
  return first === "h2c" ? "http2" : first === "" ? "another protocol" : first;
}

/** Headers that concern the connection alone, or have a field of their own. */
const DROPPED = new Set(["connection", "host", "http2-settings", "keep-alive", "transfer-encoding", "upgrade"]);

/** The request of a 101 as the next protocol knows it: HTTP/2 answers it as its first (RFC 7540, section 3.2). */
export function inheritedRequest(roundTrip: RoundTrip<HttpDetail>): InheritedRequest {
  const head = roundTrip.detail.request;
  const { store, position } = head;
  const text = latin1(store.bytes, store.indexOf(position + head.headersStart), store.indexOf(position + head.length));
  const fields: string[] = [];
  let host = "";
  for (const [, name, value] of text.matchAll(/^([^:\s]+)[ \t]*:[ \t]*(.*?)[ \t]*\r?$/gm)) {
    const lower = name.toLowerCase();
    if (lower === "host") host = value;
    if (!DROPPED.has(lower)) fields.push(lower, value);
  }
  const [, authority = host, target] = /^(?:[a-z]+:\/\/([^/?#]*))?(.*)$/i.exec(head.subject)!;
  return {
    method: head.method,
    target,
    scheme: "http",
    authority,
    fields,
    bytes: roundTrip.requestBytes,
    sec: roundTrip.requestSec,
    nsec: roundTrip.requestNsec,
  };
}
