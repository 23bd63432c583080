/** Bytes that lie or belong to something else: verdicts and counters, bounded memory, and the next good request decodes. */
import assert from "node:assert/strict";
import { Arrival, type Direction, Endpoint, FROM_CLIENT, FROM_SERVER } from "../../../src/core/flow.ts";
import { ProtocolLedger } from "../../../src/core/ledger.ts";
import type { RoundTrip } from "../../../src/core/roundtrip.ts";
import { PostgresConversation } from "../../../src/protocols/postgresql/conversation.ts";
import { postgresql } from "../../../src/protocols/postgresql/mod.ts";
import { bytesOf, concat, Talk } from "../../tools/build.ts";
import { seeded } from "../../tools/random.ts";
import {
  complete,
  error,
  execute,
  header,
  heard,
  letIn,
  message,
  parse,
  query,
  ready,
  row,
  rowDescription,
  run,
  short,
  startup,
  sync,
  u32,
} from "./wire.ts";

const answer = concat(rowDescription, row, complete("SELECT 1"), ready);

/** What comes after trouble: a good request, and its answer. */
const andThen = (talk: Talk) => short(heard(talk.client(query("select 1")).server(answer)).lines).at(-1);

Deno.test("lengths that lie cost at most what waited", () => {
  for (const length of [0, 3, 0x40000000, 0xffffffff]) {
    assert.equal(andThen(letIn().client(header("Q", length)).server(answer)), "select 1 > SELECT 1", `Q ${length}`);
    assert.equal(andThen(letIn().client(query("x")).server(header("T", length))), "select 1 > SELECT 1", `T ${length}`);
  }
  assert.equal(andThen(letIn().client(header("S", 5)).server(answer)), "select 1 > SELECT 1");
  assert.equal(andThen(letIn().client(message("B")).server(answer)), "select 1 > SELECT 1");
});

Deno.test("messages that cannot come now break the order, and the next turn mends it", () => {
  const wrong = [ready, message("1"), message("R", u32(0)), message("s"), message("V", u32(0))];
  for (const bytes of wrong) assert.equal(andThen(letIn().client(query("x")).server(bytes)), "select 1 > SELECT 1");
  const { ledger } = heard(letIn().client(query("x")).server(message("1")));
  assert.deepEqual([...ledger.reasons.counts], [["message out of step", 1]]);
});

Deno.test("names and texts without an end, and errors without fields, are taken as they are", () => {
  const talk = letIn().client(
    concat(message("P", "x".repeat(600)), message("B", "y".repeat(600)), execute("z".repeat(300))),
  )
    .server(message("E")).client(sync).server(ready);
  const { lines } = heard(talk);
  assert.deepEqual(lines[0].Response.Packet, { Severity: "", SQLStateCode: "", Message: "" });
  assert.equal(lines[0].Request.Packet.Statement, "<unknown>");
  assert.equal(andThen(letIn().client(message("Q", "no end")).server(answer)), "select 1 > SELECT 1");
});

Deno.test("an error longer than what is read of it is complete with its last byte", () => {
  const long = error("42601", "m".repeat(10)).slice(5, -1);
  const whole = message("E", concat(long, bytesOf("D" + "d".repeat(100_000) + "\0\0")));
  const talk = letIn().client(query("x")).server(whole.subarray(0, 50_000)).server(
    concat(whole.subarray(50_000), ready),
  );
  const { lines } = heard(talk);
  assert.deepEqual(short(lines), ["x > 42601"]);
  assert.deepEqual([lines[0].Duration, lines[0].Response.Size], ["2ms", whole.length]);
});

Deno.test("values of hundreds of megabytes are skipped by their length", () => {
  const conversation = begin(true);
  const { feed, ledger, pairs } = conversation;
  feed(FROM_CLIENT, concat(startup, query("select lo"), header("d", 500_000_000)));
  feed(FROM_SERVER, concat(message("R", u32(0)), ready, rowDescription, header("D", 500_000_000)));
  const piece = new Uint8Array(1_000_000);
  for (let left = 500_000_000 - 4; left > 0; left -= piece.length) {
    const part = piece.subarray(0, Math.min(left, piece.length));
    assert.equal(feed(FROM_CLIENT, part), part.length);
    assert.equal(feed(FROM_SERVER, part), part.length);
  }
  feed(FROM_SERVER, concat(complete("SELECT 1"), ready));
  assert.deepEqual([pairs.length, pairs[0].responseBytes, ledger.skippedBytes], [1, 500_000_001 + 7 + 14, 0]);
});

Deno.test("another protocol on the port is given up", () => {
  const greeting = concat(bytesOf("\x4a\0\0\0\x0a8.0.36\0"), new Uint8Array(60));
  const http = bytesOf("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  const reasons = (talk: Talk) => [...heard(talk).flowReasons];
  assert.deepEqual(reasons(new Talk(5432).handshake().server(greeting)), [
    ["port 5432 speaks something else, not PostgreSQL", 1],
  ]);
  assert.deepEqual(reasons(new Talk(5432).handshake().client(http)), [["port 5432 speaks HTTP, not PostgreSQL", 1]]);
  const middle = new Talk(5432);
  for (let i = 0; i < 200; i++) middle.client(http).server(http);
  assert.deepEqual([...heard(middle).flowReasons], [["port 5432 speaks something else, not PostgreSQL", 1]]);
});

Deno.test("protocol version 2 is named", () => {
  const talk = new Talk(5432).handshake().client(concat(u32(8), u32(131072)));
  assert.deepEqual([...heard(talk).ledger.reasons.counts.keys()], ["protocol version 2, which is not decoded"]);
});

Deno.test("requests that are never answered are kept up to a ceiling", () => {
  const { feed, ledger, conversation } = begin(true);
  feed(FROM_CLIENT, startup);
  const many = concat(...Array.from({ length: 1000 }, () => concat(run("select 1"), parse("n", "select 2"))));
  for (let i = 0; i < 100; i++) feed(FROM_CLIENT, many);
  assert.ok(ledger.pending <= 65536);
  conversation.close();
  assert.ok(ledger.balanced());
  assert.equal(ledger.requests, 100_000);
});

Deno.test("any bytes give only verdicts, and a good turn afterwards decodes", () => {
  const random = seeded(5);
  const pieces = [
    query("a"),
    run("b"),
    sync,
    answer,
    ready,
    row,
    error("42601", "m"),
    message("c"),
    message("G", "\0\0\0"),
  ];
  let open = 0, decoded = 0;
  for (let round = 0; round < 3000; round++) {
    const { feed, ledger, conversation, pairs } = begin(round % 2 === 0, round * 65536);
    if (round % 4 === 0) feed(FROM_CLIENT, startup);
    let closed = false;
    for (let i = 0; i < 20 && !closed; i++) {
      const bytes = pieces[Math.trunc(random() * pieces.length)].slice();
      for (let n = Math.trunc(random() * 3); n > 0; n--) bytes[Math.trunc(random() * bytes.length)] = random() * 256;
      const direction = random() < 0.5 ? FROM_CLIENT : FROM_SERVER;
      if (random() < 0.1) conversation.gap(direction, Math.trunc(random() * 100));
      closed = feed(direction, bytes.subarray(0, Math.trunc(random() * (bytes.length + 1)))) < 0;
    }
    if (!closed) {
      conversation.gap(FROM_CLIENT, 2 ** 30); // whatever was half there is gone
      conversation.gap(FROM_SERVER, 2 ** 30);
      const before = pairs.length;
      feed(FROM_CLIENT, query("select 1"), true);
      feed(FROM_SERVER, answer);
      open++;
      // A client that was seen not to wait for its answers is not paired again after a gap.
      if (pairs.length > before) decoded++;
    }
    conversation.close();
    assert.ok(ledger.balanced() && ledger.pending === 0, JSON.stringify(ledger));
  }
  assert.ok(open > 500 && decoded > open * 0.9, `${decoded} of ${open}`);
});

/** A conversation that is fed directly. What it does not consume is dropped. */
function begin(sawStart: boolean, sequence = 0) {
  const ledger = new ProtocolLedger("postgresql");
  const pairs: RoundTrip[] = [];
  const sink = { roundTrip: (pair: RoundTrip) => void pairs.push(pair), unanswered() {} };
  const address = new Uint8Array([127, 0, 0, 1]);
  const client = new Endpoint(address, 40000), server = new Endpoint(address, 5432);
  const flow = { transport: "tcp", client, server, sawStart } as const;
  const conversation = new PostgresConversation(postgresql, flow, { ledger, sink });
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
