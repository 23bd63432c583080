/** What missing bytes and late starts cost, and what floods do not. */
import assert from "node:assert/strict";
import { bytesOf, concat, Talk } from "../../tools/build.ts";
import { type Packet, replay } from "../../tools/replay.ts";
import { seeded } from "../../tools/random.ts";
import {
  block,
  data,
  END_HEADERS,
  END_STREAM,
  frame,
  PREFACE,
  request,
  reset,
  response,
  settings,
} from "../_h2/frames.ts";

const rules = [{ protocol: "http2", ports: [80], host: "" }];

function started(): Talk {
  return new Talk(80).handshake().client(concat(bytesOf(PREFACE), settings())).server(settings());
}

/** Indices of the packets of {@link started}'s continuation. */
const FIRST = 5;

function follow(packets: Packet[], ...missing: number[]) {
  const { lines, ledger } = replay(packets.filter((_, i) => !missing.includes(i)), rules);
  const account = ledger.of("http2");
  assert.ok(account.balanced());
  assert.equal(account.pending, 0);
  const seen = lines.map((line) => JSON.parse(line)).map(({ Request: q, Response: r }) =>
    `${q.StreamID} ${q.Path} ${q.Size} ${r.Status} ${r.Size}`
  );
  return { seen, account, reasons: Object.fromEntries(account.reasons.counts) };
}

const body = "x".repeat(1000);
const tagged = (tag: string) => ({ fields: { "x-tag": tag }, added: true });

Deno.test("a gap inside of DATA is counted, not missed", () => {
  const whole = data(1, body + body + body);
  const { packets } = started().client(request(1, "/")).server(concat(response(1), whole.subarray(0, 1000)))
    .server(whole.subarray(1000, 2000)).server(whole.subarray(2000)).ack(0).client(request(3, "/next"))
    .server(response(3, { ends: true })).ack(0);
  const { seen, reasons } = follow(packets, FIRST + 2);
  assert.deepEqual(seen, ["1 / 0 200 3000", "3 /next 0 200 0"]);
  assert.deepEqual(reasons, {});
});

Deno.test("a stream whose last bytes are missing has ended nobody knows when: it is lost", () => {
  const { packets } = started().client(request(1, "/")).server(concat(response(1), data(1, body).subarray(0, 500)))
    .server(data(1, body).subarray(500)).ack(0).client(request(3, "/next")).server(response(3, { ends: true })).ack(0);
  assert.deepEqual(follow(packets).seen, ["1 / 0 200 1000", "3 /next 0 200 0"]);
  const { seen, account } = follow(packets, FIRST + 2);
  assert.deepEqual(seen, ["3 /next 0 200 0"]);
  assert.equal(account.lost, 1);
});

Deno.test("a gap inside of another frame costs that frame, and what the table would have had of it", () => {
  const answer = response(1, { fields: { "x-tag": "z".repeat(500) }, added: true, ends: true });
  const { packets } = started().client(concat(request(1, "/"), request(3, "/next")))
    .server(answer.subarray(0, 100)).server(answer.subarray(100, 300)).server(answer.subarray(300)).ack(0)
    .server(frame(1, END_HEADERS | END_STREAM, 3, Uint8Array.of(0x88, 0xbe))).ack(0);
  assert.deepEqual(follow(packets).seen, ["1 / 0 200 0", "3 /next 0 200 0"]);
  const { seen, account, reasons } = follow(packets, FIRST + 2);
  assert.deepEqual(seen, ["3 /next 0 200 0"]);
  assert.equal(account.lost, 1);
  assert.deepEqual(reasons, { "header fields not known: they are named by what was not seen": 1 });
});

Deno.test("after a gap, a size that may be too small says so, and a response without headers is lost", () => {
  const { packets } = started().client(concat(request(1, "/begun"), request(3, "/waits"), request(5, "/after")))
    .server(concat(response(1), data(1, body, false)))
    .server(concat(data(1, body, false), response(3), data(3, body, false))).ack(0)
    .server(concat(data(1, body), data(3, body), response(5), data(5, "5"))).ack(0);
  assert.deepEqual(follow(packets).seen, ["1 /begun 0 200 3000", "3 /waits 0 200 2000", "5 /after 0 200 1"]);
  const { seen, account, reasons } = follow(packets, FIRST + 2);
  assert.deepEqual(seen, ["1 /begun 0 200 2000", "5 /after 0 200 1"]);
  assert.equal(account.lost, 1);
  assert.deepEqual(reasons, { "a size that may lack bytes missing from the capture": 1 });
});

Deno.test("requests in a gap are unknown, those after it are found, and their fields are never guessed", () => {
  const { packets } = started().client(request(1, "/1", tagged("one"))).server(response(1, { ends: true }))
    .client(request(3, "/3", tagged("two"))).server(response(3, { ends: true })).ack(0)
    // be: the newest entry of the table, x-tag; c0: the third
    .client(frame(1, END_HEADERS | END_STREAM, 5, concat(block({ ":path": "/5" }), Uint8Array.of(0x82, 0xbe, 0xc0))))
    .server(response(5, { ends: true })).ack(0);
  const { seen, account, reasons } = follow(packets, FIRST + 2);
  assert.deepEqual(seen, ["1 /1 0 200 0", "5 /5 0 200 0"]);
  assert.equal(account.responsesAlone, 1);
  assert.equal(reasons["header fields not known: they are named by what was not seen"], 2);
});

Deno.test("a late start finds streams of any id, and takes no trailers for a request", () => {
  const trailers = frame(1, END_HEADERS | END_STREAM, 900_001, Uint8Array.of(0xbe, 0xbf));
  const { packets } = new Talk(80).client(concat(data(900_001, "end", false), trailers, request(900_003, "/a")))
    .server(concat(data(900_001, body), response(900_003), data(900_003, "x")))
    .client(request(900_005, "/b")).server(response(900_005, { status: "404", ends: true }));
  const { seen, reasons } = follow(packets);
  assert.deepEqual(seen, ["900003 /a 0 200 1", "900005 /b 0 404 0"]);
  assert.equal(reasons["headers that may be a request's or its trailers"], 1);
});

Deno.test("frames inside of a body are not taken for the connection's, wherever the capture joins it", () => {
  const inner = concat(request(1, "/inner"), response(1, { ends: true }), settings(), reset(1, 8));
  const outer = data(5, concat(bytesOf("x".repeat(100)), inner, inner, new Uint8Array(200)));
  for (let at = 10; at < 90; at += 7) {
    const { packets } = new Talk(80).server(outer.subarray(at)).client(concat(request(7, "/7"), settings()))
      .server(response(7, { ends: true }));
    assert.deepEqual(follow(packets).seen, ["7 /7 0 200 0"]);
  }
});

Deno.test("whatever was there before: a fitting chain is followed, noise is not", () => {
  const random = seeded(7540);
  for (let round = 0; round < 200; round++) {
    const noise = Uint8Array.from({ length: 1 + Math.floor(random() * 300) }, () => Math.floor(random() * 256));
    const zeros = new Uint8Array(Math.floor(random() * 50));
    const { packets } = new Talk(80).client(noise).server(noise).client(zeros).server(zeros)
      .client(request(7, "/7")).server(response(7, { ends: true }));
    assert.deepEqual(follow(packets).seen, ["7 /7 0 200 0"]);
  }
});

Deno.test("rapid resets (CVE-2023-44487) leave nothing behind", () => {
  const talk = started();
  for (let id = 1; id < 4000; id += 200) {
    const ids = Array.from({ length: 100 }, (_, i) => id + 2 * i);
    talk.client(concat(...ids.map((id) => concat(request(id, "/"), reset(id, 8)))));
  }
  const { account, reasons } = follow(
    talk.client(request(5001, "/after")).server(response(5001, { ends: true })).packets,
  );
  assert.deepEqual([account.requests, account.unanswered, account.paired], [2001, 2000, 1]);
  assert.equal(reasons["stream reset before an answer: CANCEL"], 2000);
});

Deno.test("header blocks without end (CVE-2024-27316) and lists without measure are cut off", () => {
  const flood = started().client(frame(1, END_STREAM, 1, Uint8Array.of(0x82)));
  for (let i = 0; i < 600; i++) flood.client(concat(frame(9, 0, 1), frame(9, 0, 1, new Uint8Array(900).fill(0x82))));
  const endless = follow(flood.client(request(3, "/after")).server(response(3, { ends: true })).packets);
  assert.deepEqual(endless.seen, ["3 /after 0 200 0"]);
  assert.equal(endless.reasons["a header block too long to be kept"], 1);

  // One entry of 3000 bytes, named 10 000 times.
  const bomb = concat(block({ "x-large": "y".repeat(3000) }, true), new Uint8Array(10_000).fill(0xbe));
  const { packets } = started().client(frame(1, END_HEADERS | END_STREAM, 1, concat(block({ ":path": "/bomb" }), bomb)))
    .server(response(1, { ends: true }));
  const { lines, ledger } = replay(packets, rules);
  assert.ok(lines[0].length < 300_000);
  assert.equal(ledger.of("http2").reasons.counts.get("a header list too long to be kept whole"), 1);
});

Deno.test("requests that nobody answers make room for new ones", () => {
  const talk = started();
  const large = { fields: { "x-large": "y".repeat(10_000) } };
  for (let id = 1; id < 4000; id += 2) talk.client(request(id, `/${id}`, large));
  const { seen, account } = follow(talk.server(response(3999, { ends: true })).packets);
  assert.deepEqual(seen, ["3999 /3999 0 200 0"]);
  assert.ok(account.evicted > 1000);
});
