/** What is missing from a capture is unknown in the lines, or makes them fewer; it never makes a wrong one. */
import assert from "node:assert/strict";
import { type Case, claimsOf, loadCase } from "../../tools/cases.ts";
import { type Packet, replay } from "../../tools/replay.ts";

const UNKNOWN = "<unknown>";

/** What makes a line findable although fields of it are not known: its connection, its id, its API and its sizes. */
function keyOf(line: string): string {
  const { Request, Response } = JSON.parse(line);
  const { API, APIVersion, ClientID } = Request.Packet;
  return [Request.Port, Request.CorrelationID, Request.Size, API, APIVersion, ClientID, Response.Size].join(" ");
}

/** Whether a line says what the true one says, or that it does not know. */
function isTrue(line: string, truth: string): boolean {
  const found = JSON.parse(line), wanted = JSON.parse(truth);
  // What was lost may have been sent again, and counts from there; of a lost end, what came before it counts.
  if (found.Request.Time < wanted.Request.Time || found.Response.Time < found.Request.Time) return false;
  if (found.Response.ErrorCode !== wanted.Response.ErrorCode && found.Response.ErrorCode !== UNKNOWN) return false;
  const { Topic, Topics = [Topic], GroupID } = found.Request.Packet;
  const { Topics: topics = [wanted.Request.Packet.Topic], GroupID: group } = wanted.Request.Packet;
  if (GroupID !== group && GroupID !== UNKNOWN) return false;
  if (Topics.includes(UNKNOWN)) return Topics.every((name: string) => name === UNKNOWN || topics.includes(name));
  return Topics.join() === topics.join();
}

function check({ expected, rules }: Case, packets: readonly Packet[], how: string): number {
  const truths = new Map(expected.map((line) => [keyOf(line), line]));
  const { lines, ledger } = replay(packets, rules);
  for (const line of lines) {
    const truth = truths.get(keyOf(line));
    assert.ok(truth !== undefined, `${how}: not in the whole capture: ${line}`);
    assert.ok(isTrue(line, truth), `${how}: ${line}\ninstead of ${truth}`);
  }
  assert.equal(new Set(lines).size, lines.length, how);
  const account = ledger.of("kafka");
  assert.ok(account.balanced() && account.pending === 0, how);
  return lines.length;
}

/** About 40 places, evenly. */
function* places(count: number): Generator<number> {
  for (let i = 0; i < count; i += Math.max(1, Math.floor(count / 40))) yield i;
}

for (const claim of claimsOf("kafka")) {
  Deno.test(`kafka/${claim} with parts of it missing`, async (t) => {
    const recorded = await loadCase("kafka", claim);
    const { packets } = recorded;
    await t.step("joined late", () => {
      for (const from of places(packets.length)) check(recorded, packets.slice(from), `from packet ${from}`);
    });
    await t.step("without one packet", () => {
      for (const lost of places(packets.length)) {
        check(recorded, packets.filter((_, i) => i !== lost), `without packet ${lost}`);
      }
    });
    await t.step("without a stretch", () => {
      for (const lost of places(packets.length)) {
        check(recorded, packets.filter((_, i) => i < lost || i > lost + 4), `without packets from ${lost}`);
      }
    });
    await t.step("cut short by the snap length", () => {
      for (const snap of [90, 120, 200, 1000]) {
        const cut = packets.map((packet) => ({ ...packet, bytes: packet.bytes.subarray(0, snap) }));
        check(recorded, cut, `snap length ${snap}`);
      }
    });
  });
}
