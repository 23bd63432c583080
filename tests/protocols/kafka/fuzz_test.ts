/** Whatever bytes come, there are only verdicts and valid JSON, and a good exchange afterwards is still found. */
import assert from "node:assert/strict";
import { kafka } from "../../../src/protocols/kafka/mod.ts";
import { concat } from "../../tools/build.ts";
import { claimsOf, loadCase } from "../../tools/cases.ts";
import { seeded } from "../../tools/random.ts";
import { type Packet, replay } from "../../tools/replay.ts";
import { tcpPlace } from "../../tools/segments.ts";
import { Drive, Shared } from "./drive.ts";
import {
  fetchAnswer,
  fetchById,
  heartbeat,
  heartbeatAnswer,
  i16,
  i32,
  metadata,
  metadataAnswer,
  produce,
  request,
  response,
  str,
  topicId,
} from "./wire.ts";

const seeds = [
  heartbeat(1),
  heartbeatAnswer(1, 27),
  produce(2, 1, "topic", new Uint8Array(40)),
  response(2, i32(1), str("topic"), i32(1), i32(0), i16(3), new Uint8Array(16), i32(0)),
  metadata(3, "topic"),
  metadataAnswer(3, "topic", topicId(3)),
  fetchById(4, topicId(3)),
  fetchAnswer(4),
  request(17, 0, 5, "client", str("PLAIN")),
  response(5, i16(0), i32(1), str("PLAIN")),
];

/** A seed with some bytes changed, a part cut out or repeated, or its end cut off. */
function mutated(random: () => number): Uint8Array {
  const below = (n: number) => Math.floor(random() * n);
  let bytes = seeds[below(seeds.length)].slice();
  for (let i = below(4); i > 0; i--) {
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

Deno.test("mutated messages, in pieces, with gaps", () => {
  const random = seeded(9092);
  for (let round = 0; round < 600; round++) {
    const drive = new Drive(new Shared(), random() < 0.5);
    for (let i = 0; i < 30 && drive.verdict === 0; i++) {
      const side = random() < 0.5 ? 0 : 1;
      const stream = concat(mutated(random), mutated(random));
      const cut = 1 + Math.floor(random() * (stream.length - 1));
      drive.send(side, stream.subarray(0, cut), random() < 0.5);
      if (drive.verdict === 0 && random() < 0.7) drive.send(side, stream.subarray(cut), false);
      if (drive.verdict === 0 && random() < 0.2) drive.gap(side, Math.floor(random() * 100));
    }
    if (drive.verdict === 0) {
      // A gap longer than any message: what follows must be found again.
      const before = drive.shared.answered.length;
      drive.gap(0, 2 ** 31).gap(1, 2 ** 31);
      drive.client(heartbeat(777)).server(heartbeatAnswer(777));
      assert.equal(drive.shared.answered.length, before + 1, `round ${round}`);
    }
    drive.close();
    for (const line of drive.lines()) JSON.parse(line);
    drive.asked();
    for (const roundTrip of [...drive.shared.answered, ...drive.shared.unanswered]) {
      kafka.asked(roundTrip, { showSecrets: false });
      assert.ok(Array.isArray(kafka.span(roundTrip, { showSecrets: false }).attributes));
    }
    for (const side of [0, 1] as const) {
      const bytes = mutated(random);
      kafka.probe(side, bytes, 0, bytes.length);
    }
  }
});

Deno.test("recorded packets with bytes changed", async () => {
  const random = seeded(19092);
  for (const claim of claimsOf("kafka")) {
    const { packets, rules } = await loadCase("kafka", claim);
    for (let round = 0; round < 10; round++) {
      const changed: Packet[] = packets.map((packet) => {
        const place = tcpPlace(packet);
        if (place === undefined || place.payload >= place.end || random() > 0.1) return packet;
        const bytes = packet.bytes.slice();
        for (let i = 0; i < 3; i++) {
          const span = random() < 0.5 ? Math.min(24, place.end - place.payload) : place.end - place.payload;
          bytes[place.payload + Math.floor(random() * span)] = Math.floor(random() * 256);
        }
        return { ...packet, bytes };
      });
      const { lines, ledger } = replay(changed, rules);
      for (const line of lines) JSON.parse(line);
      assert.ok(ledger.of("kafka").balanced() && ledger.of("kafka").pending === 0);
    }
  }
});

Deno.test("the work grows with the bytes, not with what they claim", () => {
  // Arrays of two thousand million elements, of which none is there; and as many tagged fields.
  for (const body of [concat(i32(-1), i32(0x7fffffff)), concat(i32(0x7fffffff), i32(0x7fffffff))]) {
    const drive = new Drive();
    for (let id = 1; id < 2000; id++) drive.client(request(4, 0, id, "c", body, body, body), false);
    drive.client(heartbeat(1)).server(heartbeatAnswer(1)).close();
    assert.equal(drive.lines().length, 1);
  }
  // A client id of 32 KB and a group as long, byte by byte: each byte is looked at a bounded number of times.
  const drive = new Drive();
  const message = request(12, 0, 1, "c".repeat(32767), str("g".repeat(32767)), i32(1), str("m"));
  for (let at = 0; at < message.length; at++) drive.client(message.subarray(at, at + 1), at === 0);
  drive.server(heartbeatAnswer(1)).close();
  assert.equal(drive.lines().length, 1);
});
