/**
 * What a packet of each protocol costs the agent that counts its round trips, beside one of HTTP. Judged by a
 * conversation of each as it usually goes, recorded from real servers (bench/recorded.ts says which), so that as many
 * messages share a packet, or packets a message, as do on a wire; a million packets of each.
 */
import { makeHttpCapture } from "../http_capture.ts";
import { compared, median } from "../measure.ts";
import { protocolNames, usualConversation, type UsualName } from "../recorded.ts";
import { write } from "../replay/captures.ts";
import { agent, type Read } from "../replay/programs.ts";
import type { Row } from "../table.ts";

const RUNS = Number(Deno.env.get("BENCH_RUNS") ?? 5);
const PACKETS = 1_000_000, HTTP_ROUND_TRIPS = 250_000;
const HTTP = "http";
const HTTP_RULE = { protocol: HTTP, ports: [80], host: "" };

export async function protocolMetrics(folder: string): Promise<Row[]> {
  const rows: Row[] = [];
  const httpFile = `${folder}/http.pcap`, file = `${folder}/capture.pcap`;
  const httpPackets = makeHttpCapture(httpFile, HTTP_ROUND_TRIPS);
  for (const protocol of protocolNames) {
    if (protocol === HTTP) continue;
    const { recordings, rule } = await usualConversation(protocol as UsualName);
    const packets = write(file, recordings, { open: 100, loops: 5, packets: PACKETS });
    const reads: Read[] = [], https: number[] = [];
    for (let run = 0; run < RUNS; run++) {
      reads.push(await agent(file, [rule]));
      https.push((await agent(httpFile, [HTTP_RULE])).cpuSeconds / httpPackets);
    }
    const each = reads.map(({ cpuSeconds }) => cpuSeconds / packets);
    const ns = (all: readonly number[]) => `${(median(all) * 1e9).toFixed(0)} ns`;
    rows.push({
      group: "protocols/metrics",
      name: `a packet of ${protocol}`,
      figure: `${ns(each)} CPU, ${(reads[0].roundTrips / packets).toFixed(2)} round trips in it`,
      ...compared(each, https),
      rival: `one of ${HTTP} (${ns(https)}, ${(HTTP_ROUND_TRIPS / httpPackets).toFixed(2)} round trips)`,
    });
  }
  Deno.removeSync(httpFile);
  Deno.removeSync(file);
  return rows;
}
