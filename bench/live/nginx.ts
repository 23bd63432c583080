/** HTTP/1: nginx, asked by wrk on keep-alive connections. */
import { nginxConfig } from "../../tests/live/http/nginx.ts";
import type { Stage } from "../../tests/live/stage.ts";
import { type Load, numberIn, type Served, type Server } from "./load.ts";

const BODIES_KB = [0, 1, 10, 100];
const CONNECTIONS = 50, SECONDS = 2;
/** The port of an origin that is not asked. */
const NOBODY = 9;

async function serve(stage: Stage): Promise<Served> {
  const port = await stage.freePort();
  for (const size of BODIES_KB) await stage.write(`www/${size}`, "x".repeat(size * 1024));
  const config = await stage.write("nginx/nginx.conf", nginxConfig(stage.directory, port, NOBODY));
  const server = await stage.start("nginx", "nginx", ["-p", stage.directory, "-c", config, "-e", "stderr"]);
  await server.listens(port);
  return { protocol: "http", port, loads: BODIES_KB.map((size) => load(stage, port, size)) };
}

function load(stage: Stage, port: number, size: number): Load {
  const flags = ["-t", "1", "-c", `${CONNECTIONS}`, "-d", `${SECONDS}s`];
  return {
    name: `${size} KB bodies`,
    underWay: CONNECTIONS,
    async run() {
      const output = await stage.run("wrk", [...flags, `http://127.0.0.1:${port}/${size}`]);
      if (/Non-2xx|Socket errors/.test(output)) throw new Error(`wrk had errors: ${output}`);
      return {
        requests: numberIn(output, /(\d+) requests in/),
        perSecond: numberIn(output, /Requests\/sec:\s+([\d.]+)/),
      };
    },
  };
}

export const nginx: Server = {
  name: "nginx",
  goSeconds: 31e-6,
  programs: { nginx: "nginx-light", wrk: "wrk" },
  serve,
};
