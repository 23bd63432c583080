/** gRPC: a server of the Go library that sends back what it is sent, asked by the same library. */
import { goProgram } from "../../tests/live/cached.ts";
import type { Stage } from "../../tests/live/stage.ts";
import type { Load, Served, Server } from "./load.ts";

/** Messages of so many KB each way, and calls: about two seconds. */
const LOADS = [{ size: 0, calls: 30_000 }, { size: 1, calls: 30_000 }, { size: 10, calls: 20_000 }, {
  size: 100,
  calls: 5000,
}];
/** On each the program makes 25 calls at once. */
const CONNECTIONS = 4;

async function serve(stage: Stage): Promise<Served> {
  const source = new URL("../../tests/live/grpc/echo", import.meta.url).pathname;
  const echo = await goProgram(stage, "grpc-echo", source);
  const port = await stage.freePort();
  await (await stage.start("echo", echo, ["serve", `127.0.0.1:${port}`])).listens(port);
  return { protocol: "grpc", port, loads: LOADS.map((one) => load(stage, echo, port, one)) };
}

function load(stage: Stage, echo: string, port: number, { size, calls }: typeof LOADS[number]): Load {
  const counts = [`${CONNECTIONS}`, `${calls / CONNECTIONS}`, `${size * 1024}`];
  return {
    name: `${size} KB messages`,
    async run() {
      const start = performance.now();
      const answered = await stage.run(echo, ["load", `127.0.0.1:${port}`, ...counts]);
      const seconds = (performance.now() - start) / 1000;
      if (Number(answered) !== calls) throw new Error(`${answered} of ${calls} calls were answered`);
      return { requests: calls, perSecond: calls / seconds };
    },
  };
}

export const grpc: Server = { name: "grpc", programs: { go: "golang-go", env: "coreutils" }, serve };
