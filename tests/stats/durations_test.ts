/** Quantiles beside exact ones. */
import assert from "node:assert/strict";
import { Durations, RELATIVE_ERROR } from "../../src/stats/durations.ts";
import { seeded } from "../tools/random.ts";

const random = seeded(11);
const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
const shapes: Record<string, () => number> = {
  even: () => random() * 1e9,
  "of two kinds": () => random() < 0.95 ? 1e5 + random() * 1e5 : 2e9 + random() * 1e9,
  "with a long tail": () => 1e5 / (1 - random()) ** 2,
  "as response times are": () => Math.exp(14 + 2 * normal()),
  "all the same": () => 1e6,
  "often nothing": () => random() < 0.5 ? 0 : random() * 1e4,
  "from nanoseconds to days": () => 10 ** (random() * 15),
};

function hold(sketch: Durations, values: readonly number[], what: string): void {
  const ordered = values.toSorted((a, b) => a - b);
  for (const q of [0, 0.001, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.999, 1]) {
    const exact = ordered[Math.max(0, Math.ceil(q * ordered.length) - 1)];
    const found = sketch.quantileNs(q);
    assert.ok(Math.abs(found - exact) <= RELATIVE_ERROR * exact + 1e-6, `${what}, q ${q}: ${found} for ${exact}`);
  }
  assert.equal(sketch.count, values.length);
  assert.equal(sketch.maxNs, ordered[ordered.length - 1]);
}

Deno.test("a quantile is within 1 % of the exact one, whatever the durations, and after they were put together", () => {
  for (const [name, draw] of Object.entries(shapes)) {
    for (const size of [1, 2, 3, 10, 1000, 50_000]) {
      const parts = [new Durations(), new Durations(), new Durations()];
      const values = Array.from({ length: size }, () => Math.trunc(draw()));
      const whole = new Durations(), merged = new Durations();
      for (const value of values) {
        whole.add(value);
        parts[Math.trunc(random() * parts.length)].add(value);
      }
      for (const part of parts) merged.merge(part);
      hold(whole, values, `${name}, ${size}`);
      hold(merged, values, `${name}, ${size}, of parts`);
      assert.ok(Math.abs(merged.totalNs - whole.totalNs) <= 1e-9 * whole.totalNs);
    }
  }
});

Deno.test("without durations there is no quantile", () => {
  const none = new Durations();
  assert.ok(Number.isNaN(none.quantileNs(0.5)) && Number.isNaN(none.maxNs));
  none.merge(new Durations());
  assert.equal(none.count, 0);
});
