/**
 * `deno task bench [GROUP...]`: what packetd costs, as ratios to something measured in the same run. Absolute figures
 * depend on the machine and its mood; the ratios hold. The table goes to stdout.
 *
 *     --json FILE   writes the rows too
 *     --check       ends with 1 when a row has left its envelope in bench/baseline.json
 *     --write       makes the rows that baseline
 *
 * `PACKETD` names a compiled packetd, which the baseline is of, else the source is run; `PACKETD_GO` a Go packetd to
 * compare with; `BENCH_RUNS` how often whole programs run.
 */
import { check, write } from "./baseline.ts";
import { groupsInThreads } from "./in_threads.ts";
import { liveGroups } from "./live/groups.ts";
import { protocolMessages } from "./protocols/messages.ts";
import { protocolMetrics } from "./protocols/metrics.ts";
import { replayGroups } from "./replay/groups.ts";
import { scaleFlows } from "./scale/flows.ts";
import { scaleMemory } from "./scale/memory.ts";
import { startup } from "./startup/compiled.ts";
import { type Row, table } from "./table.ts";

const groups: Record<string, (folder: string) => Promise<Row[]>> = {
  ...groupsInThreads,
  "protocols/messages": protocolMessages,
  "protocols/metrics": protocolMetrics,
  ...replayGroups,
  "scale/flows": scaleFlows,
  "scale/memory": scaleMemory,
  "startup": startup,
  ...liveGroups,
};

const args = [...Deno.args];
const has = (flag: string) => args.includes(flag) && args.splice(args.indexOf(flag), 1).length > 0;
const checks = has("--check"), writes = has("--write");
const jsonAt = args.indexOf("--json");
const jsonFile = jsonAt < 0 ? undefined : args.splice(jsonAt, 2)[1];
if ((checks || writes) && Deno.env.get("PACKETD") === undefined) {
  console.error(
    "the baseline is of a compiled packetd: deno task compile, then PACKETD=dist/packetd deno task bench ...",
  );
  Deno.exit(2);
}
for (const arg of args) if (!Object.keys(groups).some((name) => name.startsWith(arg))) refuse(arg);

function refuse(arg: string): never {
  console.error(`no bench begins with '${arg}'; there are: ${Object.keys(groups).join(", ")}`);
  Deno.exit(2);
}

const chosen = Object.keys(groups).filter((name) => args.length === 0 || args.some((arg) => name.startsWith(arg)));
const folder = Deno.makeTempDirSync({ prefix: "packetd-bench-" });
try {
  const rows: Row[] = [];
  for (const name of chosen) {
    console.error(`bench ${name} ...`);
    rows.push(...await groups[name](folder));
  }
  console.log(table(rows));
  if (jsonFile !== undefined) Deno.writeTextFileSync(jsonFile, JSON.stringify(rows, null, 2) + "\n");
  if (writes) write(rows);
  if (checks) {
    const { outside, unknown } = check(rows);
    for (const row of unknown) console.error(`not in the baseline: ${row}`);
    for (const line of outside) console.error(line);
    Deno.exitCode = outside.length > 0 ? 1 : 0;
  }
} finally {
  Deno.removeSync(folder, { recursive: true });
}
