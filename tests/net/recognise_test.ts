/** Protocols on any port: recognised by the first bytes of both directions, and only where these are certain. */
import assert from "node:assert/strict";
import { parseRule } from "../../src/cli/rules.ts";
import { OPENING_BYTES, OPENING_SEGMENTS } from "../../src/core/limits.ts";
import type { Rule } from "../../src/core/rule.ts";
import { knownStranger } from "../../src/net/strangers.ts";
import { bytesOf, concat, ethernet, ipv4, packet, Talk, udp } from "../tools/build.ts";
import { claimsOf, loadCase, recordedProtocols } from "../tools/cases.ts";
import { seeded } from "../tools/random.ts";
import { type Packet, replay } from "../tools/replay.ts";
import { byteByByte } from "../tools/segments.ts";

const auto = parseRule("auto");
const get = "GET /a HTTP/1.1\r\nHost: h\r\n\r\n";
const ok = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
const hello = Uint8Array.of(0x16, 3, 1, 0, 200, 1, 0, 0, 196);

function heard(packets: Iterable<Packet>, rules: readonly Rule[] = auto) {
  const { lines, ledger } = replay(packets, rules);
  for (const account of ledger.protocols.values()) assert.ok(account.balanced(), account.protocol);
  return { lines, reasons: Object.fromEntries(ledger.flowReasons.counts), ledger };
}

/** Cases that give less without a port: joined in the middle, or text that others may send too. */
const LESS = new Set([
  "dns/errors",
  "grpc/start-mid-stream",
  "kafka/start-mid-stream",
  "mongodb/start-mid-stream",
  "mysql/compressed-start-mid-stream",
  "mysql/start-mid-stream",
  "redis/inline-commands",
  "redis/replication-joined-late",
]);

for (const protocol of recordedProtocols()) {
  for (const claim of claimsOf(protocol)) {
    Deno.test(`case ${protocol}/${claim} without a port`, async () => {
      const { packets, rules, expected } = await loadCase(protocol, claim);
      const { ports } = rules[0];
      const kin = protocol === "grpc" ? ["grpc", "http2"] : [protocol];
      const all = new Set(replay(packets, kin.map((name) => ({ protocol: name, ports, host: "" }))).lines);
      // Byte by byte, a long pipeline is more than is kept, and no turn of a connection joined late is whole.
      const isWhole = /^pipelined-200$|mid-stream$/.test(claim);
      for (const cut of isWhole ? [packets] : [packets, byteByByte(packets)]) {
        const { lines } = heard(cut);
        if (cut === packets) { for (const line of lines) assert.ok(all.has(line), `invented: ${line}`); }
        const found = new Set(lines);
        const missing = expected.filter((line) => !found.has(line));
        if (LESS.has(`${protocol}/${claim}`)) assert.ok(missing.length > 0, "it gives all: take it off the list");
        else assert.deepEqual(missing, []);
      }
    });
  }
}

const flow = (port = 7777) => new Talk(port).handshake();
const dnsQuery = concat(
  Uint8Array.of(0, 9, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1),
  bytesOf("a"),
  Uint8Array.of(0, 0, 1, 0, 1),
);
const dnsAnswer = dnsQuery.map((byte, i) => i === 2 ? 0x81 : byte);

function datagram(fromClient: boolean, bytes: Uint8Array, milliseconds: number): Packet {
  const ends = [[10, 0, 0, 1], [10, 0, 0, 2]];
  const [source, destination] = fromClient ? ends : ends.reverse();
  const [from, to] = fromClient ? [4000, 5000] : [5000, 4000];
  return packet(ethernet(ipv4(udp(from, to, bytes), { protocol: 17, source, destination })), milliseconds);
}

Deno.test("one protocol on any port, and no other", () => {
  const rules = parseRule("http;any");
  assert.equal(heard(flow().client(get).server(ok).packets, rules).lines.length, 1);
  const redis = flow().client("*1\r\n$4\r\nPING\r\n").server("+PONG\r\n").packets;
  assert.deepEqual(heard(redis, rules).reasons, { "port 7777 speaks Redis": 1 });
  assert.equal(heard(redis, parseRule("redis;80,any")).lines.length, 1);
});

Deno.test("a configured port that clearly speaks another protocol is named, and decoded only where that is asked for", () => {
  const rules = parseRule("redis;6379");
  const { packets } = flow(6379).client(get).server(ok).client(get).server(ok);
  assert.deepEqual(heard(packets, rules), {
    ...heard(packets, rules),
    lines: [],
    reasons: {
      "port 6379 speaks HTTP, not Redis": 1,
    },
  });
  assert.equal(heard(packets, [...rules, ...auto]).lines.length, 2);
  const mysql = concat(Uint8Array.of(60, 0, 0, 0, 10), bytesOf("8.0.36\0"), new Uint8Array(52));
  const login = concat(Uint8Array.of(40, 0, 0, 1), new Uint8Array(40).fill(1));
  const greeted = heard(flow(6379).server(mysql).client(login).packets, rules);
  assert.deepEqual(greeted.reasons, { "port 6379 speaks MySQL, not Redis": 1 });
});

Deno.test("what is encrypted or well known otherwise is named", () => {
  assert.deepEqual(heard(flow(443).client(hello).packets).reasons, { "port 443 speaks TLS": 1 });
  assert.deepEqual(heard(flow(22).server("SSH-2.0-x\r\n").packets).reasons, { "port 22 speaks SSH": 1 });
  assert.deepEqual(heard(flow(25).server("220 mx ESMTP ready\r\n").packets).reasons, { "port 25 speaks SMTP": 1 });
  const first = (text: string) => knownStranger(bytesOf(text), 0, bytesOf(text).length);
  assert.deepEqual(["220 ProFTPD FTP\r\n", "* OK IMAP4\r\n", "OPTIONS sip:a SIP/2.0\r\n", get, ok].map(first), [
    "FTP",
    "IMAP",
    "SIP",
    "",
    "",
  ]);
});

Deno.test("a round trip has its own times, also where its request waited to be recognised", () => {
  const { lines } = heard(flow().client(get).pause(700).server(ok).packets);
  assert.equal(JSON.parse(lines[0]).Duration, "701ms");
});

Deno.test("one direction is enough only for a connection seen from its start, and only where nothing more came", () => {
  assert.equal(heard(flow().client(get).packets).ledger.of("http").unanswered, 1);
  const body = flow().client(`POST /a HTTP/1.1\r\nContent-Length: 20000\r\n\r\n`);
  for (let i = 0; i < 20; i++) body.client("x".repeat(1000));
  assert.equal(heard(body.server(ok).packets).lines.length, 1);
  assert.deepEqual(heard(new Talk(7777).client(get).packets).reasons, { "not recognised: joined mid-stream": 1 });
});

Deno.test("a connection joined in the middle is recognised at a later turn, when both directions are certain", () => {
  const middle = new Talk(7777).server("rest of a body").client(get).server(ok).client(get).server(ok);
  assert.equal(heard(middle.packets).lines.length, 2);
  const mysql = new Talk(7777).client(Uint8Array.of(1, 0, 0, 0, 14)).server(
    Uint8Array.of(7, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0),
  );
  assert.deepEqual(heard(mysql.packets).lines, []);
});

Deno.test("DNS over UDP counts when both sides sent whole messages", () => {
  const both = [datagram(true, dnsQuery, 0), datagram(false, dnsAnswer, 5)];
  assert.equal(heard(both).lines.length, 1);
  assert.deepEqual(heard(both.slice(0, 1)).reasons, { "not recognised: only one direction was seen": 1 });
  const noise = [datagram(true, dnsQuery, 0), datagram(false, dnsAnswer.subarray(0, 15), 5)];
  assert.deepEqual(heard(noise).ledger.of("dns").flows, 0);
});

Deno.test("lengths, numbers and noise are no protocol", () => {
  const random = seeded(7);
  for (let i = 0; i < 300; i++) {
    const bytes = () => Uint8Array.from({ length: 8 + Math.trunc(random() * 200) }, () => Math.trunc(random() * 256));
    const framed = (littleEndian: boolean, zeros: number) => {
      const body = bytes().fill(0, 0, zeros);
      const length = new Uint8Array(4);
      new DataView(length.buffer).setUint32(0, body.length, littleEndian);
      return concat(length, body);
    };
    for (const make of [bytes, () => framed(true, i % 8), () => framed(false, i % 8)]) {
      const { ledger } = heard(flow().client(make()).server(make()).client(make()).server(make()).packets);
      for (const { protocol, flows } of ledger.protocols.values()) assert.equal(flows, 0, protocol);
    }
  }
});

Deno.test("what nobody recognises is held within bounds, and then left alone", () => {
  const talk = flow();
  for (let i = 0; i < OPENING_SEGMENTS + 10; i++) talk.client("w ".repeat(1 + OPENING_BYTES / 512));
  assert.deepEqual(heard(talk.packets).reasons, { "not recognised: only one direction was seen": 1 });
});
