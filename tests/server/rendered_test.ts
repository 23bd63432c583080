import assert from "node:assert/strict";
import { Rendered } from "../../src/server/rendered.ts";

Deno.test("a body is rendered again when three times the rendering has passed, or it is true no longer", () => {
  let now = 1000;
  let count = 0;
  const rendered = new Rendered(() => {
    now += 10;
    return `${++count}`;
  }, () => now);
  const text = () => new TextDecoder().decode(rendered.body());
  assert.equal(text(), "1");
  now += 29;
  assert.equal(text(), "1");
  now += 1;
  assert.equal(text(), "2");
  rendered.forget();
  assert.equal(text(), "3");
});
