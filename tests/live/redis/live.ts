/** Redis: redis-server, asked by redis-cli, bare sockets and two drivers, and loaded by redis-benchmark. */
import { drives } from "../driver.ts";
import type { Expected, Line, LiveTest, Scene, Stage, Step } from "../harness.ts";
import { commandName } from "./connection.ts";

/** Requests of each kind in the load, and how many are sent before an answer is awaited. */
const LOAD = 20_000, PIPELINE = 16;

async function set(stage: Stage): Promise<Scene> {
  const port = await stage.freePort();
  const server = await stage.start("redis", "redis-server", [
    ...["--port", `${port}`, "--bind", "127.0.0.1", "--save", "", "--enable-debug-command", "local"],
    ...["--user", "live", "on", ">live", "~*", "&*", "+@all"],
  ]);
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
      bare(port, "inline commands, several at once", [
        ["PING", "SimpleStrings"],
        ["SET inline 1", "SimpleStrings"],
        ["GET inline", "BulkStrings"],
        ["QUIT", "SimpleStrings"],
      ]),
      bare(port, "a transaction", [
        ["MULTI", "SimpleStrings"],
        ["INCR count", "SimpleStrings"],
        ["GET count", "SimpleStrings"],
        ["EXEC", "Array"],
        ["QUIT", "SimpleStrings"],
      ]),
      bare(port, "a password, right and wrong", [
        ["AUTH live live", "SimpleStrings"],
        ["AUTH live wrong", "Errors"],
        ["QUIT", "SimpleStrings"],
      ]),
      bare(port, "CLIENT REPLY: commands that are not answered", [
        ["CLIENT REPLY SKIP", ONE_WAY],
        ["INCR count", ONE_WAY],
        ["PING", "SimpleStrings"],
        ["CLIENT REPLY OFF", ONE_WAY],
        ["INCR count", ONE_WAY],
        ["PING", ONE_WAY],
        ["CLIENT REPLY ON", "SimpleStrings"],
        ["GET count", "BulkStrings"],
        ["QUIT", "SimpleStrings"],
      ]),
      bare(port, "a subscription that is confirmed and ended", [
        ["SUBSCRIBE news", "Array"],
        ["UNSUBSCRIBE news", "Array"],
        ["QUIT", "SimpleStrings"],
      ]),
      bare(port, "an attribute before a value, and a push before an answer", [
        ["HELLO 3", "Maps"],
        ["DEBUG PROTOCOL ATTRIB", "BulkStrings"],
        ["DEBUG PROTOCOL PUSH", "BulkStrings"],
        ["QUIT", "SimpleStrings"],
      ], 1),
      drives(stage, "redis/ioredis.ts", [`${port}`], [
        { Command: "CLIENT SETINFO" },
        { Command: "INFO", Size: 4 }, // without an argument
      ]),
      drives(stage, "redis/node_redis.ts", [`${port}`], [
        { Command: "HELLO" },
        { Command: "CLIENT SETINFO" },
        { Command: "CLIENT MAINT_NOTIFICATIONS" },
        { Command: "CLIENT TRACKING" },
      ]),
      load(stage, port),
    ],
  };
}

/** A command, and the type of its answer. */
type Asked = readonly [command: string, dataType: string];

/** Stands for the type of an answer where there is none. */
const ONE_WAY = "";

function pair([command, dataType]: Asked): Expected {
  return { Request: { Command: commandName(command.split(" ")) }, Response: { DataType: dataType } };
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
function bare(port: number, name: string, asked: readonly Asked[], pushed = 0): Step {
  return {
    name,
    async run() {
      using connection = await Deno.connect({ hostname: "127.0.0.1", port });
      await connection.write(new TextEncoder().encode(asked.map(([command]) => `${command}\r\n`).join("")));
      for await (const _ of connection.readable) { /* until the server ends it */ }
      const answered = asked.filter(([, type]) => type !== ONE_WAY);
      return { expected: answered.map(pair), oneWay: asked.length - answered.length, pushed };
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
