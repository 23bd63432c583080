/** MariaDB: a server with a folder of its own, asked by its command line client and two drivers, and loaded. */
import { drives } from "../driver.ts";
import type { Expected, Json, Line, LiveTest, Scene, Stage, Step } from "../harness.ts";
import { MARIADB_PROGRAMS, startMariadb } from "./server.ts";

const LOAD = 4000, CLIENTS = 4;

async function set(stage: Stage): Promise<Scene> {
  const port = await stage.freePort();
  await startMariadb(stage, port);
  return {
    rules: [`mysql;${port}`],
    steps: [
      asks(stage, port, "statements and their counts", [], [
        ["CREATE TABLE items (id INT AUTO_INCREMENT PRIMARY KEY, name VARCHAR(20))", { AffectedRows: 0, Warnings: 0 }],
        ["INSERT INTO items (name) VALUES ('a'), ('b'), ('c')", { AffectedRows: 3, LastInsertID: 1 }],
        ["SELECT * FROM items", { Rows: 3 }],
        ["UPDATE items SET name = 'x' WHERE id > 1", { AffectedRows: 2 }],
        ["DELETE FROM items WHERE id = 3", { AffectedRows: 1 }],
        ["SELECT REPEAT('long', 50000) AS text", { Rows: 1 }],
      ]),
      asks(stage, port, "errors with their state", [], [
        ["SELECT * FROM no_such_table", { ErrCode: 1146, SQLState: "42S02" }],
        ["INSERT INTO items VALUES (1, 'again')", { ErrCode: 1062, SQLState: "23000" }],
        ["SELEC 1", { ErrCode: 1064, SQLState: "42000" }],
      ]),
      asks(stage, port, "the compressed protocol", ["--compress"], [
        ["SELECT REPEAT('compressed ', 5000) AS text", { Rows: 1 }],
        ["SELECT id FROM items", { Rows: 2 }],
      ]),
      asks(stage, port, "a password that is not printed", [], [
        ["CREATE USER third IDENTIFIED BY 'secret'", { AffectedRows: 0 }, "CREATE USER third IDENTIFIED BY ***"],
      ]),
      drives(stage, "mysql/mysql2.ts", [`${port}`]),
      drives(stage, "mysql/mariadb.ts", [`${port}`]),
      load(stage, port),
    ],
  };
}

function place(port: number): string[] {
  return ["--no-defaults", "--host=127.0.0.1", `--port=${port}`, "--user=live", "--password=live"];
}

type Asked = readonly [sql: string, packet: Record<string, Json>, printed?: string];

/** Each statement by a client of its own. */
function asks(stage: Stage, port: number, name: string, flags: readonly string[], asked: readonly Asked[]): Step {
  return {
    name,
    async run() {
      for (const [sql] of asked) await stage.run("mariadb", [...place(port), ...flags, "live", "-e", sql], [0, 1]);
      const expected = asked.map(([sql, packet, printed = sql]): Expected => ({
        Request: { Command: "QUERY", Statement: printed },
        Response: { Packet: packet },
      }));
      return { expected, oneWay: asked.length }; // QUIT
    },
  };
}

function load(stage: Stage, port: number): Step {
  return {
    name: `${LOAD} queries of ${CLIENTS} clients`,
    async run() {
      const file = await stage.write("load.sql", "SELECT 1;\n".repeat(LOAD / CLIENTS));
      const client = () => stage.run("mariadb", [...place(port), "-e", `source ${file}`]);
      await Promise.all(Array.from({ length: CLIENTS }, client));
      const expected = (lines: readonly Line[]) => {
        const found = lines.filter(({ Request, Response }) => {
          return Request.Statement === "SELECT 1" && (Response?.Packet as Record<string, Json>)?.Rows === 1;
        }).length;
        return found === LOAD ? [] : [`${found} of ${LOAD} queries are paired`];
      };
      return { expected, oneWay: CLIENTS };
    },
  };
}

export const mysql: LiveTest = {
  name: "mysql",
  programs: { ...MARIADB_PROGRAMS, "mariadb": "mariadb-client" },
  set,
};
