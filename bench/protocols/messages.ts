/** What decoding costs: the recorded cases of each protocol, many times over, beside a walk of the same packets. */
import type { PacketSink } from "../../src/core/packet.ts";
import { Lane } from "../../src/lane/lane.ts";
import { protocols } from "../../src/protocols/mod.ts";
import { packetsOf } from "../../tests/tools/replay.ts";
import { median } from "../measure.ts";
import { Multiplied } from "../multiply.ts";
import type { Row } from "../table.ts";

const ROUND_TRIPS = 100_000;
const RUNS = 3;
const cases = new URL("../../tests/cases/", import.meta.url);

export async function protocolMessages(): Promise<Row[]> {
  const rows: Row[] = [];
  for (const { name, title } of protocols) {
    const multiplied = await recorded(name);
    if (multiplied === undefined) continue;
    let roundTrips = 0;
    const decode = () => {
      roundTrips = 0;
      const sink = { roundTrip: () => void roundTrips++, unanswered: () => {} };
      const lane = new Lane([{ protocol: name, ports: multiplied.ports, host: "" }], sink);
      multiplied.replay(lane);
      lane.close();
    };
    let bytes = 0;
    const walk: PacketSink = { packet: (_, start, end) => void (bytes += end - start) };
    const decoded = median(Array.from({ length: RUNS }, () => timed(decode)));
    const walked = median(Array.from({ length: RUNS }, () => timed(() => multiplied.replay(walk))));
    rows.push({
      group: "protocols",
      name: `${title}: ${roundTrips} round trips in ${multiplied.packets} packets`,
      figure: `${Math.round(decoded / roundTrips)} ns a round trip, ${Math.round(roundTrips / decoded * 1e9)} /s, ` +
        `${Math.round(bytes / RUNS / decoded * 1e3)} MB/s`,
      ratio: decoded / walked,
      rival: `a walk over the packets (${(walked / multiplied.packets).toFixed(1)} ns each)`,
    });
  }
  return rows;
}

async function recorded(protocol: string): Promise<Multiplied | undefined> {
  const folder = new URL(`${protocol}/`, cases);
  const packets = [];
  const ports = new Set<number>();
  let expected = 0;
  try {
    for (const { name } of [...Deno.readDirSync(folder)].sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const lines = Deno.readTextFileSync(new URL(`${name}/expected.jsonl`, folder)).split("\n").slice(0, -1);
      const found = await packetsOf(new URL(`${name}/input.pcap`, folder).pathname);
      if (lines.length === 0 || found.some((packet) => packet.linkType !== found[0].linkType)) continue;
      for (const line of lines) ports.add(JSON.parse(line).Response.Port);
      packets.push(found);
      expected += lines.length;
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  if (expected === 0) return undefined;
  return new Multiplied(packets, [...ports], Math.ceil(ROUND_TRIPS / expected));
}

/** Nanoseconds that a call takes. */
function timed(work: () => void): number {
  const start = performance.now();
  work();
  return (performance.now() - start) * 1e6;
}
