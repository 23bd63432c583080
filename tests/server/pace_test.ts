import assert from "node:assert/strict";
import { Pace } from "../../src/server/pace.ts";

Deno.test("after each piece the thread has three times as long for others, and pieces take turns", async () => {
  let now = 1000;
  const slept: number[] = [];
  const pace = new Pace(() => now, (ms) => {
    slept.push(ms);
    now += ms;
    return Promise.resolve();
  });
  const piece = (ms: number) => () => now += ms;
  assert.equal(await pace.turn(piece(10)), 1010);
  assert.deepEqual(await Promise.all([pace.turn(piece(1)), pace.turn(piece(1))]), [1041, 1045]);
  assert.deepEqual(slept, [30, 3]);
  now += 100;
  await pace.turn(piece(0.5));
  await pace.turn(piece(0.5));
  assert.deepEqual(slept, [30, 3], "what is not worth a timer adds up");
  await pace.turn(piece(0));
  assert.deepEqual(slept, [30, 3, 2.5]);
});

Deno.test("a piece that cannot be rendered keeps nobody else from his turn", async () => {
  const pace = new Pace();
  await assert.rejects(pace.turn(() => assert.fail("broken")));
  assert.equal(await pace.turn(() => 1), 1);
});
