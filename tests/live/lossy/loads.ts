/**
 * Loads across the lossy network, all of programs that count what was answered. Each request says by itself which answer
 * is its own, so that a pair can be judged alone.
 */
import type { Json, Line, Stage } from "../harness.ts";
import { nginxConfig } from "../http/nginx.ts";
import { startCluster } from "../postgres/cluster.ts";
import type { Network } from "./network.ts";

export interface Load {
  readonly protocol: string;
  readonly port: number;
  /** How many requests the client makes. */
  readonly requests: number;
  /** Starts the server. */
  serve(stage: Stage, network: Network): Promise<void>;
  /** Makes the requests, and returns how many answers the client counted. */
  ask(stage: Stage, network: Network): Promise<number>;
  /** Whether the answer is the one to this request. */
  isOwn(line: Line): boolean;
  /** Which request it is, of the whole load. */
  identity(line: Line): string;
}

/** Files that are named by their size: many of one segment, some of several. */
const SIZES = Array.from({ length: 40 }, (_, i) => 1 + 13 * i * i);

function writeFiles(stage: Stage): Promise<string[]> {
  return Promise.all(SIZES.map((size) => stage.write(`www/${size}`, "x".repeat(size))));
}

function isOwnFile({ Request, Response }: Line): boolean {
  const [length] = (Response?.Header as Record<string, readonly string[]>)["Content-Length"];
  return Request.Path === `/${length}`;
}

/** The port of an origin that is not asked. */
const NOBODY = 9;
const TIMES = 30, CONNECTIONS = 12;

const http: Load = {
  protocol: "http",
  port: 80,
  requests: SIZES.length * TIMES,
  async serve(stage, network) {
    await writeFiles(stage);
    const config = nginxConfig(stage.directory, this.port, NOBODY, network.address("server"));
    const path = await stage.write("nginx/nginx.conf", config);
    const server = ["nginx", "-p", stage.directory, "-c", path, "-e", "stderr"];
    await (await network.start("server", "nginx", server)).listens(this.port);
  },
  async ask(_, network) {
    const url = `http://${network.address("server")}/{${SIZES.join(",")}}?[1-${TIMES}]`;
    const parallel = ["--parallel", "--parallel-max", `${CONNECTIONS}`];
    const report = ["--output", "/dev/null", "--write-out", "%{http_code} %{url}\n"];
    const output = await network.run("client", "curl", "--disable", "--silent", ...parallel, ...report, url);
    return output.split("\n").filter((line) => line.startsWith("200 ")).length;
  },
  isOwn: isOwnFile,
  identity: ({ Request }) => `${Request.Port} ${Request.URL}`,
};

const http2: Load = {
  protocol: "http2",
  port: 8080,
  requests: 1200,
  async serve(stage, network) {
    await writeFiles(stage);
    const server = [
      "nghttpd",
      "--no-tls",
      `--address=${network.address("server")}`,
      "-d",
      stage.path("www"),
      `${this.port}`,
    ];
    await (await network.start("server", "nghttpd", server)).listens(this.port);
  },
  async ask(stage, network) {
    const urls = SIZES.map((size) => `http://${network.address("server")}:${this.port}/${size}\n`);
    const list = await stage.write("urls", urls.join(""));
    const counts = ["-n", `${this.requests}`, "-c", "6", "-m", "10"];
    const output = await network.run("client", "h2load", ...counts, "-i", list);
    return Number(/(\d+) succeeded/.exec(output)?.[1]);
  },
  isOwn: isOwnFile,
  identity: ({ Request }) => `${Request.Port} ${Request.StreamID} ${Request.Path}`,
};

const ECHOES = { connections: 8, rounds: 60, pipeline: 6 };

const redis: Load = {
  protocol: "redis",
  port: 6379,
  requests: ECHOES.connections * ECHOES.rounds * ECHOES.pipeline,
  async serve(_, network) {
    const flags = [
      "--bind",
      network.address("server"),
      "--port",
      `${this.port}`,
      "--save",
      "",
      "--protected-mode",
      "no",
    ];
    await (await network.start("server", "redis", ["redis-server", ...flags])).listens(this.port);
  },
  async ask(_, network) {
    const program = [Deno.execPath(), "run", "--quiet", "--no-prompt", "--no-lock", "--allow-net"];
    const module = new URL("echo.ts", import.meta.url).pathname;
    const args = [network.address("server"), ...Object.values(ECHOES).map(String)];
    return Number(await network.run("client", ...program, module, ...args));
  },
  /** The size of a command is that of its words, that of a text its own. */
  isOwn: ({ Request, Response }) => Number(Request.Size) === "ECHO".length + Number(Response?.Size),
  identity: ({ Request }) => `${Request.Port} ${Request.Size}`,
};

const CLIENTS = 6;
/** Numbers of rows: one statement after another asks for any, three before an answer is read for those in turn. */
const ROWS = 150;
const PIPELINES = Array.from({ length: ROWS / 3 }, (_, i) => [3 * i + 1, 3 * i + 2, 3 * i + 3]);
const rowsOf = (rows: number | string) => `SELECT generate_series(1, ${rows})`;
const SCRIPTS = {
  simple: { statements: 1, times: 100, text: `\\set rows random(1, ${ROWS})\n${rowsOf(":rows")};\n` },
  extended: {
    statements: ROWS,
    times: 2,
    text: PIPELINES.flatMap((some) => ["\\startpipeline", ...some.map((rows) => `${rowsOf(rows)};`), "\\endpipeline"])
      .map((line) => `${line}\n`).join(""),
  },
};

const postgresql: Load = {
  protocol: "postgresql",
  port: 5432,
  requests: Object.values(SCRIPTS).reduce((sum, { statements, times }) => sum + CLIENTS * times * statements, 0),
  async serve(stage, network) {
    await startCluster(stage, network.within("server"), network.address("server"), this.port, [
      "host all all all trust",
    ]);
  },
  async ask(stage, network) {
    let answered = 0;
    for (const [mode, { statements, times, text }] of Object.entries(SCRIPTS)) {
      const script = await stage.write(`${mode}.sql`, text);
      const place = ["-h", network.address("server"), "-p", `${this.port}`, "-U", "postgres"];
      const counts = ["-n", "-t", `${times}`, "-c", `${CLIENTS}`, "-M", mode, "-f", script];
      const output = await network.run("client", "pgbench", ...place, ...counts, "postgres");
      answered += statements * Number(/actually processed: (\d+)/.exec(output)?.[1]);
    }
    return answered;
  },
  isOwn({ Request, Response }) {
    const { Statement } = Request.Packet as Record<string, Json>, { Rows } = Response?.Packet as Record<string, Json>;
    return String(Statement).replace(/;$/, "") === rowsOf(Number(Rows));
  },
  identity: ({ Request }) => `${Request.Port} ${JSON.stringify(Request.Packet)}`,
};

export const loads: readonly Load[] = [http, http2, postgresql, redis];
