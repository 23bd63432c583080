/** What an agent has in memory at most with many connections open at once: without a ring, since it reads a file. */
import { compared, median } from "../measure.ts";
import { usualConversation } from "../recorded.ts";
import { write } from "../replay/captures.ts";
import { agent } from "../replay/programs.ts";
import { type Row, skipped } from "../table.ts";

const RUNS = Number(Deno.env.get("BENCH_RUNS") ?? 5);
const PACKETS = 1_000_000;
/** About as many packets has the part of the recording that is repeated. */
const LOOP_PACKETS = 80;
const FEW = 10, MANY = 10_000;

export async function scaleMemory(folder: string): Promise<Row[]> {
  const { recordings, rule } = await usualConversation("redis");
  const few = `${folder}/few.pcap`, many = `${folder}/many.pcap`;
  for (const [file, open] of [[few, FEW], [many, MANY]] as const) {
    write(file, recordings, { open, copies: open, loops: Math.ceil(PACKETS / open / LOOP_PACKETS) });
  }
  const mine: number[] = [], fewest: number[] = [];
  for (let run = 0; run < RUNS; run++) {
    mine.push((await agent(many, [rule])).peakBytes);
    fewest.push((await agent(few, [rule])).peakBytes);
  }
  Deno.removeSync(few);
  Deno.removeSync(many);
  const group = "scale/memory";
  if (mine.some(Number.isNaN)) return [skipped(group, "this system does not tell how much memory a process has")];
  const mb = (all: readonly number[]) => `${Math.round(median(all) / 2 ** 20)} MB`;
  const name = `agent with ${MANY} live connections`;
  return [{ group, name, figure: mb(mine), ...compared(mine, fewest), rival: `with ${FEW} (${mb(fewest)})` }];
}
