/** A row is outside when none of its pairs lies within the envelope that was measured before. */
import assert from "node:assert/strict";
import { check } from "../../bench/baseline.ts";
import type { Row, Spread } from "../../bench/table.ts";

const known = { "hot/x: fast": { ratio: 1, spread: [0.9, 1.2] as Spread } };

function row(name: string, ratio: number, spread?: Spread): Row {
  return { group: "hot/x", name, figure: "", ratio, rival: "", ...(spread === undefined ? {} : { spread }) };
}

Deno.test("a row whose pairs reach into the envelope is within it", () => {
  assert.deepEqual(check([row("fast", 1.3, [1.1, 1.5])], known), { outside: [], unknown: [] });
});

Deno.test("a row all above, or all below, is named with its ratio and the envelope", () => {
  const { outside } = check([row("fast", 1.5, [1.3, 1.7]), row("fast", 0.5, [0.4, 0.8])], known);
  assert.deepEqual(outside, [
    "hot/x: fast: 1.50 is above its envelope, 0.90 to 1.20",
    "hot/x: fast: 0.50 is below its envelope, 0.90 to 1.20",
  ]);
});

Deno.test("new rows are named, and what was measured once, or not at all, is not held to anything", () => {
  const rows = [row("new", 1, [1, 1]), row("once", 1), row("skipped", NaN)];
  assert.deepEqual(check(rows, known), { outside: [], unknown: ["hot/x: new"] });
});
