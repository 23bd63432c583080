/** Compressed connections: zlib and Zstandard, packets across compressed ones, damage, starts in the middle. */
import assert from "node:assert/strict";
import { zstdCompressSync } from "node:zlib";
import { concat, type Talk } from "../../tools/build.ts";
import {
  COMPRESS,
  compressed,
  heard,
  joined,
  letIn,
  ok,
  packet,
  PROTOCOL_41,
  query,
  result,
  said,
  u24,
  ZSTD,
} from "./wire.ts";

const long = `SELECT ${"1 + ".repeat(100)}1`;
const in2 = `QUERY ${long} > 30 rows`;
const letInCompressed = () => letIn(PROTOCOL_41 | COMPRESS);
const asked = (talk: Talk) => talk.client(compressed(0, query(long))).server(compressed(1, result(30)));

Deno.test("zlib, Zstandard and data that were not worth compressing", () => {
  const zstd = (plain: Uint8Array) => new Uint8Array(zstdCompressSync(plain));
  const talk = letIn(PROTOCOL_41 | ZSTD).client(compressed(0, query(long), zstd)).server(
    compressed(1, result(30), zstd),
  )
    .client(compressed(0, query("BEGIN"))).server(compressed(1, packet(1, ok())));
  assert.deepEqual(said(talk), [in2, "QUERY BEGIN > OK 0"]);
  assert.deepEqual(said(asked(letInCompressed())), [in2]);
});

Deno.test("not both sides can compress: they do not", () => {
  const talk = letIn(PROTOCOL_41 | COMPRESS, PROTOCOL_41).client(query("SELECT 1")).server(result(1));
  assert.deepEqual(said(talk), ["QUERY SELECT 1 > 1 rows"]);
});

Deno.test("sizes are those before compression", () => {
  const { lines } = heard(asked(letInCompressed()));
  assert.equal(lines[0].Request.Size, query(long).length);
  assert.equal(lines[0].Response.Size, result(30).length);
});

Deno.test("packets are cut anywhere between compressed ones", () => {
  const question = query(long), answer = result(30);
  for (const cut of [1, 3, 4, 5, 9, 60]) {
    const talk = letInCompressed()
      .client(compressed(0, question.subarray(0, cut))).client(compressed(1, question.subarray(cut)))
      .server(compressed(2, answer.subarray(0, cut))).server(compressed(3, answer.subarray(cut)));
    assert.deepEqual(said(talk), [in2], `cut at ${cut}`);
  }
});

Deno.test("data that are damaged, or longer than they say, cost what waited", () => {
  const frame = compressed(1, result(30));
  const damaged = frame.slice();
  damaged.fill(0xaa, 20, 30);
  const lying = frame.slice();
  lying.set(u24(60), 4); // the length before compression
  for (const wrong of [damaged, lying, concat(frame.subarray(0, 4), u24(0xffffff), frame.subarray(7))]) {
    const talk = letInCompressed().client(compressed(0, query("SELECT 0"))).server(wrong);
    const { lines, account } = heard(asked(talk));
    assert.equal(lines.length, 1);
    assert.equal(account.lost, 1);
    assert.equal(account.reasons.counts.get("a compressed packet that is damaged"), 1);
  }
});

Deno.test("a start in the middle finds out that packets are compressed", () => {
  assert.deepEqual(said(asked(joined())), [in2]);
  const short = joined().client(compressed(0, query("SELECT 1"))).server(compressed(1, result(1)));
  assert.deepEqual(said(short), ["QUERY SELECT 1 > 1 rows"]);
});

Deno.test("the data of a compressed packet whose head is missing are not taken for a plain command", () => {
  const talk = joined().client(query("SELECT 1")).server(compressed(1, packet(1, ok())));
  assert.deepEqual(said(asked(talk)), [in2]);
  const long = joined().client(query("SELECT 1")).server(compressed(1, result(30)));
  assert.deepEqual(said(asked(long)), [in2]);
});

Deno.test("a lost segment costs its pair", () => {
  const talk = asked(asked(asked(letInCompressed())));
  for (const gone of [6, 7, 8, 9]) { // the second and third command and answer
    const some = { packets: talk.packets.filter((_, i) => i !== gone) } as Talk;
    const { lines, account } = heard(some);
    assert.equal(lines.length, 2, `without packet ${gone}`);
    assert.ok(account.gaps > 0 || gone === 9);
  }
});
