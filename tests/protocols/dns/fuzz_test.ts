/** Whatever bytes come, there are only verdicts and valid JSON, and a good exchange afterwards is still found. */
import assert from "node:assert/strict";
import { dns } from "../../../src/protocols/dns/mod.ts";
import { seeded } from "../../tools/random.ts";
import { Drive } from "./drive.ts";
import {
  concat,
  framed,
  hex,
  message,
  name,
  pointer,
  query,
  record,
  response,
  soa,
  strings,
  u16,
  u32,
} from "./wire.ts";

const opt = record(".", 41, hex("000a000824a5ac9d1a2b3c4d 0008000700011800c00002 000f00020016"), { klass: 1232 });
const data: [number, Uint8Array][] = [
  [1, hex("c0000201")],
  [28, new Uint8Array(16)],
  [5, concat(strings("cdn"), pointer(12))],
  [15, concat(u16(10), pointer(12))],
  [16, strings("hello", "world")],
  [29, hex("00 33 16 13 89 17 2d d0 70 be 15 f0 00 98 8d 20")],
  [33, concat(u16(1, 2, 3), pointer(12))],
  [35, concat(u16(1, 2), strings("s", "e", "r"), pointer(12))],
  [42, hex("0001 15 03 c0a820 0002 1c 83 c0a826")],
  [46, concat(u16(1), hex("0503"), u32(1, 2, 3), u16(4), pointer(12), hex("a0a1a2"))],
  [47, concat(pointer(12), hex("0006 400100000003 0101 80"))],
  [50, concat(hex("0101 000c 02 aabb 05 0102030405 0001 40"))],
  [65, concat(u16(1), hex("00 0001 0006 02 6832 02 6833 0004 0004 c0000201 0005 0002 0102 0006 0001 ff"))],
  [250, concat(name("hmac."), new Uint8Array(8), u16(2, 7, 1, 0, 0))],
  [257, concat(hex("00"), strings("issue"), hex("6361"))],
];
const seeds = [
  query(1, "www.example.", 1, { additional: [opt] }),
  response(1, "www.example.", 1, {
    answers: data.map(([type, bytes]) => record(pointer(12), type, bytes)),
    authority: [soa("example.", 1)],
    additional: [opt],
  }),
  response(1, "www.example.", 252, { answers: [soa("example.", 1), record(pointer(12), 1, hex("c0000201"))] }),
  query(1, "www.example.", 251, { authority: [soa("example.", 1)] }),
  message({ id: 0, flags: 0x3000 }),
];

/** A seed with some bytes changed, a part cut out or repeated, or its end cut off. */
function mutated(random: () => number): Uint8Array {
  const below = (n: number) => Math.floor(random() * n);
  let bytes = seeds[below(seeds.length)].slice();
  for (let i = below(4); i >= 0; i--) {
    const at = below(bytes.length), length = below(12);
    const kind = below(5);
    if (kind === 0) bytes[at] = below(256);
    else if (kind === 1) bytes[at] ^= 1 << below(8);
    else if (kind === 2) bytes = concat(bytes.subarray(0, at), bytes.subarray(at + length)).slice();
    else if (kind === 3) bytes = concat(bytes.subarray(0, at + length), bytes.subarray(at)).slice();
    else if (random() < 0.3) bytes = bytes.slice(0, at);
    if (bytes.length === 0) bytes = new Uint8Array(1);
  }
  return bytes;
}

function afterwards(drive: Drive, transport: "udp" | "tcp"): void {
  const before = drive.answered.length;
  const messages = [query(777, "after.", 1), response(777, "after.", 1)];
  for (const side of [0, 1] as const) drive.send(side, transport === "udp" ? messages[side] : framed(messages[side]));
  assert.equal(drive.answered.length, before + 1);
  drive.close();
  for (const line of drive.lines()) JSON.parse(line);
  for (const roundTrip of [...drive.answered, ...drive.unanswered]) {
    assert.equal(typeof dns.asked(roundTrip, { showSecrets: false }), "string");
    assert.ok(Array.isArray(dns.span(roundTrip, { showSecrets: false }).attributes));
  }
  drive.asked();
}

Deno.test("mutated datagrams", () => {
  const random = seeded(53);
  for (let round = 0; round < 400; round++) {
    const drive = new Drive("udp");
    for (let i = 0; i < 20; i++) drive.send(random() < 0.5 ? 0 : 1, mutated(random));
    for (const bytes of [mutated(random), mutated(random)]) {
      for (const side of [0, 1] as const) dns.probe(side, bytes, 0, bytes.length);
    }
    afterwards(drive, "udp");
  }
});

Deno.test("mutated streams, in pieces, with gaps", () => {
  const random = seeded(7766);
  for (let round = 0; round < 400; round++) {
    const drive = new Drive("tcp", { sawStart: random() < 0.5 });
    for (let i = 0; i < 20; i++) {
      const side = random() < 0.5 ? 0 : 1;
      const stream = framed(mutated(random), mutated(random));
      const cut = 1 + Math.floor(random() * (stream.length - 1));
      if (random() < 0.5) drive.pieces(side, stream, cut);
      else drive.send(side, stream.subarray(0, cut), random() < 0.5);
      if (random() < 0.2) drive.gap(side, Math.floor(random() * 100));
    }
    // A gap without a boundary: what follows must be found again.
    drive.gap(0, 70_000).gap(1, 70_000);
    afterwards(drive, "tcp");
  }
});
