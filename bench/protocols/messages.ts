/** What decoding costs: the recorded cases of each protocol, many times over, beside a walk of the same packets. */
import type { PacketSink } from "../../src/core/packet.ts";
import { Lane } from "../../src/lane/lane.ts";
import { protocols } from "../../src/protocols/mod.ts";
import { claimsOf, loadCase } from "../../tests/tools/cases.ts";
import type { Packet } from "../../tests/tools/replay.ts";
import { median, timed } from "../measure.ts";
import { Multiplied } from "../multiply.ts";
import type { Row } from "../table.ts";

const ROUND_TRIPS = 100_000;
const RUNS = 3;

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
  const captures: Packet[][] = [];
  const ports = new Set<number>();
  let expected = 0;
  for (const claim of claimsOf(protocol)) {
    const { packets, rules, expected: lines } = await loadCase(protocol, claim);
    if (lines.length === 0) continue;
    captures.push(packets);
    for (const port of rules[0].ports) ports.add(port);
    expected += lines.length;
  }
  return expected === 0 ? undefined : new Multiplied(captures, [...ports], Math.ceil(ROUND_TRIPS / expected));
}
