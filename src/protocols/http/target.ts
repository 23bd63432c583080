/** Request targets (RFC 9112, section 3.2) in their four forms. */
import { Buffer } from "node:buffer";
import { utf8, utf8FromLatin1 } from "../../bytes/text.ts";
import { headersOf } from "./headers.ts";
import type { Head } from "./messages.ts";

export interface Target {
  /** Path, percent-decoded, without the query; `*` for the asterisk form, empty for the authority form. */
  readonly path: string;
  /** Of the absolute form, else empty. */
  readonly scheme: string;
  /** Host of the absolute form, else the Host header. */
  readonly remoteHost: string;
}

/** Where the path ends in a target of the origin form with nothing to decode before that; -1 for any other target. */
export function plainPathEnd(bytes: Uint8Array, start: number, end: number): number {
  if (bytes[start] !== 0x2f) return -1; // /
  for (let at = start; at < end; at++) {
    const c = bytes[at];
    if (c === 0x25) return -1; // %
    if (c === 0x3f || c === 0x23) return at; // ? #
  }
  return end;
}

/** Takes a request's target apart. */
export function targetOf(head: Head): Target {
  const target = head.subject;
  if (head.method === "CONNECT") {
    return { path: "", scheme: "", remoteHost: headersOf(head).value("Host") || utf8FromLatin1(target) };
  }
  const absolute = /^([A-Za-z][A-Za-z0-9+.-]*):\/\/([^/?#]*)/.exec(target);
  if (absolute === null) {
    return { path: decodedPath(target), scheme: "", remoteHost: headersOf(head).value("Host") };
  }
  const [whole, scheme, authority] = absolute;
  return {
    path: decodedPath(target.slice(whole.length)),
    scheme: scheme.toLowerCase(),
    remoteHost: utf8FromLatin1(authority.slice(authority.lastIndexOf("@") + 1)),
  };
}

/** The path alone. */
export function pathOf(head: Head): string {
  const { bytes } = head.store;
  const start = head.store.indexOf(head.position + head.subjectStart);
  const end = head.store.indexOf(head.position + head.subjectEnd);
  const pathEnd = head.method === "CONNECT" ? -1 : plainPathEnd(bytes, start, end);
  return pathEnd < 0 ? targetOf(head).path : utf8(bytes, start, pathEnd);
}

function decodedPath(target: string): string {
  const end = target.search(/[?#]/);
  return percentDecoded(end < 0 ? target : target.slice(0, end));
}

/** Percent-decoded text; as it is where an escape is broken, as the receiver could not have understood it either. */
function percentDecoded(text: string): string {
  if (!text.includes("%")) return utf8FromLatin1(text);
  if (/%(?![0-9A-Fa-f]{2})/.test(text)) return utf8FromLatin1(text);
  const bytes = text.replace(/%([0-9A-Fa-f]{2})/g, (_, hex) => String.fromCharCode(parseInt(hex, 16)));
  return Buffer.from(bytes, "latin1").toString("utf8");
}
