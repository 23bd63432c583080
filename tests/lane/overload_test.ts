/** While decoding cannot keep up whole flows are passed over, and the others stay whole. */
import assert from "node:assert/strict";
import { MemorySource } from "../../src/capture/memory.ts";
import { Lane } from "../../src/lane/lane.ts";
import { Overload } from "../../src/lane/overload.ts";
import { Talk } from "../tools/build.ts";

const FLOWS = 400;
const get = "GET /a HTTP/1.1\r\nHost: h\r\n\r\n", ok = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";

/** A source that says how full its ring is. */
class Filling extends MemorySource {
  fill = 0;

  constructor() {
    super([]);
  }
}

/** A lane that follows many connections at once, behind a ring that is as full as the test says. */
class Watched {
  readonly source = new Filling();
  readonly lane: Lane;
  readonly overload: Overload;
  readonly talks = Array.from({ length: FLOWS }, (_, i) => new Talk(80, 20_000 + i));
  /** Round trips of each flow. */
  readonly paired = new Array<number>(FLOWS).fill(0);
  readonly told: number[] = [];
  nowMs = 5000;

  constructor() {
    this.lane = new Lane([{ protocol: "http", ports: [80], host: "" }], {
      roundTrip: ({ flow }) => void this.paired[flow.client.port - 20_000]++,
      unanswered: () => assert.fail("nobody stayed without an answer"),
    });
    this.overload = new Overload((parts) => this.lane.keep(parts), (share) => this.told.push(share));
    this.all((talk) => talk.handshake());
  }

  get account() {
    return this.lane.ledger.of("http");
  }

  /** Lets all connections go on, and looks at each packet. */
  all(goOn: (talk: Talk) => void): void {
    for (const talk of this.talks) {
      goOn(talk);
      for (const { bytes, wireLength, sec, nsec, linkType } of talk.packets.splice(0)) {
        this.lane.packet(bytes, 0, bytes.length, wireLength, sec, nsec, linkType);
      }
    }
    assert.ok(this.account.balanced());
  }

  exchanges(count: number): void {
    for (let i = 0; i < count; i++) this.all((talk) => talk.client(get).server(ok));
  }

  /** @param fill of the ring, after so many milliseconds */
  round(fill: number, laterMs = 25): void {
    this.source.fill = fill;
    this.overload.round([this.source], this.nowMs += laterMs);
  }
}

Deno.test("half of the flows is passed over, whole; the others lose nothing; all come back", () => {
  const watched = new Watched(), { account } = watched;
  watched.exchanges(3);
  watched.all((talk) => talk.client(get));
  watched.round(0.8);
  assert.equal(watched.overload.share, 1, "it may empty by itself");
  watched.round(0.8);
  assert.equal(watched.overload.share, 0.5);
  const { sampledOut, pending } = account;
  assert.equal(sampledOut + pending, FLOWS);
  assert.ok(sampledOut > FLOWS / 4 && pending > FLOWS / 4, `${sampledOut} of ${FLOWS}`);
  assert.equal(account.flowsSampledOut, sampledOut);
  assert.equal(watched.lane.openFlows().tcp, pending);

  watched.all((talk) => talk.server(ok));
  watched.exchanges(3);
  assert.deepEqual(new Set(watched.paired), new Set([3, 7]), "no flow is torn");
  assert.equal(watched.paired.filter((count) => count === 7).length, pending);
  assert.equal(account.coverage, 1);
  assert.equal(account.packetsSampledOut, sampledOut * 7);
  assert.deepEqual([...watched.lane.ledger.undecoded.counts], [["sampled out", sampledOut * 7]]);

  for (let i = 0; i < 3; i++) watched.round(0.5, 2000);
  assert.equal(watched.overload.share, 0.5, "not before the ring is nearly empty");
  const shares: number[] = [];
  for (let i = 0; i < 10; i++) {
    watched.round(0.1, 600);
    shares.push(watched.overload.share);
  }
  assert.deepEqual(shares, [0.5, 0.5625, 0.5625, 0.625, 0.625, 0.6875, 0.6875, 0.75, 0.75, 0.8125]);
  for (let i = 0; i < 6; i++) watched.round(0, 600);
  assert.equal(watched.overload.share, 1);
  assert.deepEqual(watched.told, [0.5, 1]);
  const before = [...watched.paired];
  watched.exchanges(3);
  assert.ok(watched.paired.every((count, i) => count > before[i]), "flows that come back are joined in the middle");
  watched.lane.close();
  assert.ok(account.balanced() && account.pending === 0);
});

Deno.test("it goes on as long as the ring does not empty, and never below one part", () => {
  const watched = new Watched();
  for (let i = 0; i < 4; i++) watched.round(0.8 + i / 100);
  assert.equal(watched.overload.share, 1 / 8);
  watched.round(0.79);
  assert.equal(watched.overload.share, 1 / 8, "it empties");
  for (let i = 0; i < 20; i++) watched.round(1);
  assert.equal(watched.overload.share, 1 / 256);
  watched.exchanges(1);
  assert.ok(watched.paired.reduce((sum, count) => sum + count) < FLOWS / 20);
});

Deno.test("a ring that is full because the machine stood still, and one that is less full than it may be, cost no flow", () => {
  const watched = new Watched();
  for (const fill of [1, 0.95, 0.9, 0.85, 0.8, 0.76, 0.7, 0.1]) watched.round(fill);
  for (let i = 0; i < 20; i++) watched.round(0.74);
  assert.equal(watched.overload.share, 1);
  watched.round(0.9);
  watched.round(0.9, 5);
  assert.equal(watched.overload.share, 1, "a moment tells nothing");
  assert.deepEqual(watched.told, []);
});
