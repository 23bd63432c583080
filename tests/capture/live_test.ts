/** Both live engines on the loopback interface, with datagrams that are counted exactly. */
import assert from "node:assert/strict";
import { LibpcapSource } from "../../src/capture/libpcap.ts";
import { LiveFilter } from "../../src/capture/live_filter.ts";
import { LiveCapture } from "../../src/capture/open.ts";
import { RingSource } from "../../src/capture/ring.ts";
import { LINK, type PacketSink } from "../../src/core/packet.ts";
import { Datagrams, take, testWhere, transportsOf, withoutCapture } from "./support.ts";

const COUNT = 400;
const LENGTH = 300;
/** Bytes in front of an IP packet. */
const LINK_BYTES: Record<number, number> = { [LINK.ETHERNET]: 14, [LINK.LINUX_SLL]: 16, [LINK.RAW]: 0 };

/** Notes the numbers of the datagrams that come, and checks what comes with them. */
class Numbers implements PacketSink {
  readonly seen: number[] = [];

  constructor(private readonly linkType: number) {}

  packet(bytes: Uint8Array, start: number, end: number, wire: number, sec: number, nsec: number, link: number): void {
    assert.equal(link, this.linkType);
    const ip = start + LINK_BYTES[link];
    assert.equal(bytes[ip], 0x45);
    assert.equal(end - ip, 20 + 8 + LENGTH);
    assert.equal(wire, end - start);
    assert.ok(Math.abs(Date.now() / 1000 - sec) < 60 && nsec >= 0 && nsec < 1e9);
    this.seen.push(new DataView(bytes.buffer, bytes.byteOffset + ip + 28).getUint32(0));
  }
}

const CASES = [
  { ifaces: "lo", engine: "pcap", link: LINK.ETHERNET },
  { ifaces: "lo", engine: "libpcap", link: LINK.ETHERNET },
  { ifaces: "any", engine: "pcap", link: LINK.RAW },
  { ifaces: "any", engine: "libpcap", link: LINK.LINUX_SLL },
  { ifaces: "^l[o]$", engine: "pcap", link: LINK.ETHERNET },
] as const;

for (const { ifaces, engine, link } of CASES) {
  testWhere(withoutCapture, `each datagram comes exactly once: engine ${engine}, --ifaces ${ifaces}`, async () => {
    const wanted = await Datagrams.open(), other = await Datagrams.open();
    const rules = [{ protocol: "dns", ports: [wanted.port], host: "127.0.0.1" }];
    const capture = new LiveCapture({ ifaces, engine, rules, transportsOf });
    try {
      const numbers = new Numbers(link);
      await other.send(20, LENGTH);
      await wanted.send(COUNT, LENGTH);
      assert.equal(await take(capture.sources, numbers, COUNT), COUNT);
      assert.deepEqual(numbers.seen, Array.from({ length: COUNT }, (_, i) => i));
      assert.deepEqual(capture.sources.map((source) => source.stats()), [{ packets: COUNT, dropped: 0, notes: [] }]);
      assert.deepEqual(capture.opened.failed, []);
      assert.match(capture.opened.started[0], /^sniffer add device \((lo|any)\), address=\[(127\.0\.0\.1\/8.*)?\]$/);
    } finally {
      for (const source of capture.sources) source.close();
      await capture.sources[0].wait(0);
      await wanted.close();
      await other.close();
    }
  });
}

for (const engine of ["pcap", "libpcap"] as const) {
  testWhere(withoutCapture, `an expression of the user holds besides the rules: engine ${engine}`, async () => {
    const datagrams = await Datagrams.open();
    const rules = [{ protocol: "dns", ports: [datagrams.port], host: "" }];
    const capture = new LiveCapture({ ifaces: "lo", engine, rules, transportsOf, extraFilter: "udp[8:4] < 7" });
    await datagrams.send(50, LENGTH);
    assert.equal(await take(capture.sources, new Numbers(LINK.ETHERNET), 7), 7);
    capture.sources[0].close();
    await datagrams.close();
  });
}

for (const engine of ["pcap", "libpcap"] as const) {
  testWhere(
    withoutCapture,
    `the filter is exchanged without losing what both let through: engine ${engine}`,
    async () => {
      const first = await Datagrams.open(), second = await Datagrams.open();
      const rule = (...ports: number[]) => ({ protocol: "dns", ports, host: "" });
      const options = { ifaces: "lo", engine, transportsOf };
      const capture = new LiveCapture({ ...options, rules: [rule(first.port)] });
      const numbers = new Numbers(LINK.ETHERNET);
      await first.send(10, LENGTH);
      capture.reconfigure({ ...options, rules: [rule(first.port, second.port)] });
      await first.send(10, LENGTH);
      await second.send(10, LENGTH);
      assert.equal(await take(capture.sources, numbers, 30), 30);
      assert.throws(() => capture.reconfigure({ ...options, rules: [rule(second.port)], extraFilter: "nonsense" }));
      await first.send(10, LENGTH);
      assert.equal(await take(capture.sources, numbers, 10), 10, "a filter that is wrong changes nothing");
      const { busySeconds, fill, ...counters } = capture.counters().get("lo")!;
      assert.deepEqual(counters, { packets: 40, dropped: 0 });
      assert.ok(busySeconds > 0);
      assert.equal(fill, engine === "pcap" ? 0 : undefined, "only of a ring is it known");
      capture.close();
      await first.close();
      await second.close();
    },
  );
}

testWhere(withoutCapture, "what finds no room in the ring is counted, and counted once", async () => {
  const datagrams = await Datagrams.open();
  const filter = new LiveFilter([{ protocol: "dns", ports: [datagrams.port], host: "" }], transportsOf);
  const source = new RingSource("lo", { blocks: 2, filter });
  await datagrams.send(200, 30_000);
  let taken = source.drain({ packet() {} }, 1e6);
  const dropped = source.stats().dropped;
  assert.ok(taken > 0 && dropped > 0);
  assert.equal(source.stats().dropped, dropped);
  taken += await take([source], { packet() {} }, 200 - dropped - taken);
  assert.equal(taken + source.stats().dropped, 200);
  source.close();
  assert.equal(source.stats().dropped, dropped, "still known when it is closed");
  await datagrams.close();
});

for (const Source of [RingSource, LibpcapSource]) {
  testWhere(withoutCapture, `${Source.name}: a sink that closes the source does no harm`, async () => {
    const datagrams = await Datagrams.open();
    const filter = new LiveFilter([{ protocol: "dns", ports: [datagrams.port], host: "" }], transportsOf);
    const source = new Source("lo", { filter });
    let kept = new Uint8Array(0);
    const sink: PacketSink = {
      packet(bytes) {
        kept = bytes as Uint8Array<ArrayBuffer>;
        source.close();
      },
    };
    await datagrams.send(3, LENGTH);
    assert.ok(await take([source], sink, 1) >= 1);
    assert.equal(source.ended, true);
    assert.equal(source.drain(sink, 10), 0);
    // The ring's memory is unmapped: what was kept against the contract is empty, and reading it does not crash.
    if (Source === RingSource) assert.equal(kept.length, 0);
    source.close();
    await datagrams.close();
  });

  testWhere(withoutCapture, `${Source.name}: closing while a wait is under way, and timers run meanwhile`, async () => {
    const source = new Source("lo", {
      filter: new LiveFilter([{ protocol: "dns", ports: [1], host: "" }], transportsOf),
    });
    let ticks = 0;
    const timer = setInterval(() => ticks++, 5);
    const wait = source.wait(100);
    assert.equal(source.wait(100), wait, "waits share one poll");
    setTimeout(() => source.close(), 20);
    await wait; // libpcap may have got others' packets before it had its filter: then the first is over at once
    while (!source.ended) await source.wait(100);
    clearInterval(timer);
    assert.ok(ticks > 0);
  });
}
