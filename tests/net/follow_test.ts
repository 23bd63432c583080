/** The table of flows, and what a flow is taken for. */
import assert from "node:assert/strict";
import { FLOW_CLOSED_SECONDS, FLOW_IDLE_SECONDS } from "../../src/core/limits.ts";
import { Lane } from "../../src/lane/lane.ts";
import { ethernet, ipv4, packet, Talk, udp } from "../tools/build.ts";
import { type Packet, replay } from "../tools/replay.ts";

const rules = [{ protocol: "http", ports: [80], host: "" }];
const get = "GET /a HTTP/1.1\r\nHost: h\r\n\r\n";
const ok = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";

function feed(lane: Lane, packets: readonly Packet[], laterSeconds = 0): void {
  for (const { bytes, wireLength, sec, nsec, linkType } of packets) {
    lane.packet(bytes, 0, bytes.length, wireLength, sec + laterSeconds, nsec, linkType);
  }
}

function counting() {
  const counted = { paired: 0, unanswered: 0 };
  const lane = new Lane(rules, {
    roundTrip: () => void counted.paired++,
    unanswered: () => void counted.unanswered++,
  });
  return { counted, lane };
}

Deno.test("an idle flow ends by the packets' clock, and its requests are accounted for", () => {
  const { lane } = counting();
  feed(lane, new Talk(80).handshake().client(get).packets);
  feed(lane, new Talk(80, 50000).handshake().packets, FLOW_IDLE_SECONDS - 5);
  assert.equal(lane.ledger.of("http").unanswered, 0);
  for (let i = 1; i < 60; i++) feed(lane, new Talk(80, 50000 + i).handshake().packets, FLOW_IDLE_SECONDS + i);
  assert.equal(lane.ledger.of("http").unanswered, 1);
  assert.ok(lane.ledger.of("http").balanced());
});

Deno.test("an idle interface's flows end by the wall clock that the lane is told", () => {
  const { counted, lane } = counting();
  feed(lane, new Talk(80).handshake().client(get).packets);
  for (let i = 0; i < 60; i++) lane.tick(1_700_000_000 + FLOW_IDLE_SECONDS + i, 0);
  assert.equal(counted.unanswered, 1);
});

Deno.test("a clock that runs backwards moves no timer and loses no pair", () => {
  const { counted, lane } = counting();
  const { packets } = new Talk(80).handshake().client(get).server(ok).client(get).server(ok);
  packets.forEach((one, i) => feed(lane, [one], -100 * i));
  lane.close();
  assert.equal(counted.paired, 2);
  assert.equal(lane.ledger.of("http").clockBackwards, 2);
});

Deno.test("closed flows are forgotten, so that a new one may begin without a SYN", () => {
  const { counted, lane } = counting();
  feed(lane, new Talk(80).handshake().client(get).server(ok).fin(0).fin(1).packets);
  for (let i = 0; i < 60; i++) lane.tick(1_700_000_000 + FLOW_CLOSED_SECONDS + i, 0);
  feed(lane, new Talk(80, 40000, 900, 800).client(get).server(ok).packets, FLOW_CLOSED_SECONDS + 60);
  assert.equal(counted.paired, 2);
});

Deno.test("a client whose own port is configured is no server once its SYN was seen", () => {
  const { lines, ledger } = replay(new Talk(9999, 80).handshake().client(get).server(ok).packets, rules);
  assert.deepEqual(lines, []);
  assert.deepEqual([...ledger.flowReasons.counts], [["the server's port 9999 is in no rule", 1]]);
});

Deno.test("a rule's host chooses its flows", () => {
  const { packets } = new Talk(80).handshake().client(get).server(ok);
  const count = (host: string) => replay(packets, [{ protocol: "http", ports: [80], host }]).lines.length;
  assert.equal(count("10.0.0.2"), 1, "the server");
  assert.equal(count("10.0.0.1"), 1, "the client");
  assert.equal(count("10.0.0.3"), 0, "somebody else");
});

Deno.test("two protocols on one port: the first bytes tell", () => {
  const both = [{ protocol: "dns", ports: [80], host: "" }, { protocol: "http", ports: [80], host: "" }];
  for (const order of [both, [...both].reverse()]) {
    assert.equal(replay(new Talk(80).handshake().client(get).server(ok).packets, order).lines.length, 1);
  }
});

Deno.test("packets on other ports open no flow", () => {
  const { ledger } = replay([
    ...new Talk(81).handshake().client(get).packets,
    packet(ethernet(ipv4(udp(1000, 80, "x"), { protocol: 17 }))),
  ], rules);
  assert.deepEqual([ledger.flows, ledger.matched], [0, 0]);
});
