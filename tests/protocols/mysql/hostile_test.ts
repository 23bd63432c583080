/** Bytes that lie or belong to something else: verdicts and counters, bounded memory, and what comes next decodes. */
import assert from "node:assert/strict";
import { Arrival, Endpoint, FROM_CLIENT, FROM_SERVER } from "../../../src/core/flow.ts";
import { ProtocolLedger } from "../../../src/core/ledger.ts";
import { MysqlConversation } from "../../../src/protocols/mysql/conversation.ts";
import { mysql } from "../../../src/protocols/mysql/mod.ts";
import { RowChain, SEARCHED_BYTES } from "../../../src/protocols/mysql/row_chain.ts";
import { concat, type Talk } from "../../tools/build.ts";
import { seeded } from "../../tools/random.ts";
import {
  binary,
  column,
  COMPRESS,
  compressed,
  eof,
  execute,
  greeting,
  heard,
  heardOf,
  joined,
  letIn,
  login,
  ok,
  packet,
  packets,
  prepare,
  prepared,
  PROTOCOL_41,
  query,
  result,
  said,
  short,
} from "./wire.ts";

/** What comes after trouble: a good command, and its answer. */
const andThen = (talk: Talk) => short(heard(talk.client(query("good")).server(result(1))).lines).at(-1);
const good = "QUERY good > 1 rows";

Deno.test("answers that fit nothing cost at most what waited", () => {
  const strange = [
    packet(1, ""),
    packet(1, "\x01\x01\x01"),
    packet(1, binary("\xfe\xff\xff\xff\xff\xff\xff\xff\xff")), // 2^64 columns
    packet(1, binary("\xfd\xff\xff\xff")),
    packet(1, binary("\x00\xff")),
    packets(1, "\x02", column, ""),
    packets(1, "\x01", column, eof(), ""),
  ];
  for (const answer of strange) assert.equal(andThen(letIn().client(query("bad")).server(answer)), good);
  assert.equal(andThen(letIn().client(prepare("bad")).server(packet(1, "\x01"))), good);
  assert.equal(andThen(letIn().client(execute(9)).server(packet(1, binary("\xfb\xfb"))).server(packet(2, ok()))), good);
});

Deno.test("an answer that nobody asked for answers nothing", () => {
  const { lines, account } = heard(letIn().server(result(1)).client(query("a")).server(result(2)));
  assert.deepEqual(short(lines), ["QUERY a > 2 rows"]);
  assert.equal(account.responsesAlone, 1);
});

Deno.test("a command without a code, or with one that no server knows", () => {
  assert.equal(andThen(letIn().client(packet(0, "")).server(packet(1, binary("\xff\x17\x04#08S01no")))), good);
  const { lines } = heard(letIn().client(packet(0, "\x66abc")).server(packet(1, binary("\xff\x17\x04#08S01no"))));
  assert.equal(lines[0].Request.Command, "");
  assert.equal(lines[0].Response.Packet.ErrCode, 0x417);
});

Deno.test("definitions that are promised and never come hold nothing back for ever", () => {
  const answer = packets(1, binary("\xfd\xff\xff\0"), column); // 65535 columns
  const talk = letIn().client(query("bad")).server(answer).client(query("next")).server(packet(1, ok()));
  assert.ok(heard(talk).account.balanced());
});

Deno.test("TLS records in the middle of a connection are no commands", () => {
  const record = concat(Uint8Array.of(0x17, 3, 3, 0, 3), new Uint8Array(60));
  assert.equal(heard(joined().client(record).server(record).client(record)).account.requests, 0);
});

/** A talk that goes well, as pieces of both directions. */
const pieces: [typeof FROM_CLIENT | typeof FROM_SERVER, Uint8Array][] = [
  [FROM_SERVER, greeting(PROTOCOL_41 | COMPRESS)],
  [FROM_CLIENT, login(PROTOCOL_41)],
  [FROM_SERVER, packet(2, ok())],
  [FROM_CLIENT, query("SELECT 1")],
  [FROM_SERVER, result(5, 10)],
  [FROM_SERVER, result(2)],
  [FROM_CLIENT, concat(prepare("SELECT ?"), execute(0xffffffff))],
  [FROM_SERVER, prepared(1, 2, 1, true)],
  [FROM_SERVER, result(3)],
  [FROM_CLIENT, query("LOAD DATA")],
  [FROM_SERVER, packet(1, binary("\xfb" + "f"))],
  [FROM_CLIENT, concat(packet(2, "\x03content"), packet(3, ""))],
  [FROM_SERVER, packet(4, ok(7))],
  [FROM_CLIENT, compressed(0, query("SELECT ".padEnd(90)))],
  [FROM_SERVER, compressed(1, result(40))],
];

Deno.test("any bytes give verdicts only, and a good talk afterwards decodes", () => {
  const random = seeded(11);
  const below = (n: number) => Math.floor(random() * n);
  const at = new Arrival();
  for (let round = 0; round < 3000; round++) {
    const ledger = new ProtocolLedger("mysql");
    let answered = 0;
    const context = { ledger, sink: { roundTrip: () => void answered++, unanswered: () => {} } };
    const end = new Endpoint(new Uint8Array(4), 1);
    const flow = { transport: "tcp" as const, client: end, server: end, sawStart: round % 3 > 0 };
    const conversation = new MysqlConversation(mysql, flow, context);
    const held = [new Uint8Array(0), new Uint8Array(0)];
    let isOpen = true;
    for (let step = 0; step < 25 && isOpen; step++) {
      let [direction, bytes] = pieces[random() < 0.7 ? step % pieces.length : below(pieces.length)];
      bytes = bytes.slice(0, random() < 0.2 ? below(bytes.length) : bytes.length);
      for (let i = below(4); i > 0 && bytes.length > 0; i--) bytes[below(bytes.length)] = below(256);
      if (random() < 0.1) conversation.gap(direction, 1 + below(5000));
      if (random() < 0.1) held[direction] = new Uint8Array(0);
      at.quiet = random() < 0.5;
      at.sequence = below(3);
      at.carried = held[direction].length;
      const offered = concat(held[direction], bytes);
      const consumed = conversation.feed(direction, offered, 0, offered.length, at);
      assert.ok(consumed >= -4 && consumed <= offered.length, `${consumed} of ${offered.length}`);
      isOpen = consumed >= 0;
      if (isOpen) held[direction] = offered.slice(consumed);
    }
    conversation.close();
    assert.ok(ledger.balanced() && ledger.pending === 0, `round ${round}`);
    assert.equal(answered, ledger.paired);
  }
  assert.deepEqual(said(letIn().client(query("good")).server(result(1))), [good]);
});

Deno.test("a long answer to nothing is passed over, and the next command is found", () => {
  const talk = joined();
  for (let i = 0; i < 200; i++) talk.server(new Uint8Array(50_000).fill(i));
  assert.deepEqual(short(heardOf(talk.client(query("good")).server(result(1)).packets).lines), [good]);
});

Deno.test("the way back into lost rows is searched in a bounded stretch", () => {
  const chain = new RowChain(1, 5, 2000);
  const bytes = new Uint8Array(100_000); // headers of rows of every length and number, none of which follow each other
  for (let i = 0; i < bytes.length; i += 4) bytes.set([i >> 2, 0, 0, i >> 4], i);
  while (chain.searched < SEARCHED_BYTES) assert.equal(chain.search(bytes, 0, bytes.length), -1);
  const talk = letIn().client(query("a")).server(concat(packets(1, "\x01", column, eof(), "\x01x"))).server("lost");
  for (let i = 0; i < 30; i++) talk.server(new Uint8Array(50_000));
  talk.client(query("good")).server(result(1));
  assert.deepEqual(short(heardOf(talk.packets.filter((_, i) => i !== 8)).lines), [good]);
});
