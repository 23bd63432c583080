/**
 * MongoDB: FerretDB on SQLite, a server for the same clients (`server/`), asked by the driver of npm and by a bare
 * connection.
 */
import { goProgram } from "../cached.ts";
import { runClient } from "../client.ts";
import { drives } from "../driver.ts";
import type { Expected, Line, LiveTest, Scene, Stage, Step } from "../harness.ts";

const LOAD = 4000;
/** The driver looks after its server: by the old message on each new connection, from then on by a command. */
const ADDS: readonly Expected["Request"][] = [
  { OpCode: "QUERY", Source: "admin", CmdName: "ismaster" },
  { OpCode: "MSG", Source: "admin", CmdName: "hello" },
];

async function set(stage: Stage): Promise<Scene> {
  const program = await goProgram(stage, "mongo-server", new URL("server", import.meta.url).pathname);
  const port = await stage.freePort(), data = stage.path("data");
  await Deno.mkdir(data);
  const server = await stage.start("mongo", program, [`127.0.0.1:${port}`, data]);
  await server.listens(port);
  return {
    rules: [`mongodb;${port}`],
    steps: [
      drives(stage, "mongo/mongodb.ts", [`${port}`], ADDS),
      drives(stage, "mongo/mongodb.ts", [`${port}`, "zlib"], ADDS),
      drives(stage, "mongo/bare.ts", [`${port}`]),
      load(stage, port),
    ],
  };
}

function load(stage: Stage, port: number): Step {
  return {
    name: `${LOAD} commands, half of them on four connections, half pipelined on one`,
    async run() {
      const output = await runClient(stage, "mongo/load.ts", [`${port}`, `${LOAD}`]);
      const sent = new Set<number>(JSON.parse(output));
      return { expected: (lines) => unlikeSent(lines, sent), oneWay: 1 }; // the driver ends its sessions
    },
  };
}

/** Each message must be there once, by its number, with the document that it asked for. */
function unlikeSent(lines: readonly Line[], sent: ReadonlySet<number>): string[] {
  const found = lines.filter(({ Request, Response }) => Request.CmdName === "find" && Response?.Message === "OK");
  const printed = new Set(found.map(({ Request }) => Number(Request.ID)));
  return sent.size === LOAD && found.length === LOAD && printed.size === LOAD && printed.isSubsetOf(sent)
    ? []
    : [`${found.length} of ${LOAD} are paired, with ${printed.size} numbers; the clients sent ${sent.size}`];
}

export const mongo: LiveTest = { name: "mongo", programs: { go: "golang-go" }, set };
