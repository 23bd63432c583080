/** Connections made to be held: what all of them together hold has a ceiling, and what is given up for it is counted. */
import assert from "node:assert/strict";
import { PENDING_REQUESTS } from "../../src/core/limits.ts";
import { FLOW_BYTES, totalOf } from "../../src/core/memory.ts";
import { Lane } from "../../src/lane/lane.ts";
import { ACK, bytesOf, ethernet, ipv4, packet, SYN, Talk, tcp } from "../tools/build.ts";
import type { Packet } from "../tools/replay.ts";

const MIB = 1024 * 1024;
const rules = [
  { protocol: "http", ports: [80], host: "" },
  { protocol: "redis", ports: [6379], host: "" },
  { protocol: "dns", ports: [53], host: "" },
];
const get = "GET /a HTTP/1.1\r\nHost: h\r\n\r\n", ok = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";

class Watched {
  readonly lane: Lane;
  paired = 0;
  unanswered = 0;
  /** The most that was held after any packet. */
  most = 0;
  #milliseconds = 0;

  constructor(maxMemory: number) {
    const sink = { roundTrip: () => void this.paired++, unanswered: () => void this.unanswered++ };
    this.lane = new Lane(rules, sink, { maxMemory });
  }

  /** @param stepMs how much later each packet comes than the one before */
  feed(packets: Iterable<Packet>, stepMs = 0): void {
    let count = 0;
    for (const { bytes, wireLength, linkType } of packets) {
      this.#milliseconds += stepMs;
      const sec = 1_700_000_000 + Math.trunc(this.#milliseconds / 1000), nsec = (this.#milliseconds % 1000) * 1e6;
      this.lane.packet(bytes, 0, bytes.length, wireLength, sec, nsec, linkType);
      if (++count % 64 === 0) this.most = Math.max(this.most, totalOf(this.lane.memory()));
    }
  }

  /** A good conversation is decoded whatever came before, and all is accounted for at the end. */
  assertAlive(): void {
    const before = this.paired;
    this.feed(new Talk(80, 65000).handshake().client(get).server(ok).fin(0).fin(1).packets, 1);
    assert.equal(this.paired, before + 1);
    this.lane.close();
    const held = this.lane.memory();
    assert.equal(totalOf(held), 0, JSON.stringify(held));
    for (const account of this.lane.ledger.protocols.values()) assert.ok(account.balanced() && account.pending === 0);
  }
}

/** A segment of the `i`th of many clients. */
function segment(i: number, port: number, sequence: number, flags: number, payload: string | Uint8Array = "") {
  const source = [172, 16 + (i >> 16), (i >> 8) & 255, i & 255];
  return packet(ethernet(ipv4(tcp(40000, port, sequence, 1, flags, payload), { protocol: 6, source })));
}

Deno.test("100,000 half-open connections", () => {
  const watched = new Watched(64 * MIB);
  watched.feed(function* () {
    for (let i = 0; i < 100_000; i++) yield segment(i, 80, 1, SYN);
  }());
  assert.ok(watched.most <= 64 * MIB + 8192 * FLOW_BYTES.tcp, `${watched.most} bytes`);
  const { tcp: open } = watched.lane.openFlows();
  assert.equal(watched.lane.ledger.flowsShed, 100_000 - open);
  assert.ok(open < 64 * MIB / FLOW_BYTES.tcp && open > 0.8 * 64 * MIB / FLOW_BYTES.tcp, `${open} are open`);
  watched.assertAlive();
});

Deno.test("10,000 connections that each wait for a lost segment", () => {
  const watched = new Watched(32 * MIB);
  const body = new Uint8Array(1000).fill(0x61);
  watched.feed(
    function* () {
      for (let i = 0; i < 10_000; i++) {
        yield segment(i, 80, 0, SYN);
        yield segment(i, 80, 1, ACK, get);
        for (let k = 1; k < 5; k++) yield segment(i, 80, 1 + get.length + 1000 * k, ACK, body);
      }
    }(),
    0.01,
  );
  assert.ok(watched.most <= 32 * MIB + 8192 * (FLOW_BYTES.tcp + 1000), `${watched.most} bytes`);
  const { flowsShed } = watched.lane.ledger;
  assert.ok(flowsShed > 1000, `${flowsShed} shed`);
  const { evicted } = watched.lane.ledger.of("http");
  assert.ok(evicted > 0 && watched.unanswered === 0, "what was given up is not told as unanswered");
  watched.assertAlive();
});

Deno.test("the connections that were silent for longest go first", () => {
  const watched = new Watched(1 * MIB);
  watched.feed(
    function* () {
      for (let i = 0; i < 1000; i++) {
        yield segment(0, 80, 1 + i, ACK, "x");
        yield segment(1 + i, 80, 1, SYN);
      }
    }(),
    20,
  );
  assert.ok(watched.lane.ledger.flowsShed > 500);
  watched.feed([segment(0, 80, 1001, ACK, get)]);
  const before = watched.lane.ledger.flows;
  watched.feed([segment(0, 80, 1002, ACK, "x")]);
  assert.equal(watched.lane.ledger.flows, before, "the busy one is still known");
  watched.assertAlive();
});

Deno.test("a million requests on one connection, and no answer", () => {
  const watched = new Watched(256 * MIB);
  const batch = bytesOf("*1\r\n$4\r\nPING\r\n".repeat(100));
  watched.feed(function* () {
    yield segment(0, 6379, 0, SYN);
    for (let i = 0; i < 10_000; i++) yield segment(0, 6379, 1 + i * batch.length, ACK, batch);
  }());
  const redis = watched.lane.ledger.of("redis");
  assert.equal(redis.requests, 1_000_000);
  assert.ok(redis.pending <= PENDING_REQUESTS);
  assert.equal(redis.evicted + redis.pending + redis.lost, 1_000_000);
  watched.assertAlive();
});

Deno.test("requests of many connections together have the same ceiling", () => {
  const watched = new Watched(16 * MIB);
  const batch = bytesOf("*1\r\n$4\r\nPING\r\n".repeat(100));
  watched.feed(
    function* () {
      for (let i = 0; i < 2000; i++) {
        yield segment(i, 6379, 0, SYN);
        yield segment(i, 6379, 1, ACK, batch);
      }
    }(),
    1,
  );
  assert.ok(watched.most <= 18 * MIB, `${watched.most} bytes`);
  assert.ok(watched.lane.ledger.of("redis").evicted > 100_000);
  watched.assertAlive();
});

Deno.test("fragments whose datagrams are never whole", () => {
  const watched = new Watched(1 * MIB);
  const half = new Uint8Array(1400);
  watched.feed(
    function* () {
      for (let i = 0; i < 20_000; i++) {
        yield packet(ethernet(ipv4(half, { protocol: 17, id: i & 0xffff, fragment: 0x2000 | ((i % 20) * 200) })));
      }
    }(),
    1,
  );
  assert.ok(watched.most < 2 * MIB, `${watched.most} bytes`);
  const given = watched.lane.ledger.undecoded.counts.get("a fragmented datagram that was never whole") ?? 0;
  assert.ok(given > 19_000, `${given} counted`);
  watched.assertAlive();
});

Deno.test("a lower ceiling is in force at once", () => {
  const watched = new Watched(64 * MIB);
  watched.feed(function* () {
    for (let i = 0; i < 5000; i++) yield segment(i, 80, 1, SYN);
  }());
  assert.equal(watched.lane.ledger.flowsShed, 0);
  watched.lane.reconfigure(rules, { maxMemory: 3 * MIB });
  watched.feed([segment(1, 80, 2, ACK)], 25);
  assert.ok(totalOf(watched.lane.memory()) <= 3 * MIB);
  assert.ok(watched.lane.ledger.flowsShed > 3500);
  watched.assertAlive();
});
