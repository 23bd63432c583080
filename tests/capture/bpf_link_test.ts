/** Programs put together behave as their parts promise. */
import assert from "node:assert/strict";
import { compileFilter } from "../../ffi/mod.ts";
import { BpfProgram } from "../../src/capture/bpf.ts";
import { behindTags, conjoin, shifted } from "../../src/capture/bpf_link.ts";
import { LINK } from "../../src/core/packet.ts";
import { ethernet, ipv4, ipv6, tcp, testWhere, udp, withoutLibpcap } from "./support.ts";

const TAGS: [number, number][][] = [[], [[0x8100, 5]], [[0x88a8, 7]], [[0x9100, 7]], [[0x88a8, 7], [0x8100, 5]]];

function accepts(program: Uint8Array, packet: Uint8Array): boolean {
  return new BpfProgram(program).run(packet, 0, packet.length, packet.length) !== 0;
}

testWhere(withoutLibpcap, "two programs together accept what both accept", () => {
  const expressions = ["", "udp", "port 53", "ip6", "not port 80", "less 10", "tcp port 80 or udp port 53"];
  const packets = [
    ethernet(0x0800, ipv4(17, udp(40000, 53))),
    ethernet(0x0800, ipv4(6, tcp(40000, 80))),
    ethernet(0x86dd, ipv6(17, udp(53, 40000))),
    ethernet(0x0806, []),
  ];
  for (const a of expressions) {
    for (const b of expressions) {
      const [first, second] = [a, b].map((expression) => compileFilter(expression, LINK.ETHERNET, 100));
      for (const packet of packets) {
        const expected = accepts(first, packet) && accepts(second, packet);
        assert.equal(accepts(conjoin(first, second), packet), expected, `(${a}) and (${b})`);
      }
    }
  }
});

testWhere(withoutLibpcap, "the second program's words for tags do not shift the first", () => {
  const both = conjoin(
    behindTags(compileFilter("udp port 53", LINK.ETHERNET, 100)),
    compileFilter("vlan 5", LINK.ETHERNET, 100),
  );
  assert.equal(accepts(both, ethernet(0x0800, ipv4(17, udp(40000, 53)), [[0x8100, 5]])), true);
  assert.equal(accepts(both, ethernet(0x0800, ipv4(17, udp(40000, 53)), [[0x8100, 6]])), false);
  assert.equal(accepts(both, ethernet(0x0800, ipv4(17, udp(40000, 54)), [[0x8100, 5]])), false);
  assert.equal(accepts(both, ethernet(0x0800, ipv4(17, udp(40000, 53)))), false);
});

testWhere(withoutLibpcap, "frames with one and two tags are judged by what stands behind the tags", () => {
  const program = behindTags(compileFilter("udp port 53 or tcp port 80", LINK.ETHERNET, 100));
  for (const tags of TAGS) {
    assert.equal(accepts(program, ethernet(0x0800, ipv4(17, udp(40000, 53)), tags)), true);
    assert.equal(accepts(program, ethernet(0x86dd, ipv6(6, tcp(80, 40000)), tags)), true);
    assert.equal(accepts(program, ethernet(0x0800, ipv4(17, udp(40000, 80)), tags)), false);
    assert.equal(accepts(program, ethernet(0x0800, ipv4(6, tcp(40000, 53)), tags)), false);
    assert.equal(accepts(program, ethernet(0x0806, new Array(28).fill(0), tags)), false);
  }
  for (let length = 0; length < 18; length++) assert.equal(accepts(program, new Uint8Array(length).fill(0x81)), false);
});

testWhere(withoutLibpcap, "a shifted program reads as many bytes later", () => {
  const program = compileFilter("udp port 53", LINK.RAW, 100);
  const packet = Uint8Array.from(ipv4(17, udp(40000, 53)));
  assert.equal(accepts(program, packet), true);
  assert.equal(accepts(shifted(program, 4), packet), false);
  assert.equal(accepts(shifted(program, 4), Uint8Array.of(0, 5, 8, 0, ...packet)), true);
});
