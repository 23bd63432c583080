/** The HTTP server of the agent: begun when the configuration wants it, and again while its port is taken. */
import type { ServerConfig } from "../config/config.ts";
import type { Say } from "../export/log_line.ts";
import type { Observed } from "../server/observed.ts";
import type { ApiServer } from "../server/api_server.ts";
import { protocols } from "../protocols/mod.ts";
import { compileExpression } from "../query/mod.ts";

/** How long a port that is taken is left alone. */
const RETRY_MS = 5000;
const NOBODY: ReadonlyMap<string, number> = new Map();

export class Api {
  readonly #observed: Observed;
  readonly #say: Say;
  #config: ServerConfig | undefined;
  #server: ApiServer | undefined;
  #retry: ReturnType<typeof setTimeout> | undefined;
  /** Why it does not listen though it should; empty when it does. */
  trouble = "";

  constructor(observed: Observed, say: Say) {
    this.#observed = observed;
    this.#say = say;
  }

  /** Listens, if that is wanted. A port that is taken is no reason not to capture: it is tried again. */
  async start(config: ServerConfig): Promise<void> {
    this.#config = config;
    clearTimeout(this.#retry);
    if (!config.enabled) return;
    const { ApiServer } = await import("../server/api_server.ts");
    const compileWhere = (text: string) => compileExpression(text, protocols);
    const server = new ApiServer({ ...config, compileWhere }, this.#observed);
    try {
      const { host, port } = await server.listen();
      if (this.#config !== config) return await server.close(); // another configuration came meanwhile
      this.#server = server;
      this.trouble = "";
      this.#say("INFO", "server", `server listening on ${host.includes(":") ? `[${host}]` : host}:${port}`);
    } catch (error) {
      const { message } = error as Error;
      if (this.trouble !== message) this.#say("ERROR", "server", `failed to start server: ${message}`);
      this.trouble = message;
      if (this.#config === config) this.#retry = setTimeout(() => void this.start(config), RETRY_MS);
    }
  }

  /** Goes on by another configuration: at the same address without a break. */
  reconfigure(config: ServerConfig): void {
    const before = this.#config;
    const isSame = config.enabled && before?.address === config.address && before.pprof === config.pprof;
    if (this.#server !== undefined && isSame) {
      this.#config = config;
      return this.#server.reconfigure(config.token, config.timeoutNs);
    }
    void this.close().then(() => this.start(config));
  }

  /** Why clients were refused, cut or closed, and how often. */
  get refused(): ReadonlyMap<string, number> {
    return this.#server?.refused.counts ?? NOBODY;
  }

  /** Ends what clients still read. */
  async close(): Promise<void> {
    this.#config = undefined;
    clearTimeout(this.#retry);
    const server = this.#server;
    this.#server = undefined;
    this.trouble = "";
    await server?.close();
  }
}
