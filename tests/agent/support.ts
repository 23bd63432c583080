/** An agent as a process with its configuration file, a web server to observe, and clients that count. */
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";

const root = new URL("../../", import.meta.url);
const READY_MS = 60_000;

/** Asks again and again until there is an answer. */
export async function until<T>(what: string, ask: () => Promise<T | undefined> | T | undefined): Promise<T> {
  const limit = performance.now() + READY_MS;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (performance.now() > limit) throw new Error(`waited in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

export class AgentProcess {
  readonly folder: string;
  readonly config: string;
  readonly port: number;
  readonly #child: Deno.ChildProcess;
  readonly #log: Promise<void>;
  /** What it said so far, on standard error and, with `logger.stdout`, on standard output. */
  said = "";

  private constructor(folder: string, config: string, port: number, child: Deno.ChildProcess) {
    this.folder = folder;
    this.config = config;
    this.port = port;
    this.#child = child;
    this.#log = Promise.all([this.#gather(child.stdout), this.#gather(child.stderr)]).then(() => {});
  }

  /**
   * Starts it and waits until it answers, unless that is not wanted.
   *
   * @param text of the configuration, by the port of its server
   * @param env in addition to the own one
   */
  static async start(
    text: (port: number, folder: string) => string,
    waits = true,
    env: Record<string, string> = {},
  ): Promise<AgentProcess> {
    const folder = await Deno.makeTempDir({ prefix: "packetd-agent-" });
    const config = `${folder}/packetd.yaml`;
    const port = await freePort();
    await Deno.writeTextFile(config, text(port, folder));
    const child = new Deno.Command(Deno.execPath(), {
      args: [
        "run",
        "--quiet",
        "--no-check",
        `--lock=${new URL("deno.lock", root).pathname}`,
        ...["--allow-ffi", "--allow-read", "--allow-write", "--allow-net", "--allow-env"],
        new URL("main.ts", root).pathname,
        ...["--config", config],
      ],
      cwd: folder,
      env,
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const agent = new AgentProcess(folder, config, port, child);
    if (waits) await until("the agent answers", () => agent.get("/readyz").then((text) => text, () => undefined));
    return agent;
  }

  async get(path: string, init: RequestInit = {}): Promise<string> {
    const response = await fetch(`http://127.0.0.1:${this.port}${path}`, init);
    return await response.text();
  }

  post(path: string): Promise<string> {
    return this.get(path, { method: "POST" });
  }

  // deno-lint-ignore no-explicit-any -- a status is read field by field
  async status(): Promise<any> {
    return JSON.parse(await this.get("/-/status"));
  }

  /** Value of the only sample of a metric of the traffic; 0 when there is none. */
  async count(metric: string): Promise<number> {
    const line = (await this.get("/protocol/metrics")).split("\n").find((line) => line.startsWith(`${metric}{`));
    return Number(line?.split(" ").at(-1) ?? 0);
  }

  writeConfig(text: string): void {
    Deno.writeTextFileSync(this.config, text);
  }

  kill(signal: Deno.Signal): void {
    this.#child.kill(signal);
  }

  /** Waits for its end. @returns the exit status */
  async ended(): Promise<number> {
    const { code } = await this.#child.status;
    await this.#log;
    return code;
  }

  /** Ends it, and removes its folder. */
  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.#child.kill("SIGKILL");
    } catch { /* it has ended */ }
    await this.ended();
    await Deno.remove(this.folder, { recursive: true });
  }

  async #gather(stream: ReadableStream<Uint8Array>): Promise<void> {
    for await (const text of stream.pipeThrough(new TextDecoderStream())) this.said += text;
  }
}

const ANSWER = new TextEncoder().encode("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");

/** A web server that answers every request with `ok`. */
export class WebServer {
  readonly #server: Server;
  readonly port: number;

  private constructor(server: Server) {
    this.#server = server;
    this.port = (server.address() as AddressInfo).port;
  }

  static async open(): Promise<WebServer> {
    const server = createServer((socket) => {
      socket.setNoDelay(true);
      socket.on("error", () => {});
      let rest = "";
      socket.on("data", (bytes) => {
        const parts = (rest + bytes.toString("latin1")).split("\r\n\r\n");
        rest = parts.pop()!;
        for (const _ of parts) socket.write(ANSWER);
      });
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    return new WebServer(server);
  }

  async close(): Promise<void> {
    this.#server.close();
    await once(this.#server, "close");
  }
}

/** Asks over some connections, one request at a time on each, at a rate, until it is told to stop. */
export class Load {
  /** Requests that were answered. */
  answered = 0;
  #stopped = false;
  readonly #running: Promise<void>[];

  /** @param path of the n-th request */
  constructor(port: number, perSecond: number, connections = 8, path: (n: number) => string = () => "/a") {
    let asked = 0;
    const startMs = performance.now();
    this.#running = Array.from({ length: connections }, async () => {
      const socket = connect(port, "127.0.0.1");
      await once(socket, "connect");
      socket.setNoDelay(true);
      while (!this.#stopped) {
        const ahead = asked / perSecond * 1000 - (performance.now() - startMs);
        if (ahead > 1) await new Promise((resolve) => setTimeout(resolve, ahead));
        if (this.#stopped) break;
        await exchange(socket, path(asked++));
        this.answered++;
      }
      socket.end();
      await once(socket, "close");
    });
  }

  /** Ends it when every answer is there. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.#running);
  }
}

async function exchange(socket: Socket, path: string): Promise<void> {
  socket.write(`GET ${path} HTTP/1.1\r\nHost: h\r\n\r\n`);
  for (let length = 0; length < ANSWER.length;) {
    const [bytes] = await once(socket, "data") as [Uint8Array];
    length += bytes.length;
  }
}

/** A configuration that counts the requests of a web server on loopback. @param more further lines */
export function webConfig(port: number, webPort: number, more = ""): string {
  return `
server: {enabled: true, address: "127.0.0.1:${port}"}
logger.stdout: true
sniffer.ifaces: lo
sniffer.protocols.rules:
  - {name: web, protocol: http, ports: [${webPort}]}
processor: [{name: roundtripstometrics, config: {}}]
pipeline: [{name: metrics/common, processors: [roundtripstometrics]}]
${more}
`;
}
