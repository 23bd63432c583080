/** Redis: redis-server, asked by redis-cli, by bare sockets, and loaded by redis-benchmark. */
import type { Expected, Line, LiveTest, Scene, Stage, Step } from "../harness.ts";

/** Requests of each kind in the load, and how many are sent before an answer is awaited. */
const LOAD = 20_000, PIPELINE = 16;

async function set(stage: Stage): Promise<Scene> {
  const port = await stage.freePort();
  const server = await stage.start("redis", "redis-server", ["--port", `${port}`, "--bind", "127.0.0.1", "--save", ""]);
  await server.listens(port);
  return {
    rules: [`redis;${port}`],
    steps: [
      commands(stage, port, "strings and numbers", [], [
        ["SET greeting hello", "SimpleStrings"],
        ["GET greeting", "BulkStrings"],
        ["GET none", "BulkStrings"],
        ["INCR count", "Integers"],
        ["INCR greeting", "Errors"],
      ]),
      commands(stage, port, "lists, hashes, and what is no command", [], [
        ["RPUSH list a b c", "Integers"],
        ["LRANGE list 0 -1", "Array"],
        ["HSET hash field value", "Integers"],
        ["HGETALL hash", "Array"],
        ["NOSUCH thing", "Errors"],
        ["EVAL return{1,2} 0", "Array"],
      ]),
      versionThree(stage, port),
      bare(port, "inline commands, several at once", "PING\r\nSET inline 1\r\nGET inline\r\nQUIT\r\n", [
        ["PING", "SimpleStrings"],
        ["SET", "SimpleStrings"],
        ["GET", "BulkStrings"],
        ["QUIT", "SimpleStrings"],
      ]),
      bare(port, "a transaction", "MULTI\r\nINCR count\r\nGET count\r\nEXEC\r\nQUIT\r\n", [
        ["MULTI", "SimpleStrings"],
        ["INCR", "SimpleStrings"],
        ["GET", "SimpleStrings"],
        ["EXEC", "Array"],
        ["QUIT", "SimpleStrings"],
      ]),
      bare(
        port,
        "CLIENT REPLY SKIP: one command without an answer",
        "CLIENT REPLY SKIP\r\nINCR count\r\nPING\r\nQUIT\r\n",
        [
          ["PING", "SimpleStrings"],
          ["QUIT", "SimpleStrings"],
        ],
      ),
      bare(port, "a subscription that is confirmed and ended", "SUBSCRIBE news\r\nUNSUBSCRIBE news\r\nQUIT\r\n", [
        ["SUBSCRIBE", "Array"],
        ["UNSUBSCRIBE", "Array"],
        ["QUIT", "SimpleStrings"],
      ]),
      load(stage, port),
    ],
  };
}

type Asked = readonly [command: string, dataType: string];

function pair([command, dataType]: Asked): Expected {
  return { Request: { Command: command.split(" ")[0] }, Response: { DataType: dataType } };
}

/** Each command by a redis-cli of its own. */
function commands(stage: Stage, port: number, name: string, flags: string[], asked: readonly Asked[]): Step {
  return {
    name,
    async run() {
      for (const [command] of asked) {
        await stage.run("redis-cli", ["-p", `${port}`, ...flags, ...command.split(" ")], [0, 1]);
      }
      return asked.map(pair);
    },
  };
}

function versionThree(stage: Stage, port: number): Step {
  const step = commands(stage, port, "RESP3", ["-3"], [["HGETALL hash", "Maps"], ["SMEMBERS none", "Sets"]]);
  return {
    name: step.name,
    async run() {
      const expected = await step.run() as Expected[];
      return expected.flatMap((one) => [pair(["HELLO", "Maps"]), one]); // redis-cli says it first
    },
  };
}

/** Commands as they are, sent at once on a connection that the last of them ends. */
function bare(port: number, name: string, text: string, asked: readonly Asked[]): Step {
  return {
    name,
    async run() {
      using connection = await Deno.connect({ hostname: "127.0.0.1", port });
      await connection.write(new TextEncoder().encode(text));
      for await (const _ of connection.readable) { /* until the server ends it */ }
      return asked.map(pair);
    },
  };
}

function load(stage: Stage, port: number): Step {
  return {
    name: `${LOAD} SET and ${LOAD} GET, ${PIPELINE} at a time`,
    async run() {
      const counts = ["-n", `${LOAD}`, "-P", `${PIPELINE}`, "-c", "10", "-t", "set,get", "-q"];
      await stage.run("redis-benchmark", ["-p", `${port}`, ...counts]);
      return (lines: readonly Line[]) =>
        ["SET", "GET"].flatMap((command) => {
          const found = lines.filter(({ Request, Response }) =>
            Request.Command === command && Response !== null
          ).length;
          return found === LOAD ? [] : [`${found} of ${LOAD} ${command} are paired`];
        });
    },
  };
}

export const redis: LiveTest = {
  name: "redis",
  programs: { "redis-server": "redis-server", "redis-cli": "redis-tools", "redis-benchmark": "redis-tools" },
  set,
};
