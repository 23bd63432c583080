/** MySQL: MariaDB, asked by mysqlslap for result sets of one row, 10 KB and 100 KB. */
import { MARIADB_PROGRAMS, startMariadb } from "../../tests/live/mysql/server.ts";
import type { Stage } from "../../tests/live/stage.ts";
import { type Load, numberIn, type Served, type Server } from "./load.ts";

const rows = (count: number) => `SELECT seq, REPEAT('x', 100) FROM seq_1_to_${count}`;
/** About two seconds each. */
const LOADS = [
  { name: "1 row", query: "SELECT 1", count: 80_000 },
  { name: "100 rows, 10 KB", query: rows(100), count: 40_000 },
  { name: "1000 rows, 100 KB", query: rows(1000), count: 8000 },
];
const CONNECTIONS = 8;

async function serve(stage: Stage): Promise<Served> {
  const port = await stage.freePort();
  await startMariadb(stage, port);
  return { protocol: "mysql", port, loads: LOADS.map((one) => load(stage, port, one)) };
}

function load(stage: Stage, port: number, { name, query, count }: typeof LOADS[number]): Load {
  const place = ["--no-defaults", "--host=127.0.0.1", `--port=${port}`, "--user=live", "--password=live"];
  const counts = [`--concurrency=${CONNECTIONS}`, `--number-of-queries=${count}`];
  return {
    name,
    async run() {
      const schema = ["--create-schema=live", "--no-drop"]; // it is there
      const output = await stage.run("mysqlslap", [...place, ...schema, ...counts, `--query=${query}`]);
      return { requests: count, perSecond: count / numberIn(output, /Average number of seconds .*: ([\d.]+) seconds/) };
    },
  };
}

export const mysql: Server = {
  name: "mysql",
  programs: { ...MARIADB_PROGRAMS, mysqlslap: "mariadb-client" },
  serve,
};
