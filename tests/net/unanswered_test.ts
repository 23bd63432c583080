/** Requests whose time is over, by the packets' clock. */
import assert from "node:assert/strict";
import { PATIENCE_SECONDS } from "../../src/core/limits.ts";
import { Lane } from "../../src/lane/lane.ts";
import { concat, ethernet, ipv4, packet, Talk, udp } from "../tools/build.ts";
import type { Packet } from "../tools/replay.ts";

const rules = [{ protocol: "http", ports: [80], host: "" }, { protocol: "dns", ports: [53], host: "" }];
const get = "GET /a HTTP/1.1\r\nHost: h\r\n\r\n";
const ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n";
const START = 1_700_000_000;

function counting() {
  const told = { pairs: [] as number[], unanswered: 0 };
  const lane = new Lane(rules, {
    roundTrip: (roundTrip) => void told.pairs.push(roundTrip.durationNs / 1e9),
    unanswered: () => void told.unanswered++,
  });
  return { told, lane, http: lane.ledger.of("http") };
}

function feed(lane: Lane, packets: readonly Packet[]): void {
  for (const { bytes, wireLength, sec, nsec, linkType } of packets) {
    lane.packet(bytes, 0, bytes.length, wireLength, sec, nsec, linkType);
  }
}

Deno.test("a request is told when its time is over, once, while its flow goes on", () => {
  const { told, lane, http } = counting();
  feed(lane, new Talk(80).handshake().client(get).packets);
  lane.tick(START + PATIENCE_SECONDS - 2, 0);
  assert.equal(told.unanswered, 0);
  for (let i = 1; i < 20; i++) lane.tick(START + PATIENCE_SECONDS + i, 0);
  assert.deepEqual([told.unanswered, http.timedOut, http.pending, http.unanswered], [1, 1, 1, 0]);
  lane.close();
  assert.deepEqual([told.unanswered, http.pending, http.unanswered], [1, 0, 1]);
  assert.ok(http.balanced());
});

Deno.test("an answer that comes late is a round trip all the same", () => {
  const { told, lane, http } = counting();
  const talk = new Talk(80).handshake().client(get).pause(1000 * (PATIENCE_SECONDS + 30)).server(ok + "ab");
  const { packets } = talk.client(get).server(ok + "cd");
  feed(lane, packets.slice(0, 4));
  lane.tick(START + PATIENCE_SECONDS + 10, 0);
  feed(lane, packets.slice(4));
  assert.deepEqual(told, { pairs: [PATIENCE_SECONDS + 30 + 0.001, 0.001], unanswered: 1 });
  assert.deepEqual([http.timedOut, http.late, http.paired, http.unanswered], [1, 1, 2, 0]);
  assert.ok(http.balanced());
});

Deno.test("a response that has begun is awaited for as long as it takes", () => {
  const { told, lane } = counting();
  const { packets } = new Talk(80).handshake().client(get).server(ok + "a").pause(300_000).server("b");
  feed(lane, packets.slice(0, -1));
  for (let i = 0; i < 290; i += 10) lane.tick(START + i, 0);
  feed(lane, packets.slice(-1));
  assert.equal(told.unanswered, 0);
  assert.equal(told.pairs.length, 1);
});

Deno.test("each protocol has its own patience", () => {
  const { told, lane } = counting();
  const question = concat(new Uint8Array([0, 7, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0]), new Uint8Array([1, 97, 0, 0, 1, 0, 1]));
  feed(lane, [packet(ethernet(ipv4(udp(40000, 53, question), { protocol: 17 })))]);
  lane.tick(START + 12, 0);
  assert.equal(told.unanswered, 1);
});

Deno.test("a clock that runs backwards tells of nothing", () => {
  const { told, lane } = counting();
  feed(lane, new Talk(80).handshake().client(get).packets);
  lane.tick(START - 100_000, 0);
  lane.tick(START + 1, 0);
  assert.equal(told.unanswered, 0);
});
