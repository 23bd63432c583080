import assert from "node:assert/strict";
import type { PacketSource } from "../../src/core/packet.ts";
import { captureAll } from "../../src/lane/capture_loop.ts";
import { Stop } from "../../src/lane/stop.ts";

/** A source that brings so many packets each time it is asked, and writes down when it is waited for. */
function source(brings: number[], done: string[], fill?: number): PacketSource {
  return {
    name: "test",
    fill,
    get ended() {
      return brings.length === 0;
    },
    drain() {
      const count = brings.shift()!;
      done.push(`drain ${count}`);
      return count;
    },
    wait: () => void done.push("wait"),
    stats: () => ({ packets: 0, dropped: 0, notes: [] }),
    close() {},
  };
}

async function captured(brings: number[], fill?: number): Promise<string[]> {
  const done: string[] = [];
  await captureAll([source(brings, done, fill)], { packet() {} }, new Stop(), 0, () => {});
  return done;
}

Deno.test("a ring that has just brought packets is asked again before it is waited for", async () => {
  assert.deepEqual(await captured([5, 0, 5, 0, 0, 5, 0, 0], 0), [
    ...["drain 5", "drain 0"],
    ...["drain 5", "drain 0", "drain 0", "wait"],
    ...["drain 5", "drain 0", "drain 0"],
  ]);
});

Deno.test("whatever comes through the event loop is waited for at once", async () => {
  assert.deepEqual(await captured([5, 0, 5]), ["drain 5", "drain 0", "wait", "drain 5"]);
});
