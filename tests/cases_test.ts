/**
 * Every recorded case gives its expected lines: whole, with every segment cut into single bytes, and with each
 * segment cut in two at every index (all of them in captures up to 8 KB of payload, else a seeded sample).
 */
import assert from "node:assert/strict";
import type { Ledger } from "../src/core/ledger.ts";
import { protocols } from "../src/protocols/mod.ts";
import { claimsOf, loadCase, recordedProtocols } from "./tools/cases.ts";
import { seeded } from "./tools/random.ts";
import { type Packet, replay } from "./tools/replay.ts";
import { byteByByte, cut, tcpPlace } from "./tools/segments.ts";

const ALL_INDICES_BYTES = 8192;
const SAMPLE = 300;
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

/** Every way to cut one segment in two, or a sample of them. */
function* splits(packets: readonly Packet[]): Generator<{ packet: number; offset: number }> {
  const lengths = packets.map((packet) => {
    const place = tcpPlace(packet);
    return place === undefined ? 0 : Math.max(0, place.end - place.payload - 1);
  });
  const total = lengths.reduce((sum, length) => sum + length, 0);
  const share = total <= ALL_INDICES_BYTES ? 1 : SAMPLE / total;
  const random = seeded(1);
  for (const [packet, length] of lengths.entries()) {
    for (let offset = 1; offset <= length; offset++) if (share === 1 || random() < share) yield { packet, offset };
  }
}

for (const { name } of protocols) {
  Deno.test(`${name} has recorded cases`, () => assert.ok(claimsOf(name).length > 0));
}

for (const protocol of recordedProtocols()) {
  for (const claim of claimsOf(protocol)) {
    Deno.test(`case ${protocol}/${claim}`, async (t) => {
      const { packets, rules, expected } = await loadCase(protocol, claim);
      await t.step("whole", () => assertSame(replay(packets, rules), expected, "whole"));
      await t.step("byte by byte", () => assertSame(replay(byteByByte(packets), rules), expected, "byte by byte"));
      await t.step("cut in two at every index", () => {
        for (const { packet, offset } of splits(packets)) {
          const pieces = cut(packets[packet], tcpPlace(packets[packet])!, [offset]);
          const changed = [...packets.slice(0, packet), ...pieces, ...packets.slice(packet + 1)];
          assertSame(replay(changed, rules), expected, `packet ${packet} cut at ${offset}`);
        }
      });
    });
  }
}
