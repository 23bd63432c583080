/** Where spans are sent to, checked before anything is sent. */
import * as tls from "node:tls";

export interface Receiver {
  readonly url: string;
  /** For people: without what may be secret in it. */
  readonly name: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  /** Certificates of the issuers that are trusted; undefined for http. */
  readonly trusted: string[] | undefined;
}

/**
 * @param endpoint the whole URL, path included
 * @param timeoutMs for a request with all its repetitions
 * @throws for what can never work, in words for people
 */
export function receiverAt(endpoint: string, headers: ReadonlyMap<string, string>, timeoutMs: number): Receiver {
  const example = "give one such as http://host:4318/v1/traces";
  if (!URL.canParse(endpoint)) throw new Error(`'${endpoint}' is no URL: ${example}`);
  const url = new URL(endpoint);
  if (url.protocol !== "http:" && url.protocol !== "https:") {
    throw new Error(`'${endpoint}' is neither an http nor an https URL: ${example}`);
  }
  for (const [name, value] of headers) {
    try {
      new Headers([[name, value]]);
    } catch {
      throw new Error(`header '${name}': its name or its value has characters that HTTP does not allow there`);
    }
  }
  return {
    url: url.href,
    name: url.origin + url.pathname,
    headers: Object.fromEntries(headers),
    timeoutMs,
    trusted: url.protocol === "https:" ? trustedIssuers() : undefined,
  };
}

/** The system's certificates, and Mozilla's. */
function trustedIssuers(): string[] {
  try {
    return [...tls.getCACertificates("system"), ...tls.rootCertificates];
  } catch (error) {
    if (!(error instanceof Deno.errors.NotCapable)) throw error;
    throw new Error("https needs the system's certificates, which deno gives with --allow-sys=ca");
  }
}
