/** What was made before is found again, and nothing else is. */
import assert from "node:assert/strict";
import {
  nameEndpoint,
  nameTemplate,
  pathEndpoint,
  pathTemplate,
  sqlFingerprint,
} from "../../../src/process/fingerprint/mod.ts";
import { Interned, LONGEST } from "../../../src/process/fingerprint/interned.ts";
import { Lately } from "../../../src/process/fingerprint/lately.ts";
import { seeded } from "../../tools/random.ts";

function write(table: Interned, text: string): number {
  for (let i = 0; i < text.length; i++) table.units[i] = text.charCodeAt(i);
  return text.length;
}

Deno.test("a key finds its own text only, also where one begins another or ends with zeros", () => {
  const table = new Interned();
  const keys = ["", "\0", "\0\0", "a", "a\0", "ab", "ab\0", "abc", "abcd", "x".repeat(LONGEST)];
  for (const key of keys) {
    const length = write(table, key);
    assert.equal(table.find(length), undefined, JSON.stringify(key));
    table.keep(length, `text of ${key}`);
  }
  for (const key of keys) assert.equal(table.find(write(table, key)), `text of ${key}`, JSON.stringify(key));
});

Deno.test("a key that is too long is neither kept nor found", () => {
  const table = new Interned();
  const length = write(table, "x".repeat(LONGEST + 1));
  assert.equal(table.find(length), undefined);
  assert.equal(table.keep(length, "made"), "made");
  assert.equal(table.find(length), undefined);
});

Deno.test("what came lately is told apart by text and kind", () => {
  const lately = new Lately();
  assert.equal(lately.get("", ""), undefined);
  assert.equal(lately.keep("GET", "/a", "one"), "one");
  assert.equal(lately.get("GET", "/a"), "one");
  assert.equal(lately.get("POST", "/a"), undefined);
  assert.equal(lately.get("GET", "/b"), undefined);
  lately.keep("GET", "x".repeat(1025), "long");
  assert.equal(lately.get("GET", "x".repeat(1025)), undefined);
});

Deno.test("an endpoint is the word and the template, whatever was asked for before", () => {
  const random = seeded(11);
  const pieces = [
    ..."//////-_.~:,+=@;{} 'é\0",
    ..."users api v1 v1.2-rc1 42 7 {id} {id}.pdf a@b.de deadbeef deadbee1 decade 0x9f8e7d6c 2024-01-31 a1b2c3d4".split(
      " ",
    ),
    "123e4567-e89b-12d3-a456-426614174000",
    "index.html",
    ";jsessionid=12",
    "…",
    "x".repeat(33),
    "x".repeat(65),
    "9".repeat(70),
  ];
  for (let i = 0; i < 50_000; i++) {
    let path = "";
    for (let n = random() * (i % 9 === 0 ? 40 : 9); n > 0; n--) path += pieces[Math.floor(random() * pieces.length)];
    const method = ["", "GET", "POST", "M".repeat(65)][i & 3];
    assert.equal(pathEndpoint(method, path), `${method} ${pathTemplate(path)}`.trimEnd(), path);
    assert.equal(nameEndpoint(method, path), `${method} ${nameTemplate(path)}`.trimEnd(), path);
  }
});

Deno.test("statements of the same tokens share a fingerprint, made or found", () => {
  const random = seeded(12);
  const pieces = [
    ..."()[],;*-+=.",
    ...'select from "b" "a" t1 t2 is null not in values savepoint s1 A a'.split(" "),
    '"a b"',
    "?",
    "?",
  ];
  const constants = ["1", "-2.5", "'x'", "'it''s'", "1e-5", "0x1f", "/* c */ 7", "$1"];
  const expected = new Map<string, string>();
  for (let round = 0; round < 2; round++) {
    const shapes = seeded(13);
    for (let i = 0; i < 20_000; i++) {
      let shape = "";
      for (let n = shapes() * 8; n > 0; n--) shape += ` ${pieces[Math.floor(shapes() * pieces.length)]}`;
      const sql = shape.replaceAll("?", () => constants[Math.floor(random() * constants.length)].replace("-", ""));
      const fingerprint = sqlFingerprint(sql, "postgresql");
      const before = expected.get(shape);
      if (before === undefined) expected.set(shape, fingerprint);
      else assert.equal(fingerprint, before, sql);
    }
  }
});
