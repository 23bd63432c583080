/** A file of a million HTTP packets, decoded whole, beside tcpdump copying the same file to nowhere. */
import { makeHttpCapture } from "../http_capture.ts";
import { isInstalled, measure, type Measured, median } from "../measure.ts";
import type { Row } from "../table.ts";

const ROUND_TRIPS = 300_000;
const RUNS = 5;
const main = new URL("../../main.ts", import.meta.url).pathname;

/** How packetd is started: the compiled binary where `PACKETD` names one, else from the source. */
function packetd(...args: string[]): [string, string[]] {
  const binary = Deno.env.get("PACKETD");
  if (binary !== undefined) return [binary, args];
  return [Deno.execPath(), [
    "run",
    "--quiet",
    "--no-check",
    "--allow-ffi",
    "--allow-read",
    "--allow-write",
    "--allow-sys",
    "--allow-env",
    main,
    ...args,
  ]];
}

export async function replayHttp(folder: string): Promise<Row[]> {
  const file = `${folder}/http-keep-alive.pcap`;
  const packets = makeHttpCapture(file, ROUND_TRIPS);
  const log = ["log", "--pcap.file", file, "--proto", "http;80", "--format"];
  const commands: [string, [string, string[]]][] = [
    ["log --format none", packetd(...log, "none")],
    ["log --format json", packetd(...log, "json")],
  ];
  const hasTcpdump = await isInstalled("tcpdump");
  const results = new Map<string, Measured[]>();
  for (let run = 0; run < RUNS; run++) {
    for (const [name, [command, args]] of commands) {
      results.set(name, [...results.get(name) ?? [], await measure(command, args)]);
    }
    if (hasTcpdump) {
      results.set("tcpdump", [
        ...results.get("tcpdump") ?? [],
        await measure("tcpdump", ["-r", file, "-w", "/dev/null"]),
      ]);
    }
  }
  const cpu = (name: string) => median(results.get(name)?.map((result) => result.cpuSeconds) ?? [NaN]);
  const rows: Row[] = commands.map(([name]) => {
    const peak = Math.max(
      ...results.get(name)!.map((result) => result.peakBytes).filter((bytes) => !Number.isNaN(bytes)),
    );
    const memory = Number.isFinite(peak) ? `, ${Math.round(peak / 2 ** 20)} MB at most` : "";
    const wall = median(results.get(name)!.map((result) => result.wallSeconds));
    return {
      group: "replay/http",
      name: `${name}, ${packets} packets`,
      figure: `${cpu(name).toFixed(2)} s CPU, ${wall.toFixed(2)} s wall${memory}`,
      ratio: cpu(name) / cpu("tcpdump"),
      rival: hasTcpdump
        ? `tcpdump -r FILE -w /dev/null (${cpu("tcpdump").toFixed(2)} s CPU)`
        : "tcpdump (not installed)",
    };
  });
  Deno.removeSync(file);
  return rows;
}
