/** The picture of a terminal: text at its column, reversed and bold text, sparklines, and what it refuses. */
import assert from "node:assert/strict";
import { svgOf } from "./svg.ts";

const shapesOf = (text: string) => svgOf(text, 10, 2).split("\n").filter((line) => /^<(text|rect) x=/.test(line));

Deno.test("words stand at their columns, escaped, and a look lasts over the end of a line", () => {
  assert.deepEqual(shapesOf("a b  <c>\x1b[1m\nd\x1b[0m"), [
    '<text x="12" y="26.25" textLength="27" fill="#d8dee9">a b</text>',
    '<text x="57" y="26.25" textLength="27" fill="#d8dee9">&lt;c&gt;</text>',
    '<text x="12" y="45.25" textLength="9" fill="#ffffff" class="bold">d</text>',
  ]);
});

Deno.test("reversed text stands on its own ground; blocks fill their place from below", () => {
  assert.deepEqual(shapesOf("\x1b[7mx\x1b[27m\u2584\u2588"), [
    '<rect x="12" y="12" width="9" height="19" fill="#d8dee9"/>',
    '<text x="12" y="26.25" textLength="9" fill="#1d2129">x</text>',
    '<rect x="21" y="22.5" width="9" height="8.5" fill="#d8dee9"/>',
    '<rect x="30" y="14" width="9" height="17" fill="#d8dee9"/>',
  ]);
});

Deno.test("what it cannot draw is an error, not another picture", () => {
  for (const sequence of ["\x1b[31m", "\x1b[2J", "\x1b(0"]) {
    assert.throws(() => svgOf(sequence, 10, 2), /escape sequence/);
  }
});
