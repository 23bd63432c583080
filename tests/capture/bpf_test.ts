/** The interpreter gives what libpcap's own gives. */
import assert from "node:assert/strict";
import { programStruct } from "../../ffi/filter.ts";
import { PCAP_PKTHDR } from "../../ffi/layout.ts";
import { LIBPCAP_NAMES } from "../../ffi/libpcap.ts";
import { lazily } from "../../ffi/load.ts";
import { compileFilter } from "../../ffi/mod.ts";
import { BpfProgram } from "../../src/capture/bpf.ts";
import { LINK } from "../../src/core/packet.ts";
import { ethernet, hopByHop, ipv4, ipv6, tcp, testWhere, udp, withoutLibpcap } from "./support.ts";

const reference = lazily(LIBPCAP_NAMES, {
  pcap_offline_filter: { parameters: ["buffer", "buffer", "buffer"], result: "i32" },
});
if (withoutLibpcap === "") reference(); // here, not in a test: a library stays open

const EXPRESSIONS = [
  "",
  "tcp port 80",
  "udp port 53 or tcp port 53",
  "ip and tcp port 80 and host 10.0.0.2",
  "ip6 host fd00::2",
  "portrange 50-60",
  "not ip",
  "less 60",
  "greater 70",
  "len > 60",
  "ip[0] & 0xf > 5",
  "ip[6:2] & 0x1fff != 0",
  "ip6[6] = 0",
  "tcp[tcpflags] & tcp-push != 0",
  "(ip[2:2] - ((ip[0] & 0xf) << 2)) - ((tcp[12] & 0xf0) >> 2) = 0",
  "ip[2:2] * 2 / 3 % 7 = 3",
  "(ip[8] | 1) ^ 0x41 = 0",
  "ip[8] >> 3 << 2 = 32",
  "-ip[8] = 0xffffffc0",
  "ether[0:4] = 0x02000000",
  "ip[ip[0]&0xf:1] = 1 or udp[8] = 0x61",
  "vlan 5 and udp port 53",
  "vlan and vlan and tcp",
  "net 10.0.0.0/8 and not port 80",
  "ip6 protochain 17",
  "ip protochain 17",
  "10 / ip[1] = 1",
];

const PACKETS: Uint8Array[] = [];
for (const tags of [[], [[0x8100, 5]], [[0x88a8, 7], [0x8100, 5]]] as [number, number][][]) {
  for (const layer4 of [udp(40000, 53), udp(40000, 54)]) {
    PACKETS.push(ethernet(0x0800, ipv4(17, layer4), tags), ethernet(0x86dd, ipv6(17, layer4), tags));
    PACKETS.push(ethernet(0x86dd, ipv6(0, hopByHop(17, layer4)), tags));
    PACKETS.push(ethernet(0x0800, ipv4(17, layer4, 0, [1, 1, 1, 0]), tags));
    PACKETS.push(ethernet(0x0800, ipv4(17, layer4, 100), tags));
  }
  PACKETS.push(ethernet(0x0800, ipv4(6, tcp(80, 40000)), tags), ethernet(0x86dd, ipv6(6, tcp(40000, 80)), tags));
  PACKETS.push(ethernet(0x0806, new Array(28).fill(0), tags));
}
PACKETS.push(new Uint8Array(0), new Uint8Array(13), ethernet(0x0800, []), ethernet(0x86dd, ipv6(0, [])));

testWhere(
  withoutLibpcap,
  "every program gives what pcap_offline_filter gives, on packets whole and cut anywhere",
  () => {
    for (const expression of EXPRESSIONS) {
      const instructions = compileFilter(expression, LINK.ETHERNET, 65535);
      const program = new BpfProgram(instructions);
      for (const packet of PACKETS) {
        for (let length = packet.length; length >= 0; length -= length > 90 ? 7 : 1) {
          assert.equal(
            program.run(packet, 0, length, packet.length),
            offline(instructions, packet.slice(0, length), packet.length),
            `${expression} on ${packet.subarray(0, length).toHex()}`,
          );
        }
      }
    }
  },
);

testWhere(withoutLibpcap, "a packet in the middle of a larger array is judged by its own bytes alone", () => {
  const packet = ethernet(0x0800, ipv4(17, udp(40000, 53)));
  const around = new Uint8Array(packet.length + 64).fill(0xff);
  around.set(packet, 32);
  const program = new BpfProgram(compileFilter("udp port 53", LINK.ETHERNET, 65535));
  assert.equal(program.run(around, 32, 32 + packet.length, packet.length), 65535);
  assert.equal(program.run(around, 32, 32 + 30, packet.length), 0, "the ports are behind its end");
});

testWhere(withoutLibpcap, "random bytes give what pcap_offline_filter gives", () => {
  let seed = 12345;
  const random = () => (seed = (Math.imul(seed, 1103515245) + 12345) >>> 0) >>> 16;
  const programs = EXPRESSIONS.map((expression) => compileFilter(expression, LINK.ETHERNET, 65535));
  for (let round = 0; round < 300; round++) {
    const packet = PACKETS[random() % PACKETS.length].slice();
    for (let i = 0; i < 4 && packet.length > 0; i++) packet[random() % packet.length] = random();
    for (const instructions of programs) {
      const program = new BpfProgram(instructions);
      assert.equal(program.run(packet, 0, packet.length, packet.length), offline(instructions, packet, packet.length));
    }
  }
});

Deno.test("a program that jumps back for ever ends without a match", () => {
  const backwards = Uint8Array.of(0x05, 0, 0, 0, 0xff, 0xff, 0xff, 0xff); // ja -1
  assert.equal(new BpfProgram(backwards).run(new Uint8Array(1), 0, 1, 1), 0);
});

Deno.test("a program without a return, an unknown instruction and a division by zero do not match", () => {
  const instruction = (code: number, k: number) => [code & 255, code >> 8, 0, 0, k, 0, 0, 0];
  for (const codes of [[], [[0x04, 1]], [[0xe0, 0]], [[0x34, 0], [0x06, 1]]]) {
    const program = new BpfProgram(Uint8Array.from(codes.flatMap(([code, k]) => instruction(code, k))));
    assert.equal(program.run(new Uint8Array(4), 0, 4, 4), 0);
  }
});

function offline(instructions: Uint8Array<ArrayBuffer>, packet: Uint8Array, wireLength: number): number {
  const header = new Uint8Array(PCAP_PKTHDR.size), view = new DataView(header.buffer);
  view.setUint32(PCAP_PKTHDR.captured, packet.length, true);
  view.setUint32(PCAP_PKTHDR.wire, wireLength, true);
  const bytes = new Uint8Array(packet.length + 1); // an empty buffer has no address
  bytes.set(packet);
  return reference().pcap_offline_filter(programStruct(instructions), header, bytes);
}
