/**
 * The receiver of remote write: one POST at a time, and what became of it
 * (https://prometheus.io/docs/specs/prw/remote_write_spec/#retries-backoff).
 *
 * By `fetch`, which needs no permission besides the network, keeps connections, and ends whatever it does, connecting
 * included, when it is told to.
 */
import { getCACertificates } from "node:tls";
import { durationText } from "../core/time.ts";
import { PROGRAM, VERSION } from "../core/version.ts";
import { printable, shortened } from "./printable.ts";

/** Where to send, as the configuration has it. */
export interface ReceiverOptions {
  /** The whole URL; a user and a password in it are sent as Basic authentication. */
  readonly endpoint: string;
  /** More request headers. */
  readonly header: ReadonlyMap<string, string>;
  /** The longest that a request may take, from connecting to the end of its answer. */
  readonly timeoutNs: number;
}

/** What became of a request. */
export type Outcome =
  | { readonly kind: "taken" }
  /** It would be refused again. */
  | { readonly kind: "refused"; readonly text: string }
  /** It may be taken later, but not before `retryAfterMs` where the receiver says so. */
  | { readonly kind: "failed"; readonly text: string; readonly retryAfterMs?: number };

/** Bytes of an answer that are read, and characters of it that are shown. */
const READ_BYTES = 4096, SHOWN = 200;
/** Receivers close connections that are idle for a minute or more: not to be met by that, we are the first to. */
const IDLE_MS = 30_000;

export class Receiver {
  /** For people: without what may be secret in the URL. */
  readonly name: string;
  readonly #url: URL;
  readonly #headers: Headers;
  readonly #timeoutNs: number;
  readonly #client: Deno.HttpClient;
  #underWay = new AbortController();

  /** @throws TypeError for what is no URL or no header */
  constructor({ endpoint, header, timeoutNs }: ReceiverOptions) {
    const url = this.#url = new URL(endpoint);
    this.name = url.origin + url.pathname;
    const headers = this.#headers = new Headers({ "User-Agent": `${PROGRAM}/${VERSION}` });
    if (url.username !== "") headers.set("Authorization", `Basic ${credentials(url)}`);
    url.username = url.password = "";
    for (const [name, value] of header) headers.set(name, value);
    headers.set("Content-Encoding", "snappy");
    headers.set("Content-Type", "application/x-protobuf");
    headers.set("X-Prometheus-Remote-Write-Version", "0.1.0");
    this.#timeoutNs = timeoutNs;
    const caCerts = url.protocol === "https:" ? systemIssuers() : [];
    this.#client = Deno.createHttpClient({ caCerts, poolMaxIdlePerHost: 1, poolIdleTimeout: IDLE_MS });
  }

  /** Sends a request. Never rejects. To be called again only after its end. */
  async post(body: Uint8Array<ArrayBuffer>): Promise<Outcome> {
    const { signal } = this.#underWay = new AbortController();
    const overdue = new Error(`no answer within ${durationText(this.#timeoutNs)}`);
    const timer = setTimeout(() => this.#underWay.abort(overdue), this.#timeoutNs / 1e6);
    try {
      const response = await fetch(this.#url, {
        method: "POST",
        body,
        headers: this.#headers,
        client: this.#client,
        redirect: "manual", // what is configured for one receiver, secrets among it, is not for another one
        signal,
      });
      return this.#outcome(response, await answerOf(response));
    } catch (error) {
      return { kind: "failed", text: this.#reason(error as Error) };
    } finally {
      clearTimeout(timer);
    }
  }

  /** Ends what is under way, as failed; nothing is sent any more. */
  close(): void {
    this.#underWay.abort(new Error("the exporter ended"));
    this.#client.close();
  }

  #outcome({ status, headers }: Response, answer: string): Outcome {
    if (status >= 200 && status < 300) return { kind: "taken" };
    const text = `HTTP ${status}${answer === "" ? "" : `: ${answer}`}`;
    if (status === 429 || status >= 500) return { kind: "failed", text, retryAfterMs: retryAfterMs(headers) };
    const isElsewhere = status < 400 && headers.has("Location");
    return { kind: "refused", text: isElsewhere ? `${text} (it has moved: give its new URL)` : text };
  }

  /** Why there was no answer, in words for people. */
  #reason(error: Error): string {
    const { message } = error.cause instanceof Error ? error.cause : error;
    const text = message.replace(/^.*client error \(\w+\): /s, "").replace(/ \(os error \d+\)$/, "")
      .replaceAll(this.#url.href, this.name);
    const certificate = /invalid peer certificate: (.*)/s.exec(text)?.[1];
    return certificate === undefined ? text : certificateText(this.#url.hostname, certificate);
  }
}

function credentials({ username, password }: URL): string {
  return Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`).toString("base64");
}

/** The issuers that the system trusts, besides Deno's own, where the permission `--allow-sys=ca` lets us ask. */
function systemIssuers(): string[] {
  try {
    return getCACertificates("system");
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable) return [];
    throw error;
  }
}

function certificateText(host: string, text: string): string {
  if (text.includes("CaUsedAsEndEntity")) {
    return `the certificate of ${host} is not accepted: it is an issuer's, signed by itself, where a server needs one ` +
      "of its own, signed by the issuer";
  }
  const reason = text === "UnknownIssuer" ? "its issuer is not known" : text;
  return `the certificate of ${host} is not accepted: ${reason} (trusted are the system's issuers, and those in the file ` +
    "that the environment variable DENO_CERT names)";
}

/** The beginning of an answer. A short one is read to its end, so that the connection can be used again. */
async function answerOf({ body }: Response): Promise<string> {
  if (body === null) return "";
  const decoder = new TextDecoder();
  let text = "", bytes = 0;
  try {
    for await (const part of body) { // leaving the loop ends the body
      text += decoder.decode(part, { stream: true });
      if ((bytes += part.length) >= READ_BYTES) break;
    }
  } catch { /* what there is of it will do: the status has come */ }
  return shortened(printable(text.trim()), SHOWN);
}

/** RFC 9110, 10.2.3: seconds, or a date. */
function retryAfterMs(headers: Headers): number | undefined {
  const text = headers.get("Retry-After")?.trim() ?? "";
  const ms = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - Date.now();
  return Number.isNaN(ms) ? undefined : Math.max(0, ms);
}
