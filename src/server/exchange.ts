/** One request and its answer. */
import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from "node:http";
import type { Reasons } from "../core/ledger.ts";
import { CHUNK_BYTES, type Limits } from "./limits.ts";
import type { Target } from "./target.ts";

export const TEXT_TYPE = "text/plain; charset=utf-8";

export class Exchange {
  /** Resolves when nothing more can be said: the answer has left, or the client has. */
  readonly closed: Promise<void>;
  /** Called when the exchange has had its time, unless the answer has left by then. */
  onTimeout: () => void = () => this.cut("exchanges that took longer than server.timeout");

  /** Called when the client will send nothing more; what it asked for may still interest it. */
  onHangUp: () => void = () => {};

  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;
  readonly #limits: Limits;
  readonly #refused: Reasons;
  #form = new URLSearchParams();
  #isClosed = false;
  /** Ends the wait for the client to take a piece. */
  #taken: (() => void) | undefined;

  /**
   * @param timeoutMs how long the exchange may take; 0 for no limit
   * @param refused counts why exchanges were cut short
   */
  constructor(
    request: IncomingMessage,
    response: ServerResponse,
    readonly target: Target,
    timeoutMs: number,
    limits: Limits,
    refused: Reasons,
  ) {
    this.#request = request;
    this.#response = response;
    this.#limits = limits;
    this.#refused = refused;
    const timer = timeoutMs > 0 ? setTimeout(() => this.onTimeout(), timeoutMs) : undefined;
    const hangUp = () => this.onHangUp();
    request.socket.once("end", hangUp);
    this.closed = new Promise((resolve) => {
      response.once("close", () => {
        clearTimeout(timer);
        request.socket.off("end", hangUp);
        this.#isClosed = true;
        this.#taken?.();
        resolve();
      });
    });
    response.on("error", () => {}); // what is written after the client went away; "close" tells
    response.setHeader("X-Content-Type-Options", "nosniff");
    // A body that nobody reads is not waited for.
    if (carriesBody(request) && request.method !== "POST") response.shouldKeepAlive = false;
  }

  get accept(): string | undefined {
    return this.#request.headers.accept;
  }

  /** A parameter of the form in the body, or else of the query. */
  parameter(name: string): string | undefined {
    return this.#form.get(name) ?? this.target.query.get(name) ?? undefined;
  }

  /** Reads a form from the body. @returns false when there is nobody to answer any more, or the answer is given */
  async readForm(): Promise<boolean> {
    const request = this.#request;
    const limit = this.#limits.bodyBytes;
    const chunks: Uint8Array[] = [];
    let length = Number(request.headers["content-length"] ?? 0);
    if (length <= limit) {
      length = 0;
      await new Promise<void>((resolve) => {
        request.on("data", (chunk: Uint8Array) => {
          length += chunk.length;
          if (length > limit) resolve();
          else chunks.push(chunk);
        });
        for (const event of ["end", "close", "error"]) request.once(event, resolve);
      });
    }
    if (length > limit) {
      this.#response.shouldKeepAlive = false;
      this.refuse(413, "bodies that were too long", `a body has at most ${limit} bytes`);
      return false;
    }
    this.#form = new URLSearchParams(new TextDecoder().decode(Buffer.concat(chunks)));
    return request.complete;
  }

  /** Answers with text, and is done. */
  text(status: number, body: string, headers: OutgoingHttpHeaders = {}): void {
    this.bytes(status, Buffer.from(body), { "Content-Type": TEXT_TYPE, ...headers });
  }

  /** Answers with bytes, and is done. */
  bytes(status: number, body: Uint8Array, headers: OutgoingHttpHeaders): void {
    this.#response.writeHead(status, { ...headers, "Content-Length": body.length });
    this.#response.end(body);
  }

  /** Answers that the client must not have this, or not now, and counts why. */
  refuse(status: number, reason: string, sentence: string, headers: OutgoingHttpHeaders = {}): void {
    this.#refused.add(reason);
    this.text(status, sentence + "\n", headers);
  }

  /** Sends status and headers at once; `write` and `end` follow. */
  begin(status: number, headers: OutgoingHttpHeaders): void {
    this.#response.writeHead(status, headers);
    this.#response.flushHeaders();
  }

  /**
   * Sends bytes in pieces, each when the client has taken the one before, and one in a turn of the event loop: packets
   * are captured in between.
   *
   * @param bytes not to be changed before this resolves
   * @returns whether all of them left; false once the client is gone
   */
  async write(bytes: Uint8Array): Promise<boolean> {
    for (let at = 0; at < bytes.length; at += CHUNK_BYTES) {
      if (at > 0) await new Promise((resolve) => setImmediate(resolve));
      if (this.#isClosed) return false;
      await this.#writePiece(bytes.subarray(at, at + CHUNK_BYTES));
    }
    return !this.#isClosed;
  }

  end(): void {
    if (!this.#isClosed) this.#response.end();
  }

  /** Ends the exchange and its connection without another word, and counts why. */
  cut(reason: string): void {
    if (this.#isClosed) return;
    this.#refused.add(reason);
    this.drop();
  }

  /** The same for a client that is gone already. */
  drop(): void {
    this.#request.socket.destroy();
  }

  /** After an error that nobody expected. */
  fail(error: Error): void {
    this.#refused.add("exchanges that failed");
    if (this.#response.headersSent) this.#request.socket.destroy();
    else this.text(500, `packetd failed to answer: ${error.message}\n`);
  }

  #writePiece(piece: Uint8Array): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.cut("clients that read too slowly"), this.#limits.stallMs);
      this.#taken = () => {
        clearTimeout(timer);
        resolve();
      };
      this.#response.write(piece, this.#taken);
    });
  }
}

/** RFC 9112, section 6. */
function carriesBody({ headers }: IncomingMessage): boolean {
  return headers["transfer-encoding"] !== undefined || (headers["content-length"] ?? "0") !== "0";
}
