/** Bytes that lie or belong to something else: verdicts and counters, bounded memory, and the next good request decodes. */
import assert from "node:assert/strict";
import { deflateSync } from "node:zlib";
import { Arrival, type Direction, Endpoint, FROM_CLIENT, FROM_SERVER } from "../../../src/core/flow.ts";
import { ProtocolLedger } from "../../../src/core/ledger.ts";
import type { RoundTrip } from "../../../src/core/roundtrip.ts";
import { MongoConversation } from "../../../src/protocols/mongodb/conversation.ts";
import { mongodb } from "../../../src/protocols/mongodb/mod.ts";
import type { MongoDetail } from "../../../src/protocols/mongodb/messages.ts";
import { bytesOf, concat, Talk } from "../../tools/build.ts";
import { seeded } from "../../tools/random.ts";
import { replay } from "../../tools/replay.ts";
import {
  compressed,
  cstring,
  document,
  heard,
  i32,
  i64,
  type Line,
  message,
  msg,
  ok,
  ping,
  query,
  Raw,
  reply,
  request,
  rules,
  sequence,
  short,
  type Value,
} from "./wire.ts";

const talk = () => new Talk(27017).handshake();

/** What comes after trouble: two good requests and their answers. The last one must be there. */
function andThen(trouble: Talk): Line[] {
  const { lines } = heard(trouble.client(ping(98)).server(ok(98)).client(ping(99)).server(ok(99)));
  assert.equal(lines.at(-1)?.Request.ID, 99);
  return lines;
}

/** A message whose header tells this length. */
function lying(bytes: Uint8Array, length: number): Uint8Array {
  const copy = bytes.slice();
  copy.set(i32(length));
  return copy;
}

Deno.test("headers that lie about the length cost what waited, and the next turn mends it", () => {
  for (const length of [0, 15, -1, 0x7fffffff, 48_000_001]) {
    andThen(talk().client(lying(ping(1), length)).server(ok(1)));
    andThen(talk().client(ping(1)).server(lying(ok(1), length)));
  }
  for (const length of [16, 20, 40, 60, 5000, 48_000_000]) {
    andThen(talk().client(lying(ping(1), length)).server(ok(1)));
    andThen(talk().client(lying(ping(1), length)));
    andThen(talk().client(ping(1)).server(lying(ok(1), length)));
  }
});

Deno.test("documents that lie give a pair with what was read, and the stream goes on", () => {
  const long = (length: number) => new Raw(0x02, concat(i32(length), cstring("x")));
  const values: Value[] = [
    long(0),
    long(-1),
    long(0x7fffffff),
    new Raw(0x03, concat(i32(4), new Uint8Array(1))),
    new Raw(0x03, concat(i32(-5), new Uint8Array(1))),
    new Raw(0x04, concat(i32(1_000_000), new Uint8Array(1))),
    new Raw(0x05, concat(i32(-1), new Uint8Array(1))),
    new Raw(0x0b, bytesOf("no end")),
    new Raw(0x0c, concat(i32(-20), new Uint8Array(20))),
    new Raw(0x42, new Uint8Array(4)), // no such type
    new Raw(0x13, new Uint8Array(3)), // cut off
  ];
  for (const value of values) {
    const [first] = andThen(
      talk().client(request(1, { find: "c", value, $db: "d" })).server(msg(9, 1, { value, ok: 1 })),
    );
    assert.equal(short([first])[0], "find <unknown>.c > 0 0 <unknown>");
  }
  for (const wrong of [document({}).slice(0, 4), i32(-1), i32(1000), new Uint8Array(0)]) {
    andThen(talk().client(message(2013, 1, 0, i32(0), new Uint8Array(1), wrong)).server(ok(1)));
    andThen(talk().client(message(2013, 1, 0, i32(0), new Uint8Array([1]), wrong)).server(ok(1)));
    andThen(talk().client(message(2013, 1, 0, i32(0), new Uint8Array([7]), wrong)).server(ok(1)));
    andThen(talk().client(message(2013, 1, 0, i32(0x40), new Uint8Array(1), wrong)).server(ok(1)));
    andThen(talk().client(message(2004, 1, 0, i32(0), wrong)).server(message(1, 1, 1, wrong)));
  }
});

Deno.test("nesting 10,000 deep is passed over as one", () => {
  let deep = document({});
  for (let i = 0; i < 10_000; i++) deep = concat(i32(deep.length + 8), bytesOf("\x03a\0"), deep, new Uint8Array(1));
  const conversation = begin(true);
  conversation.feed(FROM_CLIENT, request(1, { find: "c", deep: new Raw(0x03, deep), $db: "d" }));
  const insides: { [name: string]: Value }[] = [
    { writeErrors: [new Raw(0x03, deep)], ok: 1 },
    { writeErrors: new Raw(0x04, deep), ok: 1 },
    { cursor: new Raw(0x03, deep), ok: 1 },
  ];
  for (const [i, body] of insides.entries()) {
    conversation.feed(FROM_CLIENT, request(10 + i, { bulkWrite: 1, explain: new Raw(0x03, deep), $db: "d" }));
    conversation.feed(FROM_SERVER, msg(1, 10 + i, body));
  }
  conversation.feed(FROM_SERVER, ok(1));
  assert.deepEqual(conversation.pairs.map(({ detail }) => `${detail.ok} ${detail.database}`), [
    "1 d",
    "1 d",
    "1 d",
    "1 d",
  ]);
});

Deno.test("names and namespaces without an end are not waited for", () => {
  const name = "n".repeat(100_000);
  andThen(
    talk().client(request(1, { find: "c", more: 1 }).subarray(0, 0)).client(request(1, { [name.slice(0, 30_000)]: 1 }))
      .server(ok(1)),
  );
  andThen(talk().client(query(1, name.slice(0, 30_000), {})).server(ok(1)));
  const conversation = begin(true);
  const whole = request(1, { [name]: 1, $db: "d" });
  for (let at = 0; at < whole.length; at += 1000) {
    const part = whole.subarray(at, at + 1000);
    assert.equal(conversation.feed(FROM_CLIENT, part), part.length);
  }
});

Deno.test("messages of 48 MB are passed over without being held", () => {
  const { feed, ledger, pairs } = begin(true);
  const body = document({ insert: "c", documents: [], $db: "d" });
  const filler = 47_000_000;
  const head = concat(i32(0), new Uint8Array([1]), i32(4 + 10 + filler), cstring("documents"));
  const length = 16 + head.length + filler + 1 + body.length;
  assert.equal(feed(FROM_CLIENT, concat(i32(length), i32(1), i32(0), i32(2013), head)), 16 + head.length - 10 + 10);
  const piece = new Uint8Array(1_000_000);
  for (let left = filler; left > 0; left -= piece.length) assert.equal(feed(FROM_CLIENT, piece), piece.length);
  feed(FROM_CLIENT, concat(new Uint8Array(1), body));
  feed(FROM_SERVER, ok(1));
  assert.deepEqual([pairs.length, pairs[0].requestBytes, pairs[0].detail.command, pairs[0].detail.database], [
    1,
    length,
    "insert",
    "d",
  ]);
  assert.equal(ledger.skippedBytes, 0);
});

Deno.test("another protocol on the port is given up", () => {
  const http = bytesOf("GET / HTTP/1.1\r\nHost: a-name-that-is-long-enough\r\n\r\n".repeat(30));
  const found = replay(talk().client(http).packets, rules);
  assert.deepEqual([...found.ledger.flowReasons.counts], [["port 27017 speaks HTTP, not MongoDB", 1]]);
  const greeted = talk().client("PROXY TCP4 10.0.0.1 10.0.0.2 1 2\r\n").server(ok(0)).client(ping(1)).server(ok(1));
  assert.equal(heard(greeted).lines.length, 1);
});

Deno.test("a probe knows both sides' first messages, and waits for a whole header", () => {
  const CERTAIN = 2, UNSURE = 1, NO = 0;
  const probe = (direction: Direction, bytes: Uint8Array) => mongodb.probe(direction, bytes, 0, bytes.length);
  assert.equal(probe(FROM_CLIENT, query(1, "admin.$cmd", { isMaster: 1 })), CERTAIN);
  assert.equal(probe(FROM_SERVER, reply(1, [{ ok: 1 }])), CERTAIN);
  assert.equal(probe(FROM_CLIENT, reply(1, [{ ok: 1 }])), NO);
  assert.equal(probe(FROM_CLIENT, ping(1).subarray(0, 10)), UNSURE);
  assert.equal(probe(FROM_CLIENT, bytesOf("GET / HTTP/1.1\r\n")), NO);
});

Deno.test("requests that are never answered are kept up to a ceiling", () => {
  const { feed, ledger, conversation } = begin(true);
  for (let i = 0; i < 100; i++) {
    feed(
      FROM_CLIENT,
      concat(...Array.from({ length: 1000 }, (_, n) => ping(i * 1000 + n))),
    );
  }
  assert.ok(ledger.pending <= 65536);
  conversation.close();
  assert.ok(ledger.balanced());
  assert.equal(ledger.requests, 100_000);
});

Deno.test("any bytes give only verdicts, and a good turn afterwards decodes", () => {
  const random = seeded(5);
  const find = request(1, { find: "c", filter: { a: [1, { b: "x" }] }, lsid: { id: new Uint8Array(16) }, $db: "d" });
  const failure = msg(9, 1, { writeErrors: [{ code: 11000, errmsg: "x" }], writeConcernError: { code: 64 }, ok: 1 });
  const pieces = [
    find,
    failure,
    ping(2),
    ok(2),
    query(3, "d.$cmd", { $query: { count: "c" } }),
    reply(3, [{ ok: 1 }], 0, 5n),
    message(2005, 4, 0, i32(0), cstring("d.c"), i32(0), i64(5n)),
    message(
      2013,
      5,
      0,
      i32(0),
      sequence("documents", document({ a: 1 })),
      new Uint8Array(1),
      document({ insert: "c", $db: "d" }),
    ),
    compressed(find, 2, deflateSync(find.subarray(16))),
    compressed(failure, 0, failure.subarray(16)),
    compressed(find, 1, new Uint8Array([5, 16, 1, 2, 3, 4, 5])),
    message(2010, 6, 0, cstring("d"), cstring("find"), document({}), document({ find: "c" })),
    message(2011, 1, 6, document({}), document({ ok: 1 })),
  ];
  let open = 0;
  for (let round = 0; round < 3000; round++) {
    const { feed, ledger, conversation, pairs } = begin(round % 2 === 0, round * 65536);
    let closed = false;
    for (let i = 0; i < 20 && !closed; i++) {
      const bytes = pieces[Math.trunc(random() * pieces.length)].slice();
      for (let n = Math.trunc(random() * 3); n > 0; n--) bytes[Math.trunc(random() * bytes.length)] = random() * 256;
      const direction = random() < 0.5 ? FROM_CLIENT : FROM_SERVER;
      if (random() < 0.1) conversation.gap(direction, Math.trunc(random() * 100));
      closed = feed(direction, bytes.subarray(0, Math.trunc(random() * (bytes.length + 1))), random() < 0.3) < 0;
    }
    if (!closed) {
      open++;
      conversation.gap(FROM_CLIENT, 2 ** 30); // whatever was half there is gone
      conversation.gap(FROM_SERVER, 2 ** 30);
      feed(FROM_CLIENT, ping(77), true);
      feed(FROM_SERVER, ok(77));
      assert.equal(pairs.at(-1)?.detail.id, 77);
    }
    conversation.close();
    assert.ok(ledger.balanced() && ledger.pending === 0, JSON.stringify(ledger));
  }
  assert.ok(open > 500, `${open}`);
});

/** A conversation that is fed directly. What it does not consume is dropped. */
function begin(sawStart: boolean, sequence = 0) {
  const ledger = new ProtocolLedger("mongodb");
  const pairs: RoundTrip<MongoDetail>[] = [];
  const sink = { roundTrip: (pair: RoundTrip) => void pairs.push(pair as RoundTrip<MongoDetail>), unanswered() {} };
  const address = new Uint8Array([127, 0, 0, 1]);
  const client = new Endpoint(address, 40000), server = new Endpoint(address, 27017);
  const flow = { transport: "tcp", client, server, sawStart } as const;
  const conversation = new MongoConversation(mongodb, flow, { ledger, sink });
  const next = [sequence, sequence];
  const at = new Arrival();
  const feed = (direction: Direction, bytes: Uint8Array, quiet = false): number => {
    at.sequence = next[direction];
    at.acknowledged = next[1 - direction];
    at.quiet = quiet;
    next[direction] = (next[direction] + bytes.length) | 0;
    return conversation.feed(direction, bytes, 0, bytes.length, at);
  };
  return { feed, ledger, conversation, pairs };
}
