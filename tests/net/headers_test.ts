/** Link and network headers in all the forms that are followed, and damaged ones. */
import assert from "node:assert/strict";
import { ethernet, ipv4, ipv6, packet, tcp, udp } from "../tools/build.ts";
import { concat } from "../tools/build.ts";
import { type Packet, replay } from "../tools/replay.ts";
import { seeded } from "../tools/random.ts";

const rules = [{ protocol: "http", ports: [80], host: "" }, { protocol: "dns", ports: [53], host: "" }];
const request = tcp(40000, 80, 1000, 5000, 0x18, "GET /a HTTP/1.1\r\n\r\n");
const answer = tcp(80, 40000, 5000, 1019, 0x18, "HTTP/1.1 204 No Content\r\n\r\n");
const there = ipv4(request, { protocol: 6 });
const back = ipv4(answer, { protocol: 6, source: [10, 0, 0, 2], destination: [10, 0, 0, 1] });

function count(...packets: Packet[]): number {
  return replay(packets, rules).lines.length;
}

const u8 = (...bytes: number[]) => new Uint8Array(bytes);

Deno.test("the same exchange is read behind every link header", () => {
  const links: Record<string, [number, (ip: Uint8Array) => Uint8Array]> = {
    "Ethernet": [1, (ip) => ethernet(ip)],
    "802.1Q": [1, (ip) => ethernet(ip, 0x0800, [0x8100])],
    "QinQ": [1, (ip) => ethernet(ip, 0x0800, [0x88a8, 0x8100])],
    "three tags": [1, (ip) => ethernet(ip, 0x0800, [0x9100, 0x8100, 0x8100])],
    "raw IP": [101, (ip) => ip],
    "raw IP as BSD numbers it": [12, (ip) => ip],
    "IPv4 only": [228, (ip) => ip],
    "BSD null, little endian": [0, (ip) => concat(u8(2, 0, 0, 0), ip)],
    "BSD null, big endian": [0, (ip) => concat(u8(0, 0, 0, 2), ip)],
    "BSD loop": [108, (ip) => concat(u8(0, 0, 0, 2), ip)],
    "Linux SLL": [113, (ip) => concat(new Uint8Array(14), u8(8, 0), ip)],
    "Linux SLL2": [276, (ip) => concat(u8(8, 0), new Uint8Array(18), ip)],
    "Linux SLL with a tag": [113, (ip) => concat(new Uint8Array(14), u8(0x81, 0, 0, 5, 8, 0), ip)],
  };
  for (const [name, [linkType, wrap]] of Object.entries(links)) {
    assert.equal(count(packet(wrap(there), 0, linkType), packet(wrap(back), 1, linkType)), 1, name);
  }
});

Deno.test("IPv4 options, padding and a total length of 0 do no harm", () => {
  const withOptions = concat(u8(0x46), there.slice(1, 20), u8(1, 1, 1, 1), there.slice(20));
  new DataView(withOptions.buffer).setUint16(2, withOptions.length);
  const answered = packet(ethernet(back), 1);
  assert.equal(count(packet(ethernet(withOptions)), answered), 1, "options");
  assert.equal(count(packet(ethernet(concat(there, new Uint8Array(6)))), answered), 1, "padding");
  assert.equal(count(packet(ethernet(ipv4(request, { protocol: 6, totalLength: 0 }))), answered), 1, "offload");
});

Deno.test("IPv6 extension headers are skipped, an atomic fragment is whole", () => {
  const answered = packet(ethernet(ipv6(answer, 6, 2, 1), 0x86dd), 1);
  const options = u8(6, 0, 1, 4, 0, 0, 0, 0); // next header TCP, 8 bytes, PadN
  for (const kind of [0, 43, 60]) {
    assert.equal(count(packet(ethernet(ipv6(concat(options, request), kind), 0x86dd)), answered), 1, `header ${kind}`);
  }
  const chain = concat(u8(60, 0, 1, 4, 0, 0, 0, 0), options, request);
  assert.equal(count(packet(ethernet(ipv6(chain, 0), 0x86dd)), answered), 1, "a chain");
  const atomic = concat(u8(6, 0, 0, 0, 0, 0, 0, 9), request); // RFC 6946
  assert.equal(count(packet(ethernet(ipv6(atomic, 44), 0x86dd)), answered), 1, "atomic fragment");
  const authenticated = concat(u8(6, 4, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1), new Uint8Array(12), request); // RFC 4302
  assert.equal(count(packet(ethernet(ipv6(authenticated, 51), 0x86dd)), answered), 1, "authentication header");
  assert.equal(count(packet(ethernet(ipv6(request, 6, 1, 2, 0), 0x86dd)), answered), 1, "payload length 0");
});

Deno.test("fragments are put together in any order; overlapping ones are refused (RFC 5722)", () => {
  const answered = packet(ethernet(back), 9);
  const piece = (from: number, to: number, more: boolean) =>
    packet(ethernet(ipv4(request.slice(from, to), { protocol: 6, fragment: (from >> 3) | (more ? 0x2000 : 0) })));
  const end = request.length;
  assert.equal(count(piece(0, 16, true), piece(16, 32, true), piece(32, end, false), answered), 1, "in order");
  assert.equal(count(piece(32, end, false), piece(0, 16, true), piece(16, 32, true), answered), 1, "last first");
  assert.equal(count(piece(0, 16, true), piece(0, 16, true), piece(16, end, false), answered), 1, "one twice");
  assert.equal(count(piece(0, 24, true), piece(16, 32, true), piece(32, end, false), answered), 0, "overlap");
  const v6 = (from: number, to: number, more: number) =>
    packet(
      ethernet(
        ipv6(concat(u8(6, 0, from >> 8, (from & 0xf8) | more, 0, 0, 0, 9), request.slice(from, to)), 44),
        0x86dd,
      ),
    );
  const v6answer = packet(ethernet(ipv6(answer, 6, 2, 1), 0x86dd), 9);
  assert.equal(count(v6(16, end, 0), v6(0, 16, 1), v6answer), 1, "IPv6");
});

Deno.test("what cannot be followed is counted by its reason", () => {
  const { ledger } = replay([
    packet(ethernet(u8(1, 2, 3), 0x0806)),
    packet(ethernet(ipv4(new Uint8Array(8), { protocol: 1 }))),
    packet(u8(1, 2, 3)),
    packet(there, 0, 147),
    packet(ethernet(ipv4(request.slice(0, 12), { protocol: 6 }))),
    packet(ethernet(ipv4(udp(1, 53, "").slice(0, 4), { protocol: 17 }))),
  ], rules);
  assert.deepEqual(Object.fromEntries(ledger.undecoded.counts), {
    "not IP": 1,
    "neither TCP nor UDP": 1,
    "cut before the network header": 1,
    "link type 147 (USER0) is not understood": 1,
    "broken or cut TCP header": 1,
    "cut inside the UDP header": 1,
  });
});

Deno.test("no damaged packet throws", () => {
  const random = seeded(3);
  const good = [ethernet(there), ethernet(ipv6(request, 6), 0x86dd), ethernet(there, 0x0800, [0x8100])];
  const packets: Packet[] = [];
  for (let i = 0; i < 20_000; i++) {
    const bytes = good[i % good.length].slice(0, random() < 0.3 ? random() * 80 : undefined);
    for (let j = 0; j < 3 && bytes.length > 0; j++) bytes[Math.trunc(random() * bytes.length)] = random() * 256;
    packets.push(packet(bytes, i, [0, 1, 101, 113, 276][Math.trunc(random() * 5)]));
  }
  const { ledger } = replay(packets, rules);
  assert.equal(ledger.packets, packets.length);
});
