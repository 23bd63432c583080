/** Packets within packets, and links that are met now and then: the headers are drawn after the documents named. */
import assert from "node:assert/strict";
import { deflateRawSync } from "node:zlib";
import { TUNNEL_PORT } from "../../src/core/encapsulation.ts";
import { concat, ethernet, ipv4, ipv6, packet, tcp, udp } from "../tools/build.ts";
import { seeded } from "../tools/random.ts";
import { type Packet, replay } from "../tools/replay.ts";

const rules = [{ protocol: "http", ports: [80], host: "" }];
const request = tcp(40000, 80, 1000, 5000, 0x18, "GET /a HTTP/1.1\r\n\r\n");
const answer = tcp(80, 40000, 5000, 1019, 0x18, "HTTP/1.1 204 No Content\r\n\r\n");
const there = ipv4(request, { protocol: 6 });
const back = ipv4(answer, { protocol: 6, source: [10, 0, 0, 2], destination: [10, 0, 0, 1] });

const u8 = (...bytes: number[]) => new Uint8Array(bytes);

type Wrap = (inner: Uint8Array) => Uint8Array;

/** An IP packet of other hosts around a payload; its own addresses must not show. */
const outer = (protocol: number): Wrap => (payload) =>
  ethernet(ipv4(payload, { protocol, source: [192, 0, 2, 1], destination: [192, 0, 2, 2] }));
const outer6 = (protocol: number): Wrap => (payload) => ethernet(ipv6(payload, protocol), 0x86dd);
const inUdp = (port: number, header: Uint8Array): Wrap => (inner) => outer(17)(udp(55555, port, concat(header, inner)));
const framed = (header: Uint8Array): Wrap => (ip) => concat(header, ethernet(ip));

const encapsulations: Record<string, Wrap> = {
  "IP in IP, RFC 2003": outer(4),
  "IPv4 in IPv6, RFC 2473": outer6(4),
  "GRE, RFC 2784": (ip) => outer(47)(concat(u8(0, 0, 8, 0), ip)),
  "GRE with checksum, key and sequence, RFC 2890": (ip) => outer(47)(concat(u8(0xb0, 0, 8, 0), new Uint8Array(12), ip)),
  "GRE in IPv6": (ip) => outer6(47)(concat(u8(0, 0, 8, 0), ip)),
  "PPTP, RFC 2637": (ip) => outer(47)(concat(u8(0x30, 0x81, 0x88, 0x0b), new Uint8Array(12), u8(0xff, 3, 0, 0x21), ip)),
  "NVGRE, RFC 7637": (ip) => outer(47)(framed(u8(0x20, 0, 0x65, 0x58, 0, 1, 2, 0))(ip)),
  "ERSPAN I": (ip) => outer(47)(framed(u8(0, 0, 0x88, 0xbe))(ip)),
  "ERSPAN II": (ip) => outer(47)(framed(concat(u8(0x10, 0, 0x88, 0xbe, 0, 0, 0, 9), new Uint8Array(8)))(ip)),
  "ERSPAN III": (ip) => outer(47)(framed(concat(u8(0x10, 0, 0x22, 0xeb, 0, 0, 0, 9), new Uint8Array(12)))(ip)),
  "ERSPAN III with more": (ip) =>
    outer(47)(framed(concat(u8(0x10, 0, 0x22, 0xeb, 0, 0, 0, 9), new Uint8Array(11), u8(1), new Uint8Array(8)))(ip)),
  "VXLAN, RFC 7348": (ip) => inUdp(4789, u8(8, 0, 0, 0, 0, 0, 5, 0))(ethernet(ip)),
  "VXLAN as Linux numbered it": (ip) => inUdp(8472, u8(8, 0, 0, 0, 0, 0, 5, 0))(ethernet(ip)),
  "VXLAN with a tag inside": (ip) => inUdp(4789, u8(8, 0, 0, 0, 0, 0, 5, 0))(ethernet(ip, 0x0800, [0x8100])),
  "VXLAN-GPE": inUdp(4790, u8(0x0c, 0, 0, 1, 0, 0, 5, 0)),
  "Geneve, RFC 8926": (ip) => inUdp(6081, u8(0, 0, 0x65, 0x58, 0, 0, 5, 0))(ethernet(ip)),
  "Geneve with options": (ip) => inUdp(6081, concat(u8(2, 0, 0x65, 0x58, 0, 0, 5, 0), new Uint8Array(8)))(ethernet(ip)),
  "GTP-U, TS 29.281": inUdp(2152, u8(0x30, 255, 0, 0, 0, 0, 0, 7)),
  "GTP-U with sequence and extension": inUdp(
    2152,
    u8(0x36, 255, 0, 0, 0, 0, 0, 7, 0, 1, 0, 0x85, 1, 0, 0, 0),
  ),
  "GRE in UDP, RFC 8086": inUdp(4754, u8(0, 0, 8, 0)),
  "MPLS, RFC 3032": (ip) => ethernet(concat(u8(0, 1, 0, 64, 0, 2, 1, 64), ip), 0x8847),
  "MPLS with a pseudowire, RFC 4448": (ip) => ethernet(concat(u8(0, 2, 1, 64, 0, 0, 0, 0), ethernet(ip)), 0x8847),
  "PPPoE, RFC 2516": (ip) => ethernet(concat(u8(0x11, 0, 0, 1, 0, 0, 0, 0x21), ip), 0x8864),
  "802.3 with SNAP": (ip) => ethernet(concat(u8(0xaa, 0xaa, 3, 0, 0, 0, 8, 0), ip), 60),
  "authentication header, RFC 4302": (ip) =>
    ethernet(ipv4(concat(u8(4, 4), new Uint8Array(22), ip), { protocol: 51, source: [192, 0, 2, 1] })),
  "IPComp, RFC 3173": (ip) => outer(108)(concat(u8(4, 0, 0, 2), deflateRawSync(ip))),
  "IPComp between two hosts": (ip) =>
    ethernet(ipv4(concat(u8(6, 0, 0, 2), deflateRawSync(ip.subarray(20))), {
      ...{ protocol: 108, source: [...ip.subarray(12, 16)], destination: [...ip.subarray(16, 20)] },
    })),
  "VXLAN in IP in IP in GRE": (ip) =>
    outer(47)(concat(
      u8(0, 0, 8, 0),
      ipv4(outer(17)(udp(1, 4789, framed(u8(8, 0, 0, 0, 0, 0, 5, 0))(ip))).slice(14), {
        protocol: 4,
      }),
    )),
};

const data = u8(0x08, 0x01, 0, 0); // 802.11 data to the distribution system
const snap = u8(0xaa, 0xaa, 3, 0, 0, 0, 8, 0);
const wireless = concat(data, new Uint8Array(20), snap);
const links: Record<string, [number, Wrap]> = {
  "PPP": [9, (ip) => concat(u8(0, 0x21), ip)],
  "PPP with a compressed protocol": [9, (ip) => concat(u8(0x21), ip)],
  "PPP with HDLC framing": [50, (ip) => concat(u8(0xff, 3, 0, 0x21), ip)],
  "PPPoE": [51, (ip) => concat(u8(0x11, 0, 0, 1, 0, 0, 0, 0x21), ip)],
  "PPP with direction": [166, (ip) => concat(u8(1, 0xff, 3, 0, 0x21), ip)],
  "Cisco HDLC": [104, (ip) => concat(u8(0x0f, 0, 8, 0), ip)],
  "802.11": [105, (ip) => concat(wireless, ip)],
  "802.11 QoS between access points": [105, (ip) => concat(u8(0x88, 3, 0, 0), new Uint8Array(28), snap, ip)],
  "802.11 with radiotap": [127, (ip) => concat(u8(0, 0, 9, 0, 2, 0, 0, 0, 0), wireless, ip)],
  "802.11 with radiotap and padding": [
    127,
    (ip) => concat(u8(0, 0, 9, 0, 2, 0, 0, 0, 0x20), u8(0x88, 1, 0, 0), new Uint8Array(24), snap, ip),
  ],
  "802.11 with Prism": [119, (ip) => concat(u8(0, 0, 0, 0x44, 144, 0, 0, 0), new Uint8Array(136), wireless, ip)],
  "PPI": [192, (ip) => concat(u8(0, 0, 8, 0, 105, 0, 0, 0), wireless, ip)],
  "NFLOG": [239, (ip) => concat(u8(2, 0, 0, 5, 8, 0, 1, 0, 1, 2, 3, 4, ip.length + 4, 0, 9, 0), ip)],
  "NFLOG, big endian": [239, (ip) => concat(u8(2, 0, 0, 5, 0, 8, 0, 1, 1, 2, 3, 4, 0, ip.length + 4, 0, 9), ip)],
  "PKTAP": [258, (ip) => concat(u8(12, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0), ethernet(ip))],
  "Linux SLL with SNAP": [113, (ip) => concat(new Uint8Array(14), u8(0, 4), snap, ip)],
};

function hosts(...packets: Packet[]): string[] {
  return replay(packets, rules).lines.map((line) => JSON.parse(line).Request.Host);
}

for (const [name, wrap] of Object.entries(encapsulations)) {
  Deno.test(`the packet within is read: ${name}`, () => {
    assert.deepEqual(hosts(packet(wrap(there)), packet(wrap(back), 1)), ["10.0.0.1"]);
  });
}

for (const [name, [linkType, wrap]] of Object.entries(links)) {
  Deno.test(`the link is read: ${name}`, () => {
    assert.deepEqual(hosts(packet(wrap(there), 0, linkType), packet(wrap(back), 1, linkType)), ["10.0.0.1"]);
  });
}

Deno.test("a tunnel's packet in two fragments is read when both are there", () => {
  const gre = concat(u8(0, 0, 8, 0), there);
  const piece = (from: number, to: number, more: number) =>
    packet(ethernet(ipv4(gre.slice(from, to), { protocol: 47, fragment: more | from >> 3, source: [192, 0, 2, 1] })));
  assert.deepEqual(hosts(piece(32, gre.length, 0), piece(0, 32, 0x2000), packet(ethernet(back), 1)), ["10.0.0.1"]);
});

Deno.test("packets within packets have an end", () => {
  let deep = there;
  for (let i = 0; i < 20; i++) deep = ipv4(deep, { protocol: 4 });
  const { lines, ledger } = replay([packet(ethernet(deep))], rules);
  assert.deepEqual(lines, []);
  assert.deepEqual([...ledger.undecoded.counts], [["more than 8 packets within packets", 1]]);
});

Deno.test("a rule for the port of an encapsulation wins", () => {
  const dns = [{ protocol: "dns", ports: [4789], host: "" }];
  const { ledger } = replay([packet(inUdp(4789, u8(8, 0, 0, 0, 0, 0, 5, 0))(ethernet(there)))], dns);
  assert.equal(ledger.of("dns").flows, 1);
});

Deno.test("Geneve that is answered from its port is read too", () => {
  const header = u8(0, 0, 0x65, 0x58, 0, 0, 5, 0);
  const answered = outer(17)(udp(6081, 12345, concat(header, ethernet(back))));
  assert.deepEqual(hosts(packet(inUdp(6081, header)(ethernet(there))), packet(answered, 1)), ["10.0.0.1"]);
});

Deno.test("an answer of DNS is one whichever port the resolver had chosen", () => {
  const dns = [{ protocol: "dns", ports: [53], host: "" }];
  const query = u8(9, 9, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1, 97, 0, 0, 1, 0, 1);
  const noSuchName = query.slice();
  noSuchName[2] = 0x81;
  noSuchName[3] = 3;
  for (const port of Object.values(TUNNEL_PORT)) {
    const asked = packet(ethernet(ipv4(udp(port, 53, query), { protocol: 17 })));
    const addresses = { source: [10, 0, 0, 2], destination: [10, 0, 0, 1] };
    const answered = packet(ethernet(ipv4(udp(53, port, noSuchName), { protocol: 17, ...addresses })), 1);
    assert.equal(replay([asked, answered], dns).lines.length, 1, String(port));
  }
});

Deno.test("no damaged encapsulation throws, and each packet is counted", () => {
  const random = seeded(8);
  const wraps: [number, Wrap][] = [...Object.values(encapsulations).map((wrap): [number, Wrap] => [1, wrap])];
  wraps.push(...Object.values(links));
  for (const [linkType, wrap] of wraps) {
    const whole = wrap(there);
    for (let i = 0; i < 60; i++) {
      const damaged = whole.slice(0, i % 3 === 0 ? Math.floor(random() * whole.length) : whole.length);
      for (let n = 0; n < 4 && damaged.length > 0; n++) {
        damaged[Math.floor(random() * damaged.length)] ^= random() * 256;
      }
      assert.equal(replay([packet(damaged, 0, linkType)], rules).ledger.packets, 1);
    }
  }
});
