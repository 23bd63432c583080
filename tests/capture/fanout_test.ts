/** What belongs together goes to one lane: the program that the kernel runs, run here. */
import assert from "node:assert/strict";
import { u16le, u32le } from "../../src/bytes/read.ts";
import { BPF, BpfProgram } from "../../src/capture/bpf.ts";
import { PROTOCOL } from "../../src/capture/bpf_link.ts";
import { fanoutProgram, NETWORK } from "../../src/capture/fanout.ts";
import { LiveFilter } from "../../src/capture/live_filter.ts";
import { RingSource } from "../../src/capture/ring.ts";
import {
  Datagrams,
  ethernet,
  hopByHop,
  ipv4,
  ipv6,
  take,
  tcp,
  testWhere,
  transportsOf,
  udp,
  withoutCapture,
} from "./support.ts";

const LANES = 4;
const IPV4 = 0x0800, IPV6 = 0x86dd, TCP = 6, UDP = 17;

/** The program for frames in memory, where the kernel tells nothing: their type and network header stand at fixed places. */
function lanesOf(together: number[] = []): (type: number, packet: number[]) => number {
  const bytes = fanoutProgram({ base: 0, lanes: LANES, together }), view = new DataView(bytes.buffer);
  for (let at = 0; at < bytes.length; at += 8) {
    const k = u32le(bytes, at + 4);
    if (k === PROTOCOL) {
      view.setUint16(at, BPF.LD | BPF.H | BPF.ABS, true);
      view.setUint32(at + 4, 12, true);
    } else if ((u16le(bytes, at) & 7) === BPF.LD && k >= NETWORK) view.setUint32(at + 4, k - NETWORK + 14, true);
  }
  const program = new BpfProgram(bytes);
  return (type, packet) => {
    const frame = ethernet(type, packet);
    return program.run(frame, 0, frame.length, frame.length) % LANES;
  };
}

/** A packet in the other direction. */
function back(packet: number[], at: number, length: number): number[] {
  const turned = [...packet];
  turned.splice(at, 2 * length, ...packet.slice(at + length, at + 2 * length), ...packet.slice(at, at + length));
  return turned;
}

const backV4 = (packet: number[]) => back(packet, 12, 4), backV6 = (packet: number[]) => back(packet, 8, 16);
const CONNECTIONS = Array.from({ length: 400 }, (_, i) => 30_000 + i);

Deno.test("both directions of a connection go to one lane, and all lanes get their share", () => {
  const laneOf = lanesOf();
  const counts = { 4: new Array(LANES).fill(0), 6: new Array(LANES).fill(0) };
  for (const port of CONNECTIONS) {
    const v4 = laneOf(IPV4, ipv4(TCP, tcp(port, 80))), v6 = laneOf(IPV6, ipv6(TCP, tcp(port, 80)));
    counts[4][v4]++;
    counts[6][v6]++;
    assert.equal(laneOf(IPV4, backV4(ipv4(TCP, tcp(80, port)))), v4);
    assert.equal(laneOf(IPV4, ipv4(TCP, tcp(port, 80), 0, [1, 1, 1, 1])), v4, "IPv4 options");
    assert.equal(laneOf(IPV6, backV6(ipv6(TCP, tcp(80, port)))), v6);
    const extended = hopByHop(60, hopByHop(43, hopByHop(TCP, tcp(port, 80))));
    assert.equal(laneOf(IPV6, ipv6(0, extended)), v6, "extension headers");
  }
  for (const version of [4, 6] as const) {
    for (const count of counts[version]) assert.ok(count > 50 && count < 150, `IPv${version}: ${counts[version]}`);
  }
});

Deno.test("what is no TCP goes by its addresses: fragments, and tunnels whose ports differ by direction", () => {
  const laneOf = lanesOf();
  const v4 = laneOf(IPV4, ipv4(UDP, udp(40_000, 53))), v6 = laneOf(IPV6, ipv6(UDP, udp(40_000, 53)));
  for (const port of CONNECTIONS) {
    assert.equal(laneOf(IPV4, ipv4(UDP, udp(port, 4789))), v4);
    assert.equal(laneOf(IPV4, backV4(ipv4(UDP, udp(port + 7, 4789)))), v4);
    assert.equal(laneOf(IPV4, ipv4(UDP, udp(port, 53), 0x2000)), v4, "the first fragment");
    assert.equal(laneOf(IPV4, ipv4(UDP, tcp(port, 1), 185)), v4, "a later one");
    assert.equal(laneOf(IPV4, ipv4(47, tcp(port, 1))), v4, "GRE");
    assert.equal(laneOf(IPV6, ipv6(UDP, udp(port, 4789))), v6);
    assert.equal(laneOf(IPV6, ipv6(44, hopByHop(UDP, udp(port, 53)))), v6, "a fragment");
  }
});

Deno.test("what no rule of these covers, and what is read together, goes to the first lane", () => {
  const laneOf = lanesOf([9092, 9093]);
  for (const port of CONNECTIONS) {
    assert.equal(laneOf(0x8847, ipv4(TCP, tcp(port, 80))), 0);
    for (const server of [9092, 9093]) {
      assert.equal(laneOf(IPV4, ipv4(TCP, tcp(port, server))), 0);
      assert.equal(laneOf(IPV6, ipv6(TCP, tcp(server, port))), 0);
    }
  }
  const others = new Set(CONNECTIONS.map((port) => laneOf(IPV4, ipv4(TCP, tcp(port, 9094)))));
  assert.equal(others.size, LANES);
});

testWhere(
  withoutCapture,
  "rings of a group get each packet once, and nobody else can enter a group that is complete",
  async () => {
    const datagrams = await Datagrams.open();
    const filter = new LiveFilter([{ protocol: "dns", ports: [datagrams.port], host: "" }], transportsOf);
    const [base] = crypto.getRandomValues(new Uint16Array(1));
    const fanout = { base, lanes: 2, together: [] };
    const rings = [0, 1].map(() => new RingSource("lo", { blocks: 2, filter, fanout }));
    try {
      assert.throws(
        () => new RingSource("lo", { blocks: 2, filter, fanout }),
        /lo: PACKET_FANOUT .*No space left on device/,
      );
      await datagrams.send(100, 100);
      assert.equal(await take(rings, { packet: () => {} }, 100), 100);
      assert.deepEqual(rings.map((ring) => ring.stats().packets).sort(), [0, 100], "of one sender and receiver");
    } finally {
      for (const ring of rings) ring.close();
      await datagrams.close();
    }
  },
);
