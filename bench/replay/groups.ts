/** Whole files through packetd in its ways, and through other programs, beside tcpdump copying the same file to nowhere. */
import { compared, isInstalled, median } from "../measure.ts";
import { type Row, skipped } from "../table.ts";
import { type Capture, captures } from "./captures.ts";
import { agent, goAgent, log, type Read, type Reader, tcpdump, tshark } from "./programs.ts";

/** Runs of each; tshark has one, since it takes as long as all others together. */
const RUNS = Number(Deno.env.get("BENCH_RUNS") ?? 5);
const TCPDUMP = "tcpdump -r FILE -w /dev/null";

/** A group for each file, which exists only while it is read. */
export const replayGroups: Readonly<Record<string, (folder: string) => Promise<Row[]>>> = Object.fromEntries(
  captures.map((capture) => [`replay/${capture.name}`, (folder) => replayed(capture, `${folder}/capture.pcap`)]),
);

async function replayed(capture: Capture, file: string): Promise<Row[]> {
  const group = `replay/${capture.name}`;
  if (!await isInstalled("tcpdump")) return [skipped(group, "tcpdump is not installed: apt-get install tcpdump")];
  const rules = await capture.make(file);
  const readers = new Map<string, Reader>([
    [TCPDUMP, tcpdump],
    ["log --format none", log("none")],
    ["log --format json", log("json")],
    ["agent, metrics", agent],
  ]);
  const go = goAgent();
  if (go !== undefined) readers.set("Go packetd, metrics", go);
  const reads = new Map<string, Read[]>([...readers.keys()].map((name) => [name, []]));
  await tcpdump(file, rules); // so that the file is in memory
  for (let run = 0; run < RUNS; run++) {
    for (const [name, read] of readers) reads.get(name)!.push(await read(file, rules));
  }
  if (capture.tshark !== undefined && await isInstalled("tshark")) {
    reads.set(`tshark -Y ${capture.tshark.filter}`, [await tshark(capture.tshark)(file, rules)]);
  }
  Deno.removeSync(file);
  const cpu = (name: string) => reads.get(name)!.map(({ cpuSeconds }) => cpuSeconds);
  return [...reads.keys()].filter((name) => name !== TCPDUMP).map((name): Row => {
    const { ratio, spread } = compared(cpu(name), cpu(TCPDUMP));
    const rival = `${TCPDUMP} (${median(cpu(TCPDUMP)).toFixed(2)} s)`;
    // A single run has no spread.
    return { group, name, figure: figure(reads.get(name)!), ratio, ...(cpu(name).length > 1 ? { spread } : {}), rival };
  });
}

function figure(reads: readonly Read[]): string {
  const middle = (of: (read: Read) => number) => median(reads.map(of));
  const parts = [
    `${middle((read) => read.cpuSeconds).toFixed(2)} s CPU`,
    `${middle((read) => read.wallSeconds).toFixed(2)} s wall`,
    `${Math.round(middle((read) => read.peakBytes) / 2 ** 20)} MB`,
  ];
  const roundTrips = middle((read) => read.roundTrips);
  if (!Number.isNaN(roundTrips)) parts.push(`${roundTrips} round trips`);
  return parts.join(", ");
}
