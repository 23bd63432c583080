/**
 * `deno task bench live`: real servers at the full speed of their load generators, alone, beside tcpdump, and beside
 * packetd in its ways. Runs alternate, and a rate is compared with that beside tcpdump of the same round: rates swing.
 */
import { withoutCapture } from "../../tests/capture/support.ts";
import { installLine, missingPackages, type Programs } from "../../tests/live/programs.ts";
import { Stage } from "../../tests/live/stage.ts";
import { type Row, skipped } from "../table.ts";
import { agent, agentWithSmallRing, GO, goAgent } from "./agents.ts";
import { log, stats, tcpdump } from "./commands.ts";
import { measureCurves, programs as curvePrograms } from "./curve.ts";
import { grpc } from "./grpc.ts";
import type { Load, Served, Server } from "./load.ts";
import { mysql } from "./mysql.ts";
import { nginx } from "./nginx.ts";
import { type Observation, observe } from "./observation.ts";
import type { Observer } from "./observer.ts";
import { postgresql } from "./postgresql.ts";
import { redis } from "./redis.ts";
import { rowsOf } from "./report.ts";

/** `BENCH_RUNS` is how often each load runs beside each observer. */
const RUNS = Number(Deno.env.get("BENCH_RUNS") ?? 3);
const TCPDUMP: Programs = { tcpdump: "tcpdump" };

const NAMES = { tcpdump: tcpdump.name, log: log.name, stats: stats.name, agent: agent.name, go: GO };

const servers: readonly Server[] = [nginx, redis, grpc, mysql, postgresql];

/** The groups of benches that need a network and privileges, by name. */
export const liveGroups: Readonly<Record<string, () => Promise<Row[]>>> = {
  ...Object.fromEntries(servers.map((server) => {
    const group = `live/${server.name}`;
    return [group, () => staged(group, { ...TCPDUMP, ...server.programs }, (stage) => measured(group, stage, server))];
  })),
  "live/curve": () => staged("live/curve", { ...TCPDUMP, ...curvePrograms }, (stage) => measureCurves(stage, RUNS)),
};

/** On a stage that is cleared however this ends; a row that says so where something is missing. */
async function staged(group: string, programs: Programs, work: (stage: Stage) => Promise<Row[]>): Promise<Row[]> {
  if (withoutCapture !== "") return [skipped(group, withoutCapture)];
  const missing = await missingPackages(programs);
  if (missing.length > 0) return [skipped(group, installLine(missing))];
  const stage = await Stage.open(group.replace("/", "-"));
  const interrupted = async () => {
    await stage.remove();
    Deno.exit(130); // as a shell reports it
  };
  const signals = ["SIGINT", "SIGTERM"] as const;
  for (const signal of signals) Deno.addSignalListener(signal, interrupted);
  try {
    return await work(stage);
  } finally {
    await stage.remove();
    for (const signal of signals) Deno.removeSignalListener(signal, interrupted);
  }
}

async function measured(group: string, stage: Stage, server: Server): Promise<Row[]> {
  const served = await server.serve(stage);
  const rows: Row[] = [];
  for (const load of served.loads) {
    const runs = await runsOf(stage, served, load);
    rows.push(...rowsOf(group, load.name, runs, NAMES, server.goSeconds ?? NaN));
  }
  return rows;
}

async function runsOf(stage: Stage, served: Served, load: Load): Promise<Map<string, Observation[]>> {
  const go = goAgent();
  const observers: (Observer | undefined)[] = [undefined, tcpdump, log, agent, agentWithSmallRing, stats];
  if (go !== undefined) observers.push(go);
  const runs = new Map<string, Observation[]>(observers.map((observer) => [observer?.name ?? "", []]));
  await load.run(); // what a server does only once is done
  for (let round = 0; round < RUNS; round++) {
    // Each begins a round in its turn, so that nobody always runs after the same one.
    for (let i = 0; i < observers.length; i++) {
      const observer = observers[(round + i) % observers.length];
      runs.get(observer?.name ?? "")!.push(await observe(stage, served, load, observer));
    }
  }
  return runs;
}
