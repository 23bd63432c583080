/** Redis: redis-server, asked by redis-benchmark for SET and then GET, one at a time on a connection or 16. */
import type { Stage } from "../../tests/live/stage.ts";
import { type Load, numberIn, type Served, type Server } from "./load.ts";

/** Requests of each kind: about a second. */
const LOADS = [
  { bytes: 3, pipeline: 1, count: 60_000 },
  { bytes: 10_240, pipeline: 1, count: 50_000 },
  { bytes: 3, pipeline: 16, count: 600_000 },
  { bytes: 10_240, pipeline: 16, count: 150_000 },
];
const CONNECTIONS = 50;

async function serve(stage: Stage): Promise<Served> {
  const port = await stage.freePort();
  const flags = ["--port", `${port}`, "--bind", "127.0.0.1", "--save", ""];
  await (await stage.start("redis", "redis-server", flags)).listens(port);
  return { protocol: "redis", port, loads: LOADS.map((one) => load(stage, port, one)) };
}

function load(stage: Stage, port: number, { bytes, pipeline, count }: typeof LOADS[number]): Load {
  const flags = [
    "-n",
    `${count}`,
    "-c",
    `${CONNECTIONS}`,
    "-P",
    `${pipeline}`,
    "-d",
    `${bytes}`,
    "-t",
    "set,get",
    "-q",
  ];
  return {
    name: `${bytes === 3 ? "3 B" : "10 KB"}${pipeline === 1 ? "" : `, -P ${pipeline}`}`,
    aside: 2, // CONFIG GET save, CONFIG GET appendonly
    async run() {
      const output = await stage.run("redis-benchmark", ["-h", "127.0.0.1", "-p", `${port}`, ...flags]);
      const seconds = count / numberIn(output, /SET: ([\d.]+) requests per second/) +
        count / numberIn(output, /GET: ([\d.]+) requests per second/);
      return { requests: 2 * count, perSecond: 2 * count / seconds };
    },
  };
}

export const redis: Server = {
  name: "redis",
  programs: { "redis-server": "redis-server", "redis-benchmark": "redis-tools" },
  serve,
};
