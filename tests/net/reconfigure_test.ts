/** New rules while flows go on, and what flows carry. */
import assert from "node:assert/strict";
import type { Rule } from "../../src/core/rule.ts";
import { Lane } from "../../src/lane/lane.ts";
import { Talk } from "../tools/build.ts";
import type { Packet } from "../tools/replay.ts";

const get = "GET /a HTTP/1.1\r\nHost: h\r\n\r\n";
const ok = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";

function rule(protocol: string, ...ports: number[]): Rule {
  return { protocol, ports, host: "" };
}

function counting(rules: Rule[]) {
  const counted = { paired: 0, unanswered: 0 };
  const lane = new Lane(rules, {
    roundTrip: () => void counted.paired++,
    unanswered: () => void counted.unanswered++,
  });
  return { counted, lane };
}

function feed(lane: Lane, packets: readonly Packet[]): void {
  for (const { bytes, wireLength, sec, nsec, linkType } of packets) {
    lane.packet(bytes, 0, bytes.length, wireLength, sec, nsec, linkType);
  }
}

Deno.test("a flow whose rule stays loses no round trip by new rules", () => {
  const { counted, lane } = counting([rule("http", 80)]);
  const { packets } = new Talk(80).handshake().client(get).server(ok).client(get).server(ok);
  const half = packets.length - 1;
  feed(lane, packets.slice(0, half));
  lane.reconfigure([rule("redis", 6379), rule("http", 80, 8080)], {});
  feed(lane, packets.slice(half));
  lane.close();
  assert.deepEqual(counted, { paired: 2, unanswered: 0 });
  assert.equal(lane.ledger.of("http").midStreamFlows, 0);
});

Deno.test("a flow whose rule is gone ends, and what waited is accounted for", () => {
  const { counted, lane } = counting([rule("http", 80)]);
  const { packets } = new Talk(80).handshake().client(get).server(ok).client(get).server(ok);
  feed(lane, packets.slice(0, -1));
  lane.reconfigure([rule("redis", 6379)], {});
  feed(lane, packets.slice(-1));
  lane.close();
  assert.deepEqual(counted, { paired: 1, unanswered: 1 });
  assert.ok(lane.ledger.of("http").balanced());
});

Deno.test("a flow that nobody decoded is joined in the middle when a rule comes for it", () => {
  const { counted, lane } = counting([{ protocol: "http", ports: [80], host: "10.9.9.9" }]);
  const { packets } = new Talk(80).handshake().client(get).server(ok).client(get).server(ok);
  const half = packets.length - 2;
  feed(lane, packets.slice(0, half));
  lane.reconfigure([rule("http", 80)], {});
  feed(lane, packets.slice(half));
  lane.close();
  assert.deepEqual(counted, { paired: 1, unanswered: 0 });
  assert.equal(lane.ledger.of("http").midStreamFlows, 1);
});

Deno.test("packets and payload of each flow are counted by who sent them, repeated segments too", () => {
  const counted = { packets: [0, 0], bytes: [0, 0], skipped: 0, flows: 0 };
  const { lane } = counting([rule("http", 80)]);
  const { packets } = new Talk(80).handshake().client(get).server(ok);
  feed(lane, packets.slice(0, -1));
  lane.reconfigure([rule("http", 80)], {
    meter: {
      flow: (transport, sides) => {
        assert.equal(transport, "tcp");
        assert.equal(sides[1].port, 80);
        counted.flows++;
        return {
          packet: (side, bytes) => {
            counted.packets[side]++;
            counted.bytes[side] += bytes;
          },
          skipped: () => counted.skipped++,
        };
      },
    },
  });
  feed(lane, [...packets.slice(-1), ...packets.slice(-1)]);
  assert.deepEqual(counted, { packets: [0, 2], bytes: [0, 2 * ok.length], skipped: 1, flows: 1 });
  assert.deepEqual(lane.openFlows(), { tcp: 1, udp: 0 });
});
