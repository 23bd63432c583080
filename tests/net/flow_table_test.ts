import assert from "node:assert/strict";
import { FlowTable } from "../../src/net/flow_table.ts";
import { seeded } from "../tools/random.ts";

/** 4 bytes source, 4 bytes destination, 2 + 2 bytes ports */
function key(a: number, b: number, sourcePort: number, destinationPort: number): Uint8Array {
  const bytes = new Uint8Array(12);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, a);
  view.setUint32(4, b);
  view.setUint16(8, sourcePort);
  view.setUint16(10, destinationPort);
  return bytes;
}

Deno.test("both directions find the same flow, and tell which one they are", () => {
  const table = new FlowTable(1, 1);
  assert.equal(table.find(key(1, 2, 10, 20), 0, 4, 8), -1);
  table.insert(7);
  assert.equal(table.find(key(1, 2, 10, 20), 0, 4, 8), 7);
  const forth = table.direction;
  assert.equal(table.find(key(2, 1, 20, 10), 0, 4, 8), 7);
  assert.notEqual(table.direction, forth);
  assert.equal(table.find(key(1, 2, 20, 10), 0, 4, 8), -1, "ports belong to their addresses");
});

Deno.test("thousands of flows come and go and each is found while it is there", () => {
  const table = new FlowTable(1, 1, 16);
  const random = seeded(2);
  const live = new Map<number, Uint8Array>();
  for (let i = 0; i < 20_000; i++) {
    const bytes = key(random() * 50, random() * 50, random() * 200, random() * 200);
    const known = table.find(bytes, 0, 4, 8);
    if (known < 0) {
      table.insert(i);
      live.set(i, bytes);
    }
    if (i % 50 === 0) {
      table.sweep(table.capacity, (flow) => {
        if (random() < 0.7) return false;
        live.delete(flow);
        return true;
      });
      for (const [flow, at] of live) assert.equal(table.find(at, 0, 4, 8), flow);
      assert.equal(table.size, live.size);
    }
  }
});
