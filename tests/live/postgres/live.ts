/** PostgreSQL: a cluster of its own, asked by psql and drivers, loaded by pgbench in its ways of sending queries. */
import { drives } from "../driver.ts";
import type { Expected, Json, Line, LiveTest, Scene, Stage, Step } from "../harness.ts";
import { startCluster } from "./cluster.ts";

const TRANSACTIONS = 500, CLIENTS = 4;

/** One for each way of exchanging a password; the command line clients need none. */
const USERS = [
  "CREATE ROLE live SUPERUSER LOGIN PASSWORD 'live'",
  "SET password_encryption = 'md5'",
  "CREATE ROLE old LOGIN PASSWORD 'old'",
];
const ACCESS = [
  "local all all trust",
  "host all live 127.0.0.1/32 scram-sha-256",
  "host all old 127.0.0.1/32 md5",
  "host all all 127.0.0.1/32 trust",
];

async function set(stage: Stage): Promise<Scene> {
  const port = await stage.freePort();
  const data = await startCluster(stage, [], "127.0.0.1", port, ACCESS);
  // Through its Unix socket, since a connection on loopback may still be closing when the captures begin.
  await stage.run("psql", ["-X", ...place(port), "-h", data, ...USERS.flatMap((sql) => ["-c", sql])]);
  return {
    rules: [`postgresql;${port}`],
    steps: [
      asks(stage, port, "one statement a query", [
        ["CREATE TABLE items (id int PRIMARY KEY, name text)", { Command: "CREATE", Rows: 0 }],
        ["INSERT INTO items SELECT i, 'item ' || i FROM generate_series(1, 50) i", { Command: "INSERT", Rows: 50 }],
        ["SELECT * FROM items WHERE id <= 7", { Command: "SELECT", Rows: 7 }],
        ["UPDATE items SET name = 'x' WHERE id > 40", { Command: "UPDATE", Rows: 10 }],
        ["DELETE FROM items WHERE id = 50", { Command: "DELETE", Rows: 1 }],
      ]),
      asks(stage, port, "errors with their state", [
        ["SELECT * FROM no_such_table", { Severity: "ERROR", SQLStateCode: "42P01" }],
        ["INSERT INTO items VALUES (1, 'again')", { Severity: "ERROR", SQLStateCode: "23505" }],
        ["SELECT 1 / 0", { Severity: "ERROR", SQLStateCode: "22012", Message: "division by zero" }],
        ["SELEC 1", { Severity: "ERROR", SQLStateCode: "42601" }],
      ]),
      asks(stage, port, "COPY out", [["COPY items TO STDOUT", { Command: "COPY", Rows: 49 }]]),
      asks(stage, port, "a password that is not printed", [
        ["CREATE ROLE someone PASSWORD 'secret'", { Command: "CREATE", Rows: 0 }, "CREATE ROLE someone PASSWORD ***"],
      ]),
      drives(stage, "postgres/pg.ts", [`${port}`]),
      drives(stage, "postgres/postgres_js.ts", [`${port}`]),
      drives(stage, "postgres/pipeline.ts", [`${port}`]),
      load(stage, port, "simple", ["SELECT 1;"]),
      load(stage, port, "extended", ["SELECT 1;"]),
      load(stage, port, "prepared", ["SELECT 1;"]),
      load(stage, port, "extended", ["\\startpipeline", "SELECT 1;", "SELECT 2;", "SELECT 3;", "\\endpipeline"]),
    ],
  };
}

type Asked = readonly [sql: string, packet: Record<string, Json>, printed?: string];

/** Each statement by a psql of its own. */
function asks(stage: Stage, port: number, name: string, asked: readonly Asked[]): Step {
  return {
    name,
    async run() {
      for (const [sql] of asked) await stage.run("psql", ["-X", ...place(port), "-c", sql], [0, 1]);
      return asked.map(([sql, packet, printed = sql]): Expected => ({
        Request: { Packet: { Statement: printed } },
        Response: { Packet: packet },
      }));
    },
  };
}

function place(port: number): string[] {
  return ["-h", "127.0.0.1", "-p", `${port}`, "-U", "postgres", "-d", "postgres"];
}

function load(stage: Stage, port: number, mode: string, script: readonly string[]): Step {
  const statements = script.filter((line) => line.endsWith(";")).map((line) => line.slice(0, -1));
  const isPipeline = statements.length > 1;
  return {
    name: `pgbench, ${isPipeline ? `pipelines of ${statements.length}` : mode}`,
    async run() {
      const file = await stage.write(`${mode}-${statements.length}.sql`, script.join("\n") + "\n");
      const counts = ["-n", "-t", `${TRANSACTIONS}`, "-c", `${CLIENTS}`, "-M", mode, "-f", file];
      await stage.run("pgbench", [...place(port).slice(0, 6), ...counts, "postgres"]);
      return (lines: readonly Line[]) =>
        statements.flatMap((statement) => {
          const found = lines.filter(({ Request, Response }) => {
            const asked = Request.Packet as Record<string, Json>, answer = Response?.Packet as Record<string, Json>;
            return String(asked.Statement).replace(/;$/, "") === statement && answer?.Rows === 1;
          }).length;
          const sent = TRANSACTIONS * CLIENTS;
          return found === sent ? [] : [`${found} of ${sent} ${statement} are paired`];
        });
    },
  };
}

export const postgres: LiveTest = {
  name: "postgres",
  programs: {
    psql: "postgresql-client",
    pgbench: "postgresql-contrib",
    pg_ctlcluster: "postgresql",
    setpriv: "util-linux",
  },
  set,
};
