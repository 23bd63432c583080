import assert from "node:assert/strict";
import { JsonWriter } from "../../src/core/json.ts";

function written(text: string): string {
  const json = new JsonWriter(4);
  json.string(text);
  return new TextDecoder().decode(json.view());
}

Deno.test("strings escape what Go's encoder escapes", () => {
  assert.equal(written('a"b\\c'), '"a\\"b\\\\c"');
  assert.equal(written("<&>"), '"\\u003c\\u0026\\u003e"');
  assert.equal(written("\u2028\u2029"), '"\\u2028\\u2029"');
  assert.equal(written("\n\r\t\b\f\u0001\u007f"), '"\\n\\r\\t\\b\\f\\u0001\u007f"');
  assert.equal(written("é€😀"), '"é€😀"');
});

Deno.test("a lone surrogate becomes U+FFFD, wherever it stands", () => {
  for (const text of ["\ud800", "a\ud800b", "\udc00\ud800", "\ud83d\ud83d\ude00"]) {
    assert.equal(JSON.parse(written(text)), text.toWellFormed());
  }
});

Deno.test("any text comes back as it was", () => {
  for (let i = 0; i < 0x3000; i += 7) {
    const text = String.fromCodePoint(i, i * 11, 0x20 + (i % 90)).toWellFormed();
    assert.equal(JSON.parse(written(text)), text);
  }
});
