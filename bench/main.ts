/**
 * `deno task bench [GROUP...]`: what packetd costs, as ratios to something measured in the same run. Absolute figures
 * depend on the machine and its mood; the ratios hold. The table goes to stdout; `--json FILE` writes the rows too.
 */
import { liveGroups } from "./live/groups.ts";
import { processMetrics } from "./process/metrics.ts";
import { protocolMessages } from "./protocols/messages.ts";
import { replayHttp } from "./replay/http.ts";
import { startup } from "./startup/compiled.ts";
import { type Row, table } from "./table.ts";

const groups: Record<string, (folder: string) => Promise<Row[]>> = {
  "process/metrics": processMetrics,
  "protocols": protocolMessages,
  "replay/http": replayHttp,
  "startup": startup,
  ...liveGroups,
};

const args = [...Deno.args];
const jsonAt = args.indexOf("--json");
const jsonFile = jsonAt < 0 ? undefined : args.splice(jsonAt, 2)[1];
const chosen = Object.keys(groups).filter((name) => args.length === 0 || args.some((arg) => name.startsWith(arg)));
if (chosen.length === 0) {
  console.error(`no bench begins with '${args.join("', '")}'; there are: ${Object.keys(groups).join(", ")}`);
  Deno.exit(2);
}

const folder = Deno.makeTempDirSync({ prefix: "packetd-bench-" });
try {
  const rows: Row[] = [];
  for (const name of chosen) {
    console.error(`bench ${name} ...`);
    rows.push(...await groups[name](folder));
  }
  console.log(table(rows));
  if (jsonFile !== undefined) Deno.writeTextFileSync(jsonFile, JSON.stringify(rows, null, 2) + "\n");
} finally {
  Deno.removeSync(folder, { recursive: true });
}
