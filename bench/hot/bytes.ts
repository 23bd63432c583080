/** Reading numbers, and keeping what is unfinished. */
import { u16be, u32be } from "../../src/bytes/read.ts";
import { Carry, CarryPool } from "../../src/net/carry.ts";
import type { Row } from "../table.ts";
import { race } from "./race.ts";

const READS = 2_000_000;
const KEPT = 100_000;
/** Bytes of a message that wait for the next segment. */
const UNFINISHED = 400;

export function bytes(group: string): Row[] {
  const packet = Uint8Array.from({ length: 1514 }, (_, i) => (i * 7) & 255);
  const last = packet.length - 4;
  const pool = new CarryPool();
  return [
    race(
      group,
      "u16 and u32 of a packet, by shifts",
      READS,
      () => {
        let sum = 0;
        for (let i = 0; i < READS; i++) sum += u16be(packet, i % last) + u32be(packet, i % last);
        return sum;
      },
      "a DataView made for the packet",
      () => {
        let sum = 0;
        for (let i = 0; i < READS; i++) {
          const view = new DataView(packet.buffer);
          sum += view.getUint16(i % last) + view.getUint32(i % last);
        }
        return sum;
      },
    ),
    race(
      group,
      `${UNFINISHED} bytes kept in a pooled buffer`,
      KEPT,
      () => {
        let sum = 0;
        const carry = new Carry();
        for (let i = 0; i < KEPT; i++) {
          carry.append(pool, 4096, packet, i & 1023, (i & 1023) + UNFINISHED);
          sum += carry.bytes![i & 255];
          carry.clear(pool);
        }
        return sum;
      },
      "slice",
      () => {
        let sum = 0;
        for (let i = 0; i < KEPT; i++) sum += packet.slice(i & 1023, (i & 1023) + UNFINISHED)[i & 255];
        return sum;
      },
    ),
  ];
}
