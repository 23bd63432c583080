/**
 * Input made to cost much: bytes that open ever more without closing it, lengths and counts that lie, tables that blow
 * up what they are told. What it costs grows as its size does, and what is held stays below a ceiling.
 */
import assert from "node:assert/strict";
import { totalOf } from "../src/core/memory.ts";
import { Lane } from "../src/lane/lane.ts";
import { protocolNamed } from "../src/protocols/registry.ts";
import { ACK, bytesOf, concat, ethernet, ipv4, packet, SYN, tcp } from "./tools/build.ts";
import type { Packet } from "./tools/replay.ts";

interface Bomb {
  readonly protocol: string;
  readonly name: string;
  /** What comes before it, of the client and of the server. */
  readonly before?: readonly [client: Uint8Array, server: Uint8Array];
  readonly fromServer?: boolean;
  /** About so many bytes. */
  make(size: number): Uint8Array;
}

const NONE = new Uint8Array(0);
const repeated = (text: string, size: number) => bytesOf(text.repeat(Math.ceil(size / text.length)));
const hex = (digits: string) => Uint8Array.from(digits.match(/../g)!, (pair) => parseInt(pair, 16));

function many(one: Uint8Array, size: number): Uint8Array {
  const count = Math.ceil(size / one.length);
  const all = new Uint8Array(count * one.length);
  for (let i = 0; i < count; i++) all.set(one, i * one.length);
  return all;
}

/** `| length u24 | type | flags | stream u32 |`, RFC 9113, 4.1. */
function frame(type: number, flags: number, stream: number, payload: Uint8Array): Uint8Array {
  const { length } = payload;
  return concat(Uint8Array.of(length >> 16, length >> 8, length, type, flags, 0, 0, stream >> 8, stream), payload);
}

const http2Start: readonly [Uint8Array, Uint8Array] = [
  concat(bytesOf("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), frame(4, 0, 0, NONE)),
  frame(4, 0, 0, NONE),
];
/** A field of 4,000 bytes that enters the table, and then its index of one byte, again and again. */
const tableField = concat(hex("4003787878"), hex("7fa11e"), bytesOf("v".repeat(4000)));

/** BSON inside of BSON: `| length | 0x03 name 0 | document ... | 0 |`. */
function nestedBson(depth: number): Uint8Array {
  const size = 5 + 8 * depth;
  const bytes = new Uint8Array(size);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < depth; i++) {
    view.setInt32(7 * i, size - 8 * i, true);
    bytes[7 * i + 4] = 3;
    bytes[7 * i + 5] = 0x61;
  }
  view.setInt32(7 * depth, 5, true);
  return bytes;
}

function mongoMessage(document: Uint8Array): Uint8Array {
  const header = new Uint8Array(21);
  const view = new DataView(header.buffer);
  view.setInt32(0, header.length + document.length, true);
  view.setInt32(4, 1, true);
  view.setInt32(12, 2013, true);
  return concat(header, document);
}

/** `| length u32 | key u16 | version u16 | correlation u32 | client -1 | no tags | body |`. */
function kafkaRequest(key: number, version: number, body: Uint8Array): Uint8Array {
  const head = new Uint8Array(15);
  const view = new DataView(head.buffer);
  view.setUint32(0, 11 + body.length);
  view.setUint16(4, key);
  view.setUint16(6, version);
  view.setUint32(8, 7);
  view.setInt16(12, -1);
  return concat(head, body);
}

/** A DNS message over TCP whose names point at each other: `count` answers, each a chain of all that came before. */
function dnsPointers(count: number): Uint8Array {
  const body: number[] = [];
  for (let i = 0; i < count; i++) {
    const at = 12 + 14 * i;
    const back = i === 0 ? 12 : at - 14; // the first points at itself
    body.push(1, 0x61, 0xc0 | (back >> 8), back & 255, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0);
  }
  const message = concat(
    Uint8Array.of(0, 1, 0x80, 0, 0, 0, count >> 8, count & 255, 0, 0, 0, 0),
    Uint8Array.from(body),
  );
  return concat(Uint8Array.of(message.length >> 8, message.length & 255), message);
}

const dnsQuery = hex("0013000101000001000000000000016100" + "00010001");

const bombs: readonly Bomb[] = [
  { protocol: "http", name: "headers", make: (n) => concat(bytesOf("GET / HTTP/1.1\r\n"), repeated("X: y\r\n", n)) },
  { protocol: "http", name: "a target", make: (n) => concat(bytesOf("GET /"), repeated("a", n)) },
  { protocol: "http", name: "empty lines", make: (n) => repeated("\r\n", n) },
  { protocol: "http", name: "requests", make: (n) => repeated("GET / HTTP/1.1\r\n\r\n", n) },
  {
    protocol: "http",
    name: "chunks of a byte",
    make: (n) => concat(bytesOf("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"), repeated("1\r\na\r\n", n)),
  },
  {
    protocol: "http",
    name: "trailers",
    make: (n) => concat(bytesOf("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n"), repeated("a: b\r\n", n)),
  },
  {
    protocol: "http",
    name: "interim responses",
    before: [bytesOf("GET / HTTP/1.1\r\n\r\n"), NONE],
    fromServer: true,
    make: (n) => repeated("HTTP/1.1 100 Continue\r\n\r\n", n),
  },
  { protocol: "redis", name: "nested arrays", make: (n) => repeated("*1\r\n", n) },
  { protocol: "redis", name: "an inline command", make: (n) => repeated("a", n) },
  {
    protocol: "redis",
    name: "an array without an end",
    make: (n) => concat(bytesOf("*999999\r\n"), repeated("$1\r\na\r\n", n)),
  },
  {
    protocol: "redis",
    name: "nested replies",
    before: [bytesOf("*1\r\n$4\r\nPING\r\n"), NONE],
    fromServer: true,
    make: (n) => repeated("*1\r\n", n),
  },
  {
    protocol: "redis",
    name: "a reply of attributes",
    before: [bytesOf("*1\r\n$4\r\nPING\r\n"), NONE],
    fromServer: true,
    make: (n) => repeated("|1\r\n+a\r\n+b\r\n", n),
  },
  { protocol: "redis", name: "digits", make: (n) => concat(bytesOf("*"), repeated("9", n)) },
  { protocol: "mongodb", name: "nested documents", make: (n) => mongoMessage(nestedBson(n >> 3)) },
  {
    protocol: "mongodb",
    name: "sections",
    make: (n) => mongoMessage(concat(Uint8Array.of(5, 0, 0, 0, 0), many(Uint8Array.of(1, 5, 0, 0, 0, 0), n))),
  },
  {
    protocol: "kafka",
    name: "varints without an end",
    make: (n) => many(kafkaRequest(3, 12, new Uint8Array(99).fill(255)), n),
  },
  {
    protocol: "kafka",
    name: "topics that are promised",
    make: (n) => kafkaRequest(3, 1, concat(hex("7fffffff"), many(hex("000161"), n))),
  },
  {
    protocol: "dns",
    name: "pointers",
    before: [dnsQuery, NONE],
    fromServer: true,
    make: (n) => many(dnsPointers(1000), n),
  },
  {
    protocol: "http2",
    name: "continuations",
    before: http2Start,
    make: (n) => concat(frame(1, 0, 1, hex("82")), many(frame(9, 0, 1, hex("4001610162")), n)),
  },
  {
    protocol: "http2",
    name: "a table that blows up",
    before: http2Start,
    make: (n) => concat(frame(1, 5, 1, tableField), many(frame(1, 5, 3, new Uint8Array(8000).fill(0xbe)), n)),
  },
  {
    protocol: "http2",
    name: "streams",
    before: http2Start,
    make: (n) => {
      const frames: Uint8Array[] = [];
      for (let i = 0; i < n / 12; i++) frames.push(frame(1, 5, 1 + 2 * (i & 0x3fff), hex("828684")));
      return concat(...frames);
    },
  },
  {
    protocol: "http2",
    name: "table sizes",
    before: http2Start,
    make: (n) => many(frame(1, 4, 1, many(hex("3fe11f20"), 8000)), n),
  },
  {
    protocol: "amqp",
    name: "empty frames",
    before: [hex("414d515000000901"), NONE],
    make: (n) => many(hex("08000000000000ce"), n),
  },
  {
    protocol: "mysql",
    name: "empty packets",
    before: [NONE, NONE],
    fromServer: true,
    make: (n) => many(hex("00000000"), n),
  },
  {
    protocol: "postgresql",
    name: "empty messages",
    before: [hex("0000000800030000"), NONE],
    make: (n) => many(hex("5300000004"), n),
  },
];

/** One connection: what comes before, then the bomb in segments of a size. */
function* packetsOf(bomb: Bomb, size: number, segment: number): Generator<Packet> {
  const port = protocolNamed(bomb.protocol)!.ports[0];
  const next: [number, number] = [1, 1];
  const sent = (side: 0 | 1, flags: number, bytes: Uint8Array) => {
    const ports = side === 0 ? [40000, port] : [port, 40000];
    const [source, destination] = side === 0 ? [[10, 0, 0, 1], [10, 0, 0, 2]] : [[10, 0, 0, 2], [10, 0, 0, 1]];
    const made = tcp(ports[0], ports[1], next[side], next[1 - side], flags, bytes);
    next[side] += bytes.length + (flags & SYN ? 1 : 0);
    return packet(ethernet(ipv4(made, { protocol: 6, source, destination })));
  };
  yield sent(0, SYN, NONE);
  yield sent(1, SYN | ACK, NONE);
  const [client, server] = bomb.before ?? [NONE, NONE];
  if (client.length > 0) yield sent(0, ACK, client);
  if (server.length > 0) yield sent(1, ACK, server);
  const bytes = bomb.make(size);
  for (let at = 0; at < bytes.length; at += segment) {
    yield sent(bomb.fromServer ? 1 : 0, ACK, bytes.subarray(at, at + segment));
  }
}

function run(packets: readonly Packet[]): { ms: number; held: number } {
  const rules = ["http", "redis", "mongodb", "kafka", "dns", "http2", "amqp", "mysql", "postgresql"]
    .map((protocol) => ({ protocol, ports: [...protocolNamed(protocol)!.ports], host: "" }));
  const lane = new Lane(rules, { roundTrip() {}, unanswered() {} });
  let held = 0;
  const start = performance.now();
  packets.forEach(({ bytes, wireLength, sec, nsec, linkType }, i) => {
    lane.packet(bytes, 0, bytes.length, wireLength, sec, nsec, linkType);
    if (i % 256 === 0) held = Math.max(held, totalOf(lane.memory()));
  });
  lane.close();
  const ms = performance.now() - start;
  for (const account of lane.ledger.protocols.values()) assert.ok(account.balanced() && account.pending === 0);
  return { ms, held };
}

/** Sixteen times as many bytes may cost so many times sixteen times as much. */
const MARGIN = 6, LARGER = 16, BYTES = 24_000;
/** What one connection may make us hold: unfinished messages, and requests that wait. */
const HELD_BYTES = 48 * 1024 * 1024;

for (const bomb of bombs) {
  Deno.test(`${bomb.protocol}: the cost of ${bomb.name} grows with the bytes`, () => {
    for (const segment of [1400, 24]) {
      const small = [...packetsOf(bomb, BYTES, segment)], large = [...packetsOf(bomb, BYTES * LARGER, segment)];
      run(small); // compiled then
      let best = Infinity;
      for (let i = 0; i < 3 && best > MARGIN; i++) {
        let ms = 0;
        for (let times = 0; times < LARGER; times++) ms += run(small).ms;
        const { ms: largeMs, held } = run(large);
        assert.ok(held < HELD_BYTES, `${held} bytes held`);
        best = Math.min(best, largeMs / ms);
      }
      assert.ok(best <= MARGIN, `in segments of ${segment}: ${best.toFixed(1)} times as much for each byte`);
    }
  });
}
