/** A filter expression on packets from files. */
import assert from "node:assert/strict";
import { UsageError } from "../../src/capture/errors.ts";
import { FileFilter, FilteredSink } from "../../src/capture/file_filter.ts";
import { LINK } from "../../src/core/packet.ts";
import { ethernet, ipv4, tcp, testWhere, udp, withoutLibpcap } from "./support.ts";

testWhere(withoutLibpcap, "the expression is compiled for each link type that comes", () => {
  const filter = new FileFilter("udp port 53");
  const ip = ipv4(17, udp(40000, 53));
  const sll = [0, 0, 0, 1, 0, 6, 2, 0, 0, 0, 0, 1, 0, 0, 8, 0]; // LINKTYPE_LINUX_SLL: type of protocol at 14
  const packets: [number, Uint8Array][] = [
    [LINK.ETHERNET, ethernet(0x0800, ip)],
    [LINK.RAW, Uint8Array.from(ip)],
    [LINK.LINUX_SLL, Uint8Array.of(...sll, ...ip)],
    [LINK.IPV4, Uint8Array.from(ip)],
    [LINK.NULL, Uint8Array.of(2, 0, 0, 0, ...ip)],
    [LINK.ETHERNET, ethernet(0x0800, ip)],
  ];
  for (const [link, bytes] of packets) {
    assert.equal(filter.matches(bytes, 0, bytes.length, bytes.length, link), true, `${link}`);
  }
  const other = ethernet(0x0800, ipv4(6, tcp(40000, 53)));
  assert.equal(filter.matches(other, 0, other.length, other.length, LINK.ETHERNET), false);
});

testWhere(
  withoutLibpcap,
  "a broken expression is an error at once, one that a link type cannot have when that comes",
  () => {
    assert.throws(
      () => new FileFilter("tcp prot 80"),
      (error) => error instanceof UsageError && /'tcp prot 80' cannot be used: .*syntax error/.test(error.message),
    );
    const filter = new FileFilter("vlan 5");
    const bytes = ethernet(0x0800, ipv4(17, udp(1, 2)), [[0x8100, 5]]);
    assert.equal(filter.matches(bytes, 0, bytes.length, bytes.length, LINK.ETHERNET), true);
    assert.throws(
      () => filter.matches(bytes, 0, bytes.length, bytes.length, LINK.RAW),
      (error) => error instanceof UsageError && /'vlan 5' .* link type 101: no VLAN support/.test(error.message),
    );
  },
);

testWhere(withoutLibpcap, "a filtered sink hands on what matches, unchanged, and counts the rest", () => {
  const got: number[][] = [];
  const sink = new FilteredSink(new FileFilter("udp"), {
    packet: (_bytes, ...numbers) => got.push(numbers),
  });
  for (const bytes of [ethernet(0x0800, ipv4(17, udp(1, 2))), ethernet(0x0800, ipv4(6, tcp(1, 2)))]) {
    sink.packet(bytes, 0, bytes.length, 1500, 7, 8, LINK.ETHERNET);
  }
  assert.deepEqual(got, [[0, 14 + 20 + 18, 1500, 7, 8, LINK.ETHERNET]]);
  assert.equal(sink.rejected, 1);
});
