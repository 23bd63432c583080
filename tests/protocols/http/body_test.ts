/** Captured bodies: what is kept, what is printed of it, and that nothing is kept longer than it is needed. */
import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";
import { Bodies, type BodyCapture, USUAL_BODIES } from "../../../src/core/bodies.ts";
import { JsonWriter } from "../../../src/core/json.ts";
import { Ledger } from "../../../src/core/ledger.ts";
import type { ConversationContext } from "../../../src/core/protocol.ts";
import { Dispatcher } from "../../../src/net/dispatch.ts";
import { Follower } from "../../../src/net/follow.ts";
import { PortTable } from "../../../src/net/ports.ts";
import { http } from "../../../src/protocols/http/mod.ts";
import { concat, Talk } from "../../tools/build.ts";
import { linesOf, loadCase } from "../../tools/cases.ts";
import { seeded } from "../../tools/random.ts";
import { type Packet, replay } from "../../tools/replay.ts";
import { byteByByte, cut, tcpPlace } from "../../tools/segments.ts";

const rules = [{ protocol: "http", ports: [80], host: "" }];
const get = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";

/** The bodies printed of packets; `absent` where there is none. */
function bodiesOf(packets: Iterable<Packet>, bodies: BodyCapture = USUAL_BODIES): unknown[] {
  return replay(packets, rules, false, { bodies }).lines.map((line) => {
    const { Response } = JSON.parse(line);
    return "Body" in Response ? Response.Body : "absent";
  });
}

function answer(body: string | Uint8Array, type = "application/json", more = ""): Uint8Array {
  const bytes = typeof body === "string" ? new TextEncoder().encode(body) : body;
  const head = `HTTP/1.1 200 OK\r\nContent-Type: ${type}\r\nContent-Length: ${bytes.length}\r\n${more}\r\n`;
  return concat(new TextEncoder().encode(head), bytes);
}

/** The body printed of one answer; the same whole and byte by byte. */
function bodyOf(response: string | Uint8Array, bodies: BodyCapture = USUAL_BODIES): unknown {
  const { packets } = new Talk(80).handshake().client(get).server(response).fin(1).fin(0);
  const found = bodiesOf(packets, bodies);
  assert.equal(found.length, 1);
  assert.deepEqual(bodiesOf(byteByByte(packets), bodies), found);
  return found[0];
}

Deno.test("recorded bodies are printed as they were sent, whole and however they are cut", async () => {
  const { packets, rules } = await loadCase("http", "response-bodies");
  const expected = await linesOf("http", "response-bodies", "bodies.jsonl");
  const linesOfThese = (some: Iterable<Packet>) => replay(some, rules, false, { bodies: USUAL_BODIES }).lines;
  assert.deepEqual(linesOfThese(packets), expected);
  assert.deepEqual(linesOfThese(byteByByte(packets)), expected);
  for (const offset of [1, 7, 100, 200, 201, 400, 1000]) {
    const pieces = packets.flatMap((packet) => {
      const place = tcpPlace(packet);
      return place === undefined ? [packet] : cut(packet, place, [offset]);
    });
    assert.deepEqual(linesOfThese(pieces), expected);
  }
});

Deno.test("types are chosen without their parameters and case, and by a star", () => {
  const body = "<a>";
  assert.equal(bodyOf(answer(body, "Text/HTML ; charset=utf-8")), body);
  for (const type of ["image/png", "application/jsonp", "multipart/mixed; x=text/html", "", "text/htmlx"]) {
    assert.equal(bodyOf(answer(body, type)), "absent", type);
  }
  const stars = { ...USUAL_BODIES, contentTypes: ["text/*", "application/*+json"] };
  assert.equal(bodyOf(answer(body, "text/css"), stars), body);
  assert.deepEqual(bodyOf(answer("[1]", "application/problem+json"), stars), [1]);
  assert.equal(bodyOf(answer(body, "application/json"), stars), "absent");
  assert.equal(bodyOf(answer(body, "image/png"), { ...stars, contentTypes: ["*/*"] }), body);
});

Deno.test("JSON is a value when it is whole, valid and not too deep; else a string", () => {
  assert.deepEqual(bodyOf(answer(' {"a" : [1, 2.50, "x \\" ]"] }\n')), { a: [1, 2.5, 'x " ]'] });
  assert.equal(bodyOf(answer("null")), null);
  assert.equal(bodyOf(answer("  \r\n")), null, "white space");
  assert.equal(bodyOf(answer("1 2")), "1 2");
  assert.equal(bodyOf(answer("{a: 1}")), "{a: 1}");
  assert.equal(bodyOf(answer("[1]", "text/plain")), "[1]", "text");
  assert.notEqual(typeof bodyOf(answer("[".repeat(128) + "]".repeat(128))), "string");
  const deep = "[".repeat(129) + "]".repeat(129);
  assert.equal(bodyOf(answer(deep)), deep);
  const abyss = new Talk(80).handshake().client(get);
  const bytes = answer("[".repeat(50_000) + "]".repeat(50_000));
  for (let at = 0; at < bytes.length; at += 40_000) abyss.server(bytes.subarray(at, at + 40_000));
  assert.equal((bodiesOf(abyss.packets)[0] as string).length, 100_000);
  const { packets } = new Talk(80).handshake().client(get).server(
    answer('{"2":1,"1":9007199254740993,"<&>\u2028":1e2}'),
  );
  const [line] = replay(packets, rules, false, { bodies: USUAL_BODIES }).lines;
  assert.ok(line.includes('"Body":{"2":1,"1":9007199254740993,"\\u003c\\u0026\\u003e\\u2028":1e2},"Proto"'), line);
});

Deno.test("what is longer than the limit is a string of its beginning, without half a character", () => {
  const small = { ...USUAL_BODIES, maxBytes: 10 };
  assert.deepEqual(bodyOf(answer("[1, 2, 34]"), small), [1, 2, 34]);
  assert.equal(bodyOf(answer("[1, 2, 345]"), small), "[1, 2, 345");
  assert.equal(bodyOf(answer("12345678901"), small), "1234567890", "no number");
  assert.equal(bodyOf(answer("123456789ä", "text/plain"), small), "123456789");
  assert.equal(
    bodyOf(answer(gzipSync("x".repeat(99)), "text/plain", "Content-Encoding: gzip\r\n"), small),
    "<left out: gzip, of which only 10 bytes were kept>",
  );
  const coded = gzipSync("[" + "1,".repeat(1000) + "1]");
  assert.equal(
    bodyOf(answer(coded, "application/json", "Content-Encoding: GZIP\r\n"), { ...small, maxBytes: 1000 }),
    "<left out: gzip, more than 1000 bytes when decoded>",
  );
});

Deno.test("chunks are joined, the lines between them are not part of the body", () => {
  const head = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n";
  assert.equal(bodyOf(`${head}5;a=b\r\nab\r\nc\r\n3\r\n1\r\n\r\n0\r\nX: y\r\n\r\n`), "ab\r\nc1");
  assert.equal(bodyOf(`${head}0\r\n\r\n`), "absent");
});

/** An answer in three segments of which one is missing. */
function withGap(lost: number, head: string, parts: readonly string[]): Packet[] {
  const talk = new Talk(80).handshake().client(get).server(head);
  for (const part of parts) talk.server(part);
  const { packets } = talk.ack(0).client(get).server(answer("[2]")).fin(1).fin(0);
  return packets.filter((_, i) => i !== 5 + lost);
}

Deno.test("what comes after a gap is never joined with what came before", () => {
  const parts = ["[1, ", "2, 3", ", 4]"];
  const head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 12\r\n\r\n";
  assert.deepEqual(bodiesOf(withGap(9, head, parts)), [[1, 2, 3, 4], [2]]);
  assert.deepEqual(bodiesOf(withGap(0, head, parts)), ["absent", [2]]);
  assert.deepEqual(bodiesOf(withGap(1, head, parts)), ["[1,", [2]]);
  assert.deepEqual(bodiesOf(withGap(2, head, parts)), ["[1, 2, 3", [2]]);
});

Deno.test("under loss and disorder a body is whole, a beginning, or absent", () => {
  const random = seeded(3);
  const texts = Array.from({ length: 40 }, (_, i) => JSON.stringify({ i, pad: String(i).repeat(400) }));
  const talk = new Talk(80).handshake();
  for (const text of texts) {
    const bytes = answer(text);
    talk.client(get);
    for (let at = 0; at < bytes.length; at += 300) talk.server(bytes.subarray(at, at + 300));
    talk.ack(0);
  }
  let partial = 0, whole = 0;
  for (let run = 0; run < 100; run++) {
    const packets = talk.packets.filter(() => random() >= 0.01);
    for (let i = 0; i + 1 < packets.length; i++) {
      if (random() < 0.02) [packets[i], packets[i + 1]] = [packets[i + 1], packets[i]];
    }
    for (const body of bodiesOf(packets)) {
      if (body === "absent") continue;
      if (typeof body === "string") {
        partial++;
        assert.ok(texts.some((text) => text.startsWith(body)), body);
      } else {
        whole++;
        assert.ok(texts.includes(JSON.stringify(body)));
      }
    }
  }
  assert.ok(partial > 50 && whole > 1000, `${partial}, ${whole}`);
});

/** Runs packets with little room for all bodies together. Returns what was printed and how much room is left. */
function crowded(packets: readonly Packet[], totalBytes: number) {
  const ledger = new Ledger(), json = new JsonWriter();
  const bodies = new Bodies(USUAL_BODIES, totalBytes);
  const context: ConversationContext = {
    ledger: ledger.of("http"),
    sink: {
      roundTrip: (roundTrip) => {
        roundTrip.protocol.response(roundTrip, json, { showSecrets: false });
        json.ascii("\n");
      },
      unanswered: () => {},
    },
    bodies,
  };
  const find = (name: string) => name === "http" ? http : undefined;
  const dispatcher = new Dispatcher(new PortTable(rules, find), find, new Map([["http", context]]), ledger);
  const follower = new Follower(dispatcher, ledger, 0);
  for (const { bytes, wireLength, sec, nsec, linkType } of packets) {
    follower.packet(bytes, 0, bytes.length, wireLength, sec, nsec, linkType);
  }
  const isEmpty = bodies.take(totalBytes);
  if (isEmpty) bodies.give(totalBytes);
  follower.close();
  let room = 0;
  while (bodies.take(1)) room++;
  const lines = new TextDecoder().decode(json.view()).split("\n").slice(0, -1);
  return { found: lines.map((line) => JSON.parse(line).Body ?? "absent"), isEmpty, room, ledger: ledger.of("http") };
}

Deno.test("all bodies together have a ceiling, what hits it is counted, and room is given back", () => {
  const half = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 3000\r\n\r\n" + "a".repeat(1500);
  const first = new Talk(80, 40001).handshake().client(get).server(half);
  const second = new Talk(80, 40002).handshake().client(get).server(answer("x".repeat(1000), "text/plain"))
    .client(get).server(answer("y".repeat(1100), "text/plain"));
  const { found, isEmpty, room, ledger } = crowded([...first.packets, ...second.packets], 1500 + 1050);
  assert.equal(found[0], "x".repeat(1000));
  assert.equal(found[1], "absent");
  assert.equal(ledger.reasons.counts.get("a body that was not kept whole: too many are kept at once"), 1);
  assert.equal(isEmpty, false, "the first one still waits for its end");
  assert.equal(room, 1500 + 1050);
});

Deno.test("room is given back whatever happens to the recorded answers", async () => {
  const { packets } = await loadCase("http", "response-bodies");
  const random = seeded(5);
  for (let run = 0; run < 200; run++) {
    const some = packets.filter(() => random() >= 0.05).map((packet) => {
      const bytes = packet.bytes.slice();
      if (random() < 0.1) bytes[Math.trunc(66 + random() * (bytes.length - 66))] ^= 1 << Math.trunc(random() * 8);
      return { ...packet, bytes };
    });
    assert.equal(crowded(some, 300_000).room, 300_000);
  }
});

Deno.test("nothing is printed where nobody asked", () => {
  const { packets } = new Talk(80).handshake().client(get).server(answer("[1]"));
  assert.ok(!replay(packets, rules).lines[0].includes("Body"));
});
