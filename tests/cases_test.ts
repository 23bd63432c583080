/**
 * Every recorded case gives its expected lines: whole, with every segment cut into single bytes, and with the segments
 * cut in two at every index (all of them in captures up to 8 KB of payload, else a seeded sample).
 */
import assert from "node:assert/strict";
import type { Ledger } from "../src/core/ledger.ts";
import { protocols } from "../src/protocols/mod.ts";
import { claimsOf, loadCase, recordedProtocols } from "./tools/cases.ts";
import { seeded } from "./tools/random.ts";
import { countedAlone, type Packet, replay } from "./tools/replay.ts";
import { byteByByte, cut, tcpPlace } from "./tools/segments.ts";

const ALL_INDICES_BYTES = 8192;
const SAMPLE = 100;
function assertBalanced(ledger: Ledger): void {
  for (const account of ledger.protocols.values()) {
    assert.ok(account.balanced(), `the account of ${account.protocol} does not add up: ${JSON.stringify(account)}`);
    assert.equal(account.pending, 0, "something is still pending at the end");
  }
}

function assertSame(found: { lines: string[]; ledger: Ledger }, expected: string[], how: string): void {
  assert.deepEqual(found.lines, expected, how);
  assertBalanced(found.ledger);
}

/** The offsets at which segments are cut: every one up to the longest segment, or a sample of them. */
function offsets(packets: readonly Packet[]): number[] {
  const lengths = packets.map((packet) => {
    const place = tcpPlace(packet);
    return place === undefined ? 0 : place.end - place.payload;
  });
  const longest = Math.max(0, ...lengths);
  const all = Array.from({ length: Math.max(0, longest - 1) }, (_, i) => i + 1);
  if (lengths.reduce((sum, length) => sum + length, 0) <= ALL_INDICES_BYTES) return all;
  const random = seeded(1);
  return all.filter((offset) => offset < SAMPLE / 4 || random() < SAMPLE / all.length).slice(0, SAMPLE);
}

/** All segments that are long enough, cut in two at the same offset. */
function cutAt(packets: readonly Packet[], offset: number): Packet[] {
  return packets.flatMap((packet) => {
    const place = tcpPlace(packet);
    return place === undefined || place.end - place.payload <= offset ? [packet] : cut(packet, place, [offset]);
  });
}

for (const { name } of protocols) {
  Deno.test(`${name} has recorded cases`, () => assert.ok(claimsOf(name).length > 0));
}

for (const protocol of recordedProtocols()) {
  for (const claim of claimsOf(protocol)) {
    Deno.test(`case ${protocol}/${claim}`, async (t) => {
      const { packets, rules, expected } = await loadCase(protocol, claim);
      await t.step("whole", () => assertSame(replay(packets, rules), expected, "whole"));
      await t.step("counted alone, when nobody asks for text", () => {
        const counts = (ledger: Ledger) =>
          [...ledger.protocols.values()].map(({ requests, paired }) => [requests, paired]);
        assert.deepEqual(counts(countedAlone(packets, rules)), counts(replay(packets, rules).ledger));
      });
      await t.step("byte by byte", () => assertSame(replay(byteByByte(packets), rules), expected, "byte by byte"));
      await t.step("cut in two at every index", () => {
        for (const offset of offsets(packets)) {
          assertSame(replay(cutAt(packets, offset), rules), expected, `every segment cut at ${offset}`);
        }
      });
    });
  }
}
