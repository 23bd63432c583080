/**
 * Whatever part of a recorded connection is missing (its first packets, packets in the middle, one direction), every
 * line that is printed is one of the whole capture's: no wrong pair, no wrong field.
 */
import assert from "node:assert/strict";
import { claimsOf, loadCase } from "../../tools/cases.ts";
import { seeded } from "../../tools/random.ts";
import { type Packet, replay } from "../../tools/replay.ts";
import { tcpPlace } from "../../tools/segments.ts";

const CUTS = 25;

function* parts(packets: readonly Packet[]): Generator<[string, Packet[]]> {
  const step = Math.max(1, Math.floor(packets.length / CUTS));
  for (let at = 1; at < packets.length; at += step) {
    yield [`from packet ${at}`, packets.slice(at)];
    yield [`without packet ${at}`, packets.filter((_, i) => i !== at)];
    yield [`without the packets ${at} to ${at + 4}`, packets.filter((_, i) => i < at || i > at + 4)];
  }
  const random = seeded(2);
  for (let i = 0; i < CUTS; i++) yield [`sample ${i}`, packets.filter(() => random() > 0.1)];
  for (const port of new Set(packets.map(sourcePort))) {
    yield [`only what port ${port} sent`, packets.filter((packet) => sourcePort(packet) === port)];
  }
}

function sourcePort(packet: Packet): number {
  const { header } = tcpPlace(packet)!;
  return packet.bytes[header] << 8 | packet.bytes[header + 1];
}

for (const claim of claimsOf("amqp")) {
  Deno.test(`with parts missing, ${claim} gives nothing new`, async () => {
    const { packets, rules, expected } = await loadCase("amqp", claim);
    for (const [what, rest] of parts(packets)) {
      const { lines, ledger } = replay(rest, rules);
      const known = [...expected];
      for (const line of lines) {
        const at = known.indexOf(line);
        assert.ok(at >= 0, `${what}: ${line}`);
        known.splice(at, 1);
      }
      assert.ok(ledger.of("amqp").balanced(), what);
    }
  });
}
