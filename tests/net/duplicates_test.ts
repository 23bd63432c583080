/** Datagrams that are captured twice, and those that are sent twice. */
import assert from "node:assert/strict";
import { WINDOW_NS } from "../../src/net/duplicates.ts";
import { concat, ethernet, ipv4, ipv6, packet, udp } from "../tools/build.ts";
import { replay } from "../tools/replay.ts";

const rules = [{ protocol: "dns", ports: [53], host: "" }];
const name = new Uint8Array([1, 97, 0, 0, 1, 0, 1]);
const question = concat(new Uint8Array([0, 7, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0]), name);
const answer = concat(new Uint8Array([0, 7, 0x81, 0x80, 0, 1, 0, 0, 0, 0, 0, 0]), name);
const windowMs = WINDOW_NS / 1e6;

function ask(milliseconds: number, id: number, ttl = 64) {
  const bytes = ethernet(ipv4(udp(40000, 53, question), { protocol: 17, id }));
  bytes[14 + 8] = ttl;
  return packet(bytes, milliseconds);
}

function reply(milliseconds: number, id: number) {
  const addresses = { source: [10, 0, 0, 2], destination: [10, 0, 0, 1] };
  return packet(ethernet(ipv4(udp(53, 40000, answer), { protocol: 17, id, ...addresses })), milliseconds);
}

Deno.test("a datagram that is seen on two interfaces, behind a router too, counts once", () => {
  const { lines, ledger } = replay([ask(0, 1), ask(1, 1, 63), reply(2, 9), reply(2, 9)], rules);
  assert.equal(lines.length, 1);
  assert.equal(JSON.parse(lines[0]).Duration, "2ms");
  assert.equal(ledger.duplicates, 2);
  assert.deepEqual([...ledger.of("dns").reasons.counts], []);
});

Deno.test("a question that is asked again counts as asked again: another identification, or later", () => {
  for (const again of [ask(1, 2), ask(windowMs + 1, 1)]) {
    const { ledger } = replay([ask(0, 1), again, reply(100, 9)], rules);
    assert.equal(ledger.duplicates, 0);
    assert.deepEqual([...ledger.of("dns").reasons.counts], [["retransmitted query", 1]]);
  }
});

Deno.test("copies are told in IPv6 and in tunnels too", () => {
  const v6 = packet(ethernet(ipv6(udp(40000, 53, question), 17), 0x86dd));
  const inner = ipv4(udp(40000, 53, question), { protocol: 17, id: 5 });
  const tunnelled = packet(ethernet(ipv4(inner, { protocol: 4, source: [192, 0, 2, 1] })));
  assert.equal(replay([v6, v6], rules).ledger.duplicates, 1);
  assert.equal(replay([packet(ethernet(inner)), tunnelled], rules).ledger.duplicates, 1);
});
