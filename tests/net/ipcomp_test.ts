/** IPComp (RFC 3173): which payloads are unpacked, and what is said of those that are not. */
import assert from "node:assert/strict";
import { deflateRawSync } from "node:zlib";
import { concat, ethernet, ipv4, ipv6, packet, tcp, udp } from "../tools/build.ts";
import { type Packet, replay } from "../tools/replay.ts";

const rules = [{ protocol: "http", ports: [80], host: "" }];
const request = tcp(40000, 80, 1000, 5000, 0x18, "GET /a HTTP/1.1\r\nHost: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n\r\n");
const answer = tcp(80, 40000, 5000, 1000 + request.length - 20, 0x18, "HTTP/1.1 204 No Content\r\n\r\n");
const back = packet(ethernet(ipv4(answer, { protocol: 6, source: [10, 0, 0, 2], destination: [10, 0, 0, 1] })), 9);
const back6 = packet(ethernet(ipv6(answer, 6, 2, 1), 0x86dd), 9);

const u8 = (...bytes: number[]) => new Uint8Array(bytes);

/** | next header | flags | index 2 | compressed | */
function compressed(payload: Uint8Array, { next = 6, index = 2 } = {}): Uint8Array {
  return concat(u8(next, 0, index >> 8, index & 255), deflateRawSync(payload));
}
const inIpv4 = (payload: Uint8Array, protocol = 108) => packet(ethernet(ipv4(payload, { protocol })));

function outcome(...packets: Packet[]) {
  const { lines, ledger } = replay(packets, rules);
  return { pairs: lines.length, undecoded: Object.fromEntries(ledger.undecoded.counts) };
}
const READ = { pairs: 1, undecoded: {} };

Deno.test("an index that two hosts agreed upon may be DEFLATE's: the payload tells (as Linux and strongSwan do)", () => {
  for (const index of [256, 0x635c, 61439, 61440, 65535]) {
    assert.deepEqual(outcome(inIpv4(compressed(request, { index })), back), READ, String(index));
  }
});

Deno.test("in IPv6, behind extension and authentication headers", () => {
  const payload = compressed(request);
  const v6 = (inner: Uint8Array, protocol: number) => packet(ethernet(ipv6(inner, protocol), 0x86dd));
  assert.deepEqual(outcome(v6(payload, 108), back6), READ);
  assert.deepEqual(outcome(v6(concat(u8(108, 0, 1, 4, 0, 0, 0, 0), payload), 60), back6), READ, "destination options");
  const authenticated = concat(u8(108, 4), new Uint8Array(22), payload);
  assert.deepEqual(outcome(v6(authenticated, 51), back6), READ, "authenticated");
  assert.deepEqual(outcome(inIpv4(authenticated, 51), back), READ, "authenticated, IPv4");
});

Deno.test("in fragments, also with an authentication header in front", () => {
  for (const [protocol, header] of [[108, u8()], [51, concat(u8(108, 4), new Uint8Array(22))]] as const) {
    const payload = concat(header, compressed(request));
    const piece = (from: number, to: number, more: number) =>
      packet(ethernet(ipv4(payload.slice(from, to), { protocol, fragment: more | from >> 3 })));
    assert.deepEqual(outcome(piece(0, 16, 0x2000), piece(16, payload.length, 0), back), READ, String(protocol));
  }
});

Deno.test("what cannot be unpacked is counted with its cause", () => {
  const payload = compressed(request);
  const flipped = payload.slice();
  flipped[4] = 0xff; // a block of a type that there is not
  const cut = inIpv4(payload);
  const cases: [string, Packet][] = [
    ["IPComp of another algorithm than DEFLATE", inIpv4(compressed(request, { index: 3 }))],
    ["IPComp of another algorithm than DEFLATE", inIpv4(compressed(request, { index: 0 }))],
    ["damaged IPComp", inIpv4(flipped)],
    ["damaged IPComp", inIpv4(payload.slice(0, -2))],
    ["damaged IPComp", inIpv4(concat(payload, u8(0)))], // goes on behind the end of the stream
    ["damaged IPComp", inIpv4(u8(6, 0, 0, 2))],
    ["IPComp of a negotiated algorithm, not DEFLATE, or damaged", inIpv4(concat(u8(6, 0, 9, 9), flipped.slice(4)))],
    ["cut inside a payload of IPComp", inIpv4(u8(6, 0, 0))],
    ["cut inside a payload of IPComp", { ...cut, bytes: cut.bytes.slice(0, -5) }],
    ["neither TCP nor UDP", inIpv4(compressed(request, { next: 1 }))],
    ["neither TCP nor UDP", inIpv4(compressed(payload, { next: 108 }))], // once more: RFC 3173 compresses once
  ];
  for (const [cause, sent] of cases) assert.deepEqual(outcome(sent, back), { pairs: 0, undecoded: { [cause]: 1 } });
});

Deno.test("a payload that unpacks to more than IP can carry is given up at that length", () => {
  const most = udp(1, 1, new Uint8Array(65535 - 8));
  assert.deepEqual(outcome(inIpv4(compressed(most, { next: 17 }))).undecoded, {});
  assert.deepEqual(outcome(inIpv4(compressed(concat(most, u8(0)), { next: 17 }))).undecoded, { "damaged IPComp": 1 });
  assert.deepEqual(outcome(inIpv4(compressed(new Uint8Array(5e7), { next: 17 }))).undecoded, { "damaged IPComp": 1 });
});
