/** PostgreSQL: a cluster of its own, asked by pgbench for result sets of one row, 10 KB and 100 KB. */
import { startCluster } from "../../tests/live/postgres/cluster.ts";
import type { Stage } from "../../tests/live/stage.ts";
import { type Load, numberIn, type Served, type Server } from "./load.ts";

const rows = (count: number) => `SELECT i, repeat('x', 100) FROM generate_series(1, ${count}) i;`;
/** About two seconds each. */
const LOADS = [
  { name: "1 row", query: "SELECT 1;", times: 12_000 },
  { name: "100 rows, 10 KB", query: rows(100), times: 5000 },
  { name: "1000 rows, 100 KB", query: rows(1000), times: 1200 },
];
const CONNECTIONS = 8;

async function serve(stage: Stage): Promise<Served> {
  const port = await stage.freePort();
  await startCluster(stage, [], "127.0.0.1", port, ["host all all 127.0.0.1/32 trust"]);
  return { protocol: "postgresql", port, loads: LOADS.map((one, i) => load(stage, port, `${i}.sql`, one)) };
}

function load(stage: Stage, port: number, file: string, { name, query, times }: typeof LOADS[number]): Load {
  const place = ["-h", "127.0.0.1", "-p", `${port}`, "-U", "postgres"];
  return {
    name,
    async run() {
      const script = await stage.write(file, query);
      const counts = ["-n", "-c", `${CONNECTIONS}`, "-t", `${times}`, "-f", script];
      const output = await stage.run("pgbench", [...place, ...counts, "postgres"]);
      return {
        requests: numberIn(output, /actually processed: (\d+)/),
        perSecond: numberIn(output, /tps = ([\d.]+)/),
      };
    },
  };
}

export const postgresql: Server = {
  name: "postgresql",
  programs: { pgbench: "postgresql-contrib", pg_ctlcluster: "postgresql", setpriv: "util-linux" },
  serve,
};
