import assert from "node:assert/strict";
import { MemorySource } from "../../src/capture/memory.ts";
import { drainAll, payload } from "./collect.ts";

Deno.test("packets from memory come in order, no more at once than asked for", async () => {
  const packets = [1, 2, 3].map((i) => ({ bytes: payload(i), sec: i, nsec: i * 10, linkType: 1 }));
  const source = new MemorySource(packets);
  let count = 0;
  assert.equal(source.drain({ packet: () => count++ }, 2), 2);
  assert.equal(count, 2);
  assert.equal(source.ended, false);
  assert.deepEqual((await drainAll(source)).packets, [
    { bytes: [...payload(3)], wireLength: 3, sec: 3, nsec: 30, linkType: 1 },
  ]);
  assert.deepEqual(source.stats(), { packets: 3, dropped: 0, notes: [] });
});
