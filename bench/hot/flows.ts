/** Finding the flow of a packet: exact keys in an Int32Array beside a map by text, as most programs have it. */
import { i32be, u16be } from "../../src/bytes/read.ts";
import { FlowTable } from "../../src/net/flow_table.ts";
import { seeded } from "../../tests/tools/random.ts";
import type { Row } from "../table.ts";
import { race } from "./race.ts";

const PACKETS = 100_000;
/** | source 4 | destination 4 | source port 2 | destination port 2 | of each packet. */
const KEY_BYTES = 12;

export function flows(group: string): Row[] {
  return [100, 100_000].map((count) => {
    const packets = packetsOf(count);
    const table = new FlowTable(1, 1);
    const map = new Map<string, number>();
    return race(
      group,
      `lookup among ${count} flows`,
      PACKETS,
      () => inTable(table, packets),
      "a map by a string of both endpoints",
      () => inMap(map, packets),
    );
  });
}

/** Packets of so many flows, of either direction. */
function packetsOf(flows: number): Uint8Array {
  const random = seeded(1);
  const packets = new Uint8Array(PACKETS * KEY_BYTES);
  const view = new DataView(packets.buffer);
  for (let at = 0; at < packets.length; at += KEY_BYTES) {
    const flow = Math.trunc(random() * flows), isAnswer = random() < 0.5;
    view.setUint32(at + (isAnswer ? 4 : 0), 0x0a000000 + (flow >> 4));
    view.setUint32(at + (isAnswer ? 0 : 4), 0xc0a80001);
    view.setUint16(at + (isAnswer ? 10 : 8), 40000 + (flow & 15));
    view.setUint16(at + (isAnswer ? 8 : 10), 443);
  }
  return packets;
}

function inTable(table: FlowTable, packets: Uint8Array): number {
  let sum = 0;
  for (let at = 0; at < packets.length; at += KEY_BYTES) {
    let flow = table.find(packets, at, at + 4, at + 8);
    if (flow < 0) table.insert(flow = table.size);
    sum += flow;
  }
  return sum;
}

function inMap(map: Map<string, number>, packets: Uint8Array): number {
  let sum = 0;
  for (let at = 0; at < packets.length; at += KEY_BYTES) {
    const key = keyOf(packets, at);
    let flow = map.get(key);
    if (flow === undefined) map.set(key, flow = map.size);
    sum += flow;
  }
  return sum;
}

/** The same for both directions. */
function keyOf(packets: Uint8Array, at: number): string {
  const source = i32be(packets, at), destination = i32be(packets, at + 4);
  const sourcePort = u16be(packets, at + 8), destinationPort = u16be(packets, at + 10);
  return source < destination || (source === destination && sourcePort < destinationPort)
    ? `${source}:${sourcePort}-${destination}:${destinationPort}`
    : `${destination}:${destinationPort}-${source}:${sourcePort}`;
}
