/** The tree finds exactly what was put into it and not taken out. */
import assert from "node:assert/strict";
import { LabelTree } from "../../src/process/label_tree.ts";
import { seeded } from "../tools/random.ts";

for (const depth of [0, 1, 3]) {
  Deno.test(`${depth} labels: adding, finding and deleting agree with a map, and nothing is left at the end`, () => {
    const random = seeded(depth + 1);
    const tree = new LabelTree<{ key: string }>(depth);
    const model = new Map<string, { key: string }>();
    // The empty value, and values that are the same on different levels, are what a tree may confuse.
    const pick = () => Array.from({ length: depth }, () => ["", "a", "b", "ab", "_other"][Math.trunc(random() * 5)]);
    for (let i = 0; i < 5000; i++) {
      const values = pick();
      const key = JSON.stringify(values);
      assert.equal(tree.find(values), model.get(key));
      if (!model.has(key)) {
        const item = { key };
        tree.add(values, item);
        model.set(key, item);
      } else if (random() < 0.7) {
        tree.delete(values);
        model.delete(key);
      }
      assert.equal(tree.isEmpty, model.size === 0);
    }
    for (const key of model.keys()) tree.delete(JSON.parse(key));
    assert.ok(tree.isEmpty);
  });
}
