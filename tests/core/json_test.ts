import assert from "node:assert/strict";
import { Fragment } from "../../src/bytes/writer.ts";
import { JsonWriter } from "../../src/core/json.ts";
import { durationText, timeText } from "../../src/core/time.ts";

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

Deno.test("numbers, durations and times are written as their texts read", () => {
  const json = new JsonWriter(4);
  const numbers = [0, 9, 10, 99, 2 ** 31 - 1, 2 ** 31, 2 ** 32, Number.MAX_SAFE_INTEGER];
  for (let power = 1; power < 1e15; power *= 10) numbers.push(power - 1, power, power + 1, 7 * power);
  for (const value of numbers) {
    json.clear();
    json.number(value);
    json.duration(value);
    json.time(value % 1e9, value % 1e9);
    const time = timeText(value % 1e9, value % 1e9);
    assert.equal(new TextDecoder().decode(json.view()), `${value}"${durationText(value)}""${time}"`);
  }
});

Deno.test("a fragment is written whole, or from any of its bytes on", () => {
  const text = "0123456789 é€😀 \u007f\u0000\u0000\u0000\u0000\u0000\u0000\u0000\u0000\u0000 abcdefgh";
  const bytes = new TextEncoder().encode(text);
  for (let length = 0; length <= bytes.length; length++) {
    for (let from = 0; from <= length; from++) {
      const json = new JsonWriter(4);
      json.ascii("[");
      json.fragment(new Fragment(bytes.slice(0, length)), from);
      json.ascii("]");
      assert.deepEqual(json.view().subarray(1, -1), bytes.subarray(from, length));
    }
  }
});
