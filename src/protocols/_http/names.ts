/** Names of header fields as all versions of HTTP print them. */
import { utf8FromLatin1 } from "../../bytes/text.ts";

/** `content-length` as `Content-Length`; names with characters that no name may have stay as they are. */
export function canonicalName(name: string): string {
  if (!/^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/.test(name)) return utf8FromLatin1(name);
  return name.toLowerCase().replace(/(^|-)[a-z]/g, (letter) => letter.toUpperCase());
}

/** `"Name":[`, where nothing in a canonical name needs an escape, else empty. */
export function jsonOpening(canonical: string): string {
  return /^[-_.0-9A-Za-z]+$/.test(canonical) ? `"${canonical}":[` : "";
}
