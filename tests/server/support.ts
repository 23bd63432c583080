/** A server with an agent that is not there, and clients that speak in bytes. */
import { connect, type Socket } from "node:net";
import type { RoundTrip } from "../../src/core/roundtrip.ts";
import { type CompileWhere, WatchedLines } from "../../src/export/watched_lines.ts";
import { ApiServer, type ApiServerOptions } from "../../src/server/api_server.ts";
import type { Observed, Readiness, ReloadOutcome, Watcher } from "../../src/server/observed.ts";

/** Characters, or bytes, of a piece of metrics. */
const PIECE = 65536;

/** The agent as a test sets it. */
export class FakeObserved implements Observed {
  protocolText: string | Uint8Array = "udp_active_conns{} 0.000000\ntcp_active_conns{} 0.000000\n";
  selfText = "packetd_uptime 1\n";
  ready: Readiness = { ready: true, lines: [] };
  outcome: ReloadOutcome | Error = { ok: true, lines: ["nothing changed"] };
  readonly calls: string[] = [];
  readonly watchers = new Map<Watcher, WatchedLines>();
  lost = 0;

  constructor(readonly compileWhere: CompileWhere = () => () => true) {}

  *protocolMetrics(format: string): Generator<string | Uint8Array> {
    this.calls.push(`protocolMetrics ${format}`);
    const body = format === "contract" ? this.protocolText : "# EOF\n";
    for (let at = 0; at < body.length; at += PIECE) yield body.slice(at, at + PIECE);
  }

  selfMetrics(format: string): string {
    this.calls.push(`selfMetrics ${format}`);
    return format === "prometheus" ? this.selfText : "# EOF\n";
  }

  status(): unknown {
    return { version: "test", interfaces: ["lo"] };
  }

  readiness(): Readiness {
    return this.ready;
  }

  setLevel(level: string): boolean {
    this.calls.push(`setLevel ${level}`);
    return true;
  }

  reload(): Promise<ReloadOutcome> {
    this.calls.push("reload");
    return this.outcome instanceof Error ? Promise.reject(this.outcome) : Promise.resolve(this.outcome);
  }

  resetMetrics(): void {
    this.calls.push("resetMetrics");
  }

  watch(watcher: Watcher): () => void {
    this.watchers.set(watcher, new WatchedLines(watcher.wish, this.compileWhere, (line) => watcher.line(line)));
    return () => this.watchers.delete(watcher);
  }

  lostToWatchers(count: number): void {
    this.lost += count;
  }

  /** Shows a round trip to everybody who watches. */
  show(roundTrip: RoundTrip): void {
    for (const lines of [...this.watchers.values()]) lines.roundTrip(roundTrip);
  }
}

export interface Running {
  readonly server: ApiServer;
  readonly observed: FakeObserved;
  readonly port: number;
}

/** Runs a test against a server on a free port of 127.0.0.1. */
export async function withServer(
  options: Partial<ApiServerOptions>,
  test: (running: Running) => Promise<void>,
): Promise<void> {
  const observed = new FakeObserved(options.compileWhere);
  const server = new ApiServer({
    address: "127.0.0.1:0",
    timeoutNs: 60e9,
    pprof: false,
    token: "",
    compileWhere: () => () => true,
    ...options,
  }, observed);
  const { port } = await server.listen();
  try {
    await test({ server, observed, port });
  } finally {
    await server.close();
  }
}

/** A connection whose every byte is the test's. */
export class RawClient {
  text = "";
  isClosed = false;
  readonly connected: Promise<void>;
  readonly #socket: Socket;
  #wake: () => void = () => {};

  /** @param reads false for a client that never reads */
  constructor(port: number, reads = true, host = "127.0.0.1") {
    this.#socket = connect({ port, host });
    this.connected = new Promise((resolve) => this.#socket.once("connect", resolve));
    if (reads) this.read();
    else this.#socket.pause();
    this.#socket.on("error", () => {}); // "close" follows
    this.#socket.on("close", () => {
      this.isClosed = true;
      this.#wake();
    });
  }

  read(): void {
    this.#socket.on("data", (data) => {
      this.text += data.toString("latin1");
      this.#wake();
    });
    this.#socket.resume();
  }

  send(data: string | Uint8Array): void {
    this.#socket.write(typeof data === "string" ? Buffer.from(data, "latin1") : data);
  }

  /** Sends no more, and goes on reading. */
  hangUp(): void {
    this.#socket.end();
  }

  /** Waits for text that holds, or for the end of the connection. */
  async until(holds: (text: string) => boolean): Promise<string> {
    while (!holds(this.text) && !this.isClosed) await new Promise<void>((resolve) => this.#wake = resolve);
    return this.text;
  }

  /** All that comes until the server closes. */
  rest(): Promise<string> {
    return this.until(() => false);
  }

  async close(): Promise<void> {
    this.#socket.destroy();
    await this.rest();
  }
}

export interface Answer {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Sends a request on a connection of its own and reads the answer. */
export async function ask(port: number, line: string, headers: string[] = [], body = ""): Promise<Answer> {
  const client = new RawClient(port);
  const named = headers.some((header) => /^host:/i.test(header)) ? headers : [`Host: localhost:${port}`, ...headers];
  const length = body === "" ? [] : [`Content-Length: ${body.length}`];
  client.send([`${line} HTTP/1.1`, ...named, ...length, "Connection: close", "", body].join("\r\n"));
  return answerOf(await client.rest());
}

/** Reads an answer, chunked or not. */
export function answerOf(text: string): Answer {
  const end = text.indexOf("\r\n\r\n");
  const [first, ...lines] = text.slice(0, end).split("\r\n");
  const headers = Object.fromEntries(lines.map((line) => {
    const colon = line.indexOf(":");
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
  }));
  const body = text.slice(end + 4);
  const chunked = headers["transfer-encoding"] === "chunked";
  return { status: Number(first.split(" ")[1]), headers, body: utf8(chunked ? unchunked(body) : body) };
}

/** Text whose characters were bytes of UTF-8. */
function utf8(bytes: string): string {
  return Buffer.from(bytes, "latin1").toString();
}

/** The content of a chunked body, as far as it came. */
function unchunked(body: string): string {
  let content = "";
  for (let at = 0; at < body.length;) {
    const end = body.indexOf("\r\n", at);
    const length = parseInt(body.slice(at, end), 16);
    if (end < 0 || !(length > 0)) break;
    content += body.slice(end + 2, end + 2 + length);
    at = end + 2 + length + 2;
  }
  return content;
}

/** Waits until something holds; the test's own time limit is the only one. */
export async function eventually(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 5));
}
