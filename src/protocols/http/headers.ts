/** Header lines as a map, made when a round trip is printed. */
import { utf8FromLatin1 } from "../../bytes/text.ts";
import { isSecretHeader, MASK, maskTarget } from "../../core/secrets.ts";
import { type Head, HEADER_LINES } from "./messages.ts";

/** Header lines as pairs, in the order sent; folded lines (RFC 9112, 5.2) are joined. Values are not masked. */
export function headerLines(headers: string): [name: string, value: string][] {
  const pairs: [string, string][] = [];
  for (const line of headers.split("\n")) {
    if (pairs.length >= HEADER_LINES) break;
    if (line === "" || line === "\r") continue;
    const first = line.charCodeAt(0);
    if ((first === 32 || first === 9) && pairs.length > 0) {
      const last = pairs[pairs.length - 1];
      last[1] = `${last[1]} ${line.trim()}`.trim();
      continue;
    }
    const colon = line.indexOf(":");
    if (colon <= 0) continue;
    pairs.push([line.slice(0, colon).trimEnd(), utf8FromLatin1(line.slice(colon + 1).trim())]);
  }
  return pairs;
}

/** The first value of a header, or an empty string. */
export function headerValue(headers: string, lowerName: string): string {
  for (const [name, value] of headerLines(headers)) if (name.toLowerCase() === lowerName) return value;
  return "";
}

/** `content-length` as `Content-Length`: as Go's net/textproto has names; names with other characters stay as they are. */
export function canonicalName(name: string): string {
  if (!/^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/.test(name)) return name;
  return name.toLowerCase().replace(/(^|-)[a-z]/g, (letter) => letter.toUpperCase());
}

/**
 * The headers of a message as the contract prints them: canonical names in bytewise order, values in the order sent.
 * Left out is what has a field of its own.
 */
export function headerMap(head: Head, showSecrets: boolean): [name: string, values: string[]][] {
  const isRequest = head.status === 0;
  const map = new Map<string, string[]>();
  for (const [name, value] of headerLines(head.headers)) {
    const canonical = canonicalName(name);
    if (canonical === "Transfer-Encoding" || canonical === "Trailer" || (isRequest && canonical === "Host")) continue;
    if (canonical === "Content-Length" && head.chunked) continue;
    if (canonical === "Connection" && !isRequest && head.close) continue;
    const shown = showSecrets ? value : masked(canonical, value);
    const values = map.get(canonical);
    if (values === undefined) map.set(canonical, [shown]);
    else values.push(shown);
  }
  if (map.get("Pragma")?.[0] === "no-cache" && !map.has("Cache-Control")) map.set("Cache-Control", ["no-cache"]);
  return [...map].sort(([a], [b]) => (a < b ? -1 : 1));
}

function masked(name: string, value: string): string {
  if (isSecretHeader(name)) return MASK;
  return name === "Referer" || name === "Location" || name === "Content-Location" ? maskTarget(value) : value;
}
