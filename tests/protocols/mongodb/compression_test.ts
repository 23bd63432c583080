/** OP_COMPRESSED: every compressor, in pieces of any size, and what is wrong with some. */
import assert from "node:assert/strict";
import { deflateSync, zstdCompressSync } from "node:zlib";
import { concat, Talk } from "../../tools/build.ts";
import { seeded } from "../../tools/random.ts";
import { replay } from "../../tools/replay.ts";
import { compressed, document, heard, i32, message, msg, ok, ping, request, rules, sequence, short } from "./wire.ts";

const talk = (port?: number) => new Talk(27017, port).handshake();
const inside = (plain: Uint8Array) => plain.subarray(16);

/**
 * Snappy's block format, after format_description.txt: literals of up to 64 KB, and copies of what came `distance`
 * bytes before where that is the same.
 */
function snappy(data: Uint8Array, distance = 0): Uint8Array {
  const parts: Uint8Array[] = [];
  for (let rest = data.length;; rest = rest >>> 7) {
    parts.push(new Uint8Array([rest < 128 ? rest : (rest & 127) | 128]));
    if (rest < 128) break;
  }
  const flush = (from: number, to: number) => {
    for (let at = from; at < to; at += 65536) {
      const length = Math.min(65536, to - at);
      const tag = length <= 60 ? [(length - 1) << 2] : [61 << 2, (length - 1) & 255, (length - 1) >> 8];
      parts.push(new Uint8Array(tag), data.subarray(at, at + length));
    }
  };
  let literal = 0;
  for (let at = 0; at < data.length;) {
    let same = 0;
    while (
      distance > 0 && at >= distance && same < 64 && at + same < data.length &&
      data[at + same] === data[at + same - distance]
    ) same++;
    if (same < 4) at++;
    else {
      flush(literal, at);
      const near = same < 12 && distance < 2048;
      parts.push(
        near
          ? new Uint8Array([1 | ((same - 4) << 2) | ((distance >> 8) << 5), distance & 255])
          : new Uint8Array([2 | ((same - 1) << 2), distance & 255, distance >> 8]),
      );
      literal = at += same;
    }
  }
  flush(literal, data.length);
  return concat(...parts);
}

const compressors: [string, number, (data: Uint8Array) => Uint8Array][] = [
  ["noop", 0, (data) => data],
  ["snappy", 1, (data) => snappy(data)],
  ["snappy with copies", 1, (data) => snappy(data, 7)],
  ["zlib", 2, (data) => deflateSync(data)],
  ["zstd", 3, (data) => zstdCompressSync(data)],
];

for (const [name, id, compress] of compressors) {
  const pack = (plain: Uint8Array) => compressed(plain, id, compress(inside(plain)));

  Deno.test(`${name}: requests, replies and errors are read as plain ones`, () => {
    const insert = message(
      2013,
      3,
      0,
      i32(0),
      sequence("documents", document({ text: "abcdefg".repeat(30) })),
      new Uint8Array(1),
      document({ insert: "c", $db: "d" }),
    );
    const { lines, ledger } = heard(
      talk().client(concat(pack(ping(1)), pack(insert), pack(request(4, { find: "c", $db: "d" }, 2))))
        .server(concat(pack(ok(1)), pack(msg(9, 3, { ok: 0, code: 11000 })))),
    );
    assert.deepEqual(short(lines), ["ping admin. > 1 0 OK", "insert d.c > 0 11000 DuplicateKey"]);
    assert.deepEqual([lines[0].Request.OpCode, lines[0].Response.OpCode], ["COMPRESSED", "COMPRESSED"]);
    assert.equal(lines[1].Request.Size, pack(insert).length);
    assert.deepEqual([ledger.oneWay, ledger.reasons.counts.size], [1, 0]);
  });

  Deno.test(`${name}: what stands behind megabytes is found`, () => {
    const random = seeded(3);
    const data = new Uint8Array(1_500_000).map((_, i) => i % 5000 < 3000 ? random() * 256 : 65);
    const command = request(1, { insert: "c", documents: [{ data }], $db: "d" });
    const answer = msg(9, 1, { cursor: { firstBatch: [{ data, ok: 0 }], id: 0n }, ok: 0, code: 96 });
    const conversation = talk();
    for (const part of pieces(pack(command), 60000)) conversation.client(part);
    for (const part of pieces(pack(answer), 1447)) conversation.server(part);
    const { lines, ledger } = replay(conversation.packets, rules);
    assert.deepEqual(short(lines.map((line) => JSON.parse(line))), ["insert d.c > 0 96 OperationFailed"]);
    assert.equal(ledger.of("mongodb").reasons.counts.size, 0);
  });

  Deno.test(`${name}: damage leaves a pair whose fields are unknown, and the next is whole`, () => {
    const damaged = pack(request(1, { find: "c", text: "x".repeat(500), $db: "d" }));
    damaged.fill(0xff, 30);
    const { lines, ledger } = heard(
      talk().client(damaged).server(ok(1)).client(pack(ping(2))).server(pack(ok(2))),
    );
    assert.deepEqual(short(lines), ["<unknown> <unknown>.<unknown> > 1 0 OK", "ping admin. > 1 0 OK"]);
    assert.equal([...ledger.reasons.counts.values()].reduce((sum, count) => sum + count, 0), 1);
  });
}

function pieces(bytes: Uint8Array, size: number): Uint8Array[] {
  return Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) => bytes.subarray(i * size, (i + 1) * size));
}

Deno.test("snappy copies from 64 KB back, across the window's end", () => {
  const data = new Uint8Array(400_000);
  const random = seeded(9);
  for (let i = 0; i < data.length; i++) data[i] = i < 65535 || i % 700 < 50 ? random() * 256 : data[i - 65535];
  const plain = msg(9, 1, { cursor: { firstBatch: [{ data }] }, ok: 0, code: 43 });
  const packed = snappy(inside(plain), 65535);
  assert.ok(packed.length < 200_000);
  const conversation = talk().client(ping(1));
  for (const part of pieces(compressed(plain, 1, packed), 50_000)) conversation.server(part);
  const { lines } = replay(conversation.packets, rules);
  assert.deepEqual(short(lines.map((line) => JSON.parse(line))), ["ping admin. > 0 43 CursorNotFound"]);
});

Deno.test("wrong compressors, opcodes and lengths are counted", () => {
  const plain = ping(1);
  const wrong: [Uint8Array, string][] = [
    [compressed(plain, 4, inside(plain)), "compressor is not known"],
    [compressed(plain, 0, inside(plain), 10), "compressed message is longer than it says"],
    [compressed(plain, 0, inside(plain), -1), "compressed message with a wrong opcode or length"],
    [compressed(plain, 0, inside(plain), 0x7fffffff), "compressed message with a wrong opcode or length"],
    [
      compressed(compressed(plain, 0, inside(plain)), 0, inside(plain)),
      "compressed message with a wrong opcode or length",
    ],
    [compressed(plain, 0, inside(plain).subarray(0, 20)), "message ends before its content"],
    [compressed(plain, 2, new Uint8Array(0)), "message ends before its content"],
    [message(2012, 1, 0, i32(2013)), "message ends before its content"],
    [compressed(message(1, 1, 0, new Uint8Array(40)), 0, new Uint8Array(40)), "message contradicts its protocol"],
  ];
  for (const [bytes, reason] of wrong) {
    const { lines, ledger } = heard(talk().client(bytes).server(ok(1)).client(ping(2)).server(ok(2)));
    assert.equal(short(lines).at(-1), "ping admin. > 1 0 OK");
    assert.equal(lines.length, 2);
    assert.deepEqual([...ledger.reasons.counts], [[reason, 1]]);
  }
});

Deno.test("a message that unpacks to far more than it says is given up early", () => {
  const bomb = deflateSync(new Uint8Array(100_000_000));
  const start = inside(request(1, { insert: "c" })).slice(0, -1);
  const { lines, ledger } = heard(
    talk().client(compressed(ping(1), 2, concat(deflateSync(start).subarray(0, 0), bomb), 1000)).server(ok(1)),
  );
  assert.equal(lines[0].Request.CmdName, "<unknown>");
  assert.equal(ledger.reasons.counts.size, 1);
});

Deno.test("a Zstandard frame that asks for a window of a gigabyte is refused", () => {
  // RFC 8878, 3.1.1: magic number, frame header descriptor, window descriptor (2^30), a block
  const frame = new Uint8Array([0x28, 0xb5, 0x2f, 0xfd, 0x00, 20 << 3, 0x01, 0x00, 0x00]);
  const { lines, ledger } = heard(talk().client(compressed(ping(1), 3, frame, 1000)).server(ok(1)));
  assert.equal(lines[0].Request.CmdName, "<unknown>");
  assert.deepEqual([...ledger.reasons.counts], [["compressed message is damaged", 1]]);
});

Deno.test("what the decoders of many connections hold has a ceiling, and is given back", () => {
  const plain = request(1, { insert: "c", data: new Uint8Array(2_000_000).map((_, i) => i * i), $db: "d" });
  const packed = compressed(plain, 3, zstdCompressSync(inside(plain)));
  const talks = Array.from({ length: 20 }, (_, i) => talk(41000 + i).client(packed.subarray(0, 100)));
  const first = talks.flatMap(({ packets }) => packets.slice());
  for (const one of talks) one.client(packed.subarray(100)).server(ok(1));
  const rest = talks.flatMap(({ packets }) => packets.slice(4));
  const { lines, ledger } = replay([...first, ...rest], rules);
  const unknown = lines.filter((line) => JSON.parse(line).Request.Source !== "d").length;
  assert.equal(lines.length, 20);
  assert.deepEqual([...ledger.of("mongodb").reasons.counts], [["too many compressed messages at once", 5]]);
  assert.equal(unknown, 5);
  assert.equal(replay(talk().client(packed).server(ok(1)).packets, rules).ledger.of("mongodb").reasons.counts.size, 0);
});
