/**
 * The agent's HTTP API, on node:http: its ceilings on the size and time of headers hold under Deno (a test shows it).
 *
 * Capture runs on the same thread. So nothing here takes long at a stretch: long answers leave in pieces, metrics are not
 * rendered without pause, and whatever a client can open, send or leave unread has a ceiling.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { Reasons } from "../core/ledger.ts";
import type { CompileWhere } from "../export/watched_lines.ts";
import { bearsToken, isLocal } from "./access.ts";
import { Connections } from "./connections.ts";
import { Exchange } from "./exchange.ts";
import { LIMITS, type Limits, timerMs } from "./limits.ts";
import { type ListenAddress, listenFailure, parseListenAddress } from "./listen_address.ts";
import type { Observed } from "./observed.ts";
import type { Profiles } from "./profiles.ts";
import { type Route, routesOf } from "./routes.ts";
import { parseTarget, type Target } from "./target.ts";
import { Watch } from "./watch.ts";

export interface ApiServerOptions {
  /** `host:port`; an empty host listens on all addresses, port 0 on a free one. */
  readonly address: string;
  /** The longest that one exchange may take; 0 for no limit. */
  readonly timeoutNs: number;
  /** Whether there is `/debug/pprof/`. */
  readonly pprof: boolean;
  /** Bearer token that lets clients other than loopback's use `/watch` and `/-/...`; empty lets none. */
  readonly token: string;
  /** Compiles the parameter `where` of `/watch`. */
  readonly compileWhere: CompileWhere;
  readonly limits?: Partial<Limits>;
}

const PROFILES_PATH = "/debug/pprof/";
/** How often Node looks for requests that take too long to come. */
const CHECKING_MS = 1000;

export class ApiServer {
  /** Why clients were refused, cut or closed. */
  readonly refused = new Reasons();

  readonly #address: string;
  readonly #limits: Limits;
  readonly #server: Server;
  readonly #connections: Connections;
  readonly #watch: Watch;
  readonly #routes: ReadonlyMap<string, Route>;
  readonly #profiles: Route | undefined;
  #token = "";
  #timeoutMs = 0;

  constructor(options: ApiServerOptions, observed: Observed) {
    const limits: Limits = { ...LIMITS, ...options.limits };
    this.#address = options.address;
    this.#limits = limits;
    this.#connections = new Connections(limits, this.refused);
    this.#watch = new Watch(observed, limits, options.compileWhere);
    this.#routes = routesOf(observed, this.#watch, limits);
    this.#profiles = options.pprof ? this.#profilesRoute() : undefined;
    this.#server = createServer({
      maxHeaderSize: limits.headerBytes,
      requestTimeout: limits.requestMs,
      keepAliveTimeout: limits.keepAliveMs,
      connectionsCheckingInterval: Math.min(CHECKING_MS, limits.headerMs),
    });
    this.#server.maxHeadersCount = limits.headers + 1; // Node leaves out what is beyond: one more shows that there was
    this.#server.on("connection", (socket) => this.#connections.add(socket));
    this.#server.on("clientError", (error, socket) => this.#refuseMalformed(error, socket as Socket));
    this.#server.on("request", (request, response) => {
      this.#connections.enqueue(request.socket, () => this.#serve(request, response));
    });
    this.reconfigure(options.token, options.timeoutNs);
  }

  /** Open connections. */
  get connections(): number {
    return this.#connections.count;
  }

  /** For exchanges from now on. */
  reconfigure(token: string, timeoutNs: number): void {
    this.#token = token;
    this.#timeoutMs = timerMs(timeoutNs);
    const { headerMs } = this.#limits;
    this.#server.headersTimeout = this.#timeoutMs === 0 ? headerMs : Math.min(headerMs, this.#timeoutMs);
  }

  /** Begins to listen. @throws Error that names the address and says what to do */
  async listen(): Promise<ListenAddress> {
    const { host, port } = parseListenAddress(this.#address);
    try {
      await new Promise<void>((resolve, reject) => {
        this.#server.once("error", reject);
        this.#server.listen({ port, host: host === "" ? undefined : host }, resolve);
      });
    } catch (error) {
      throw listenFailure(this.#address, error as Error);
    }
    this.#server.removeAllListeners("error").on("error", () => this.refused.add("connections that were not accepted"));
    const bound = this.#server.address() as AddressInfo;
    return { host: bound.address, port: bound.port };
  }

  /** Stops listening, and ends what is under way: answers may leave for a moment, then connections are cut. */
  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#watch.close();
    this.#connections.close();
    const timer = setTimeout(() => this.#connections.closeAll(), this.#limits.farewellMs);
    await closed;
    clearTimeout(timer);
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const hosts = request.headersDistinct.host ?? [];
    const found = parseTarget(request.url ?? "", hosts[0] ?? "");
    const target: Target = found ?? { path: "", query: new URLSearchParams(), authority: "" };
    const exchange = new Exchange(request, response, target, this.#timeoutMs, this.#limits, this.refused);
    try {
      if (found === undefined || hosts.length > 1) {
        exchange.refuse(400, "malformed requests", "the request names no path, or more than one host");
      } else if (request.rawHeaders.length > 2 * this.#limits.headers) {
        exchange.refuse(431, "headers that were too many", `a request has at most ${this.#limits.headers} headers`);
      } else if (request.url!.length > this.#limits.targetCharacters) {
        exchange.refuse(
          414,
          "targets that were too long",
          `a target has at most ${this.#limits.targetCharacters} characters`,
        );
      } else await this.#route(request, exchange);
    } catch (error) {
      exchange.fail(error as Error);
    }
    await exchange.closed;
  }

  async #route(request: IncomingMessage, exchange: Exchange): Promise<void> {
    const { path, authority } = exchange.target;
    const route = path.startsWith(PROFILES_PATH) ? this.#profiles : this.#routes.get(path);
    if (route === undefined) return exchange.text(404, "404 page not found\n");
    const method = request.method ?? "";
    if (!route.methods.includes(method)) {
      return exchange.bytes(405, new Uint8Array(0), { "Allow": route.methods.join(", ") });
    }
    if (!route.guarded) return await route.answer(exchange);
    if (!bearsToken(request, this.#token) && !isLocal(request, authority)) return this.#refuseStranger(exchange);
    if (method === "POST" && !await exchange.readForm()) return;
    this.#connections.keep(request.socket, true);
    try {
      await route.answer(exchange);
    } finally {
      this.#connections.keep(request.socket, false);
    }
  }

  #refuseStranger(exchange: Exchange): void {
    const rule = `${exchange.target.path} answers programs on this machine that connect to a loopback address by its ` +
      "name (localhost, 127.0.0.1, [::1]), not through a proxy or another site's page";
    if (this.#token === "") {
      return exchange.refuse(403, "strangers", `${rule}; to let others in, set server.token in the configuration`);
    }
    const headers = { "WWW-Authenticate": 'Bearer realm="packetd"' };
    exchange.refuse(401, "strangers", `${rule}, and others that send Authorization: Bearer and server.token`, headers);
  }

  /** What could not be read as a request gets a short answer, unless the connection is in the middle of another. */
  #refuseMalformed(error: Error & { code?: string }, socket: Socket): void {
    const [status, reason] = error.code === "HPE_HEADER_OVERFLOW"
      ? ["431 Request Header Fields Too Large", "headers that were too long"]
      : error.code === "ERR_HTTP_REQUEST_TIMEOUT"
      ? ["408 Request Timeout", "requests that came too slowly"]
      : ["400 Bad Request", "malformed requests"];
    if (error.code !== "ECONNRESET") this.refused.add(reason);
    if (!socket.writable || this.#connections.isBusy(socket)) return void socket.destroy();
    socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`, () => socket.destroy());
  }

  #profilesRoute(): Route {
    let loading: Promise<Profiles> | undefined;
    return {
      methods: ["GET"],
      guarded: true,
      answer: async (exchange) => {
        loading ??= import("./profiles.ts").then(({ Profiles }) => new Profiles());
        await (await loading).answer(exchange, exchange.target.path.slice(PROFILES_PATH.length), this.#timeoutMs);
      },
    };
  }
}
