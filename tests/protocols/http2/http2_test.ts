/** HTTP/2 connections by the sections of RFC 9113 that the names give. */
import assert from "node:assert/strict";
import { bytesOf, concat, Talk } from "../../tools/build.ts";
import { replay } from "../../tools/replay.ts";
import { byteByByte } from "../../tools/segments.ts";
import {
  block,
  data,
  END_HEADERS,
  END_STREAM,
  frame,
  goAway,
  PADDED,
  PREFACE,
  request,
  reset,
  response,
  settings,
  u16,
  u32,
} from "../_h2/frames.ts";

const rules = [{ protocol: "http2", ports: [80], host: "" }];

// deno-lint-ignore no-explicit-any -- what JSON.parse gives
type Line = any;

function started(): Talk {
  return new Talk(80).handshake().client(concat(bytesOf(PREFACE), settings())).server(settings());
}

/** What a connection gives; the same whole and byte by byte. */
function talked(build: (talk: Talk) => Talk, talk = started()) {
  const { packets } = build(talk);
  const whole = replay(packets, rules);
  const ledger = whole.ledger.of("http2");
  assert.ok(ledger.balanced());
  assert.equal(ledger.pending, 0);
  assert.deepEqual(replay(byteByByte(packets), rules).lines, whole.lines, "byte by byte");
  return { lines: whole.lines.map((line): Line => JSON.parse(line)), text: whole.lines, ledger, all: whole };
}

function seen(lines: Line[]): string[] {
  return lines.map(({ Request: q, Response: r }) =>
    `${q.StreamID} ${q.Method} ${q.Path} ${q.Size} ${r.Status} ${r.Size}${r.Reset === undefined ? "" : ` ${r.Reset}`}`
  );
}

Deno.test("a round trip prints as the contract has it", () => {
  const { text } = talked((talk) =>
    talk.client(concat(
      request(3, "/a?b=<c>", { method: "POST", ends: false, fields: { "x-tag": ["1", "2"], "content-length": "3" } }),
      data(3, "abc"),
    )).server(concat(response(3, { status: "201", fields: { etag: '"x"' } }), data(3, "ok")))
  );
  assert.deepEqual(text, [
    '{"Request":{"StreamID":3,"Host":"10.0.0.1","Port":40000,"Proto":"HTTP/2","Path":"/a?b=\\u003cc\\u003e",' +
    '"Method":"POST","Scheme":"http","Authority":"lab","Header":{"Content-Length":["3"],"X-Tag":["1","2"]},"Size":3,' +
    '"Time":"2023-11-14T22:13:20.005Z"},"Response":{"StreamID":3,"Host":"10.0.0.2","Port":80,"Proto":"HTTP/2",' +
    '"Status":"201","Header":{"Etag":["\\"x\\""]},"Size":2,"Time":"2023-11-14T22:13:20.006Z"},"Duration":"1ms"}',
  ]);
});

Deno.test("END_STREAM ends a message on whatever frame it is (5.1), and DATA without padding is its size (6.1)", () => {
  const padded = frame(0, PADDED | END_STREAM, 3, concat(Uint8Array.of(4), bytesOf("body"), new Uint8Array(4)));
  const { lines } = talked((talk) =>
    talk.client(concat(request(1, "/headers"), request(3, "/padded"), request(5, "/trailers"), request(7, "/empty")))
      .server(response(1, { status: "204", ends: true }))
      .server(concat(response(3), padded))
      .server(concat(response(5), data(5, "ab", false), data(5, "c", false)))
      .server(frame(1, END_HEADERS | END_STREAM, 5, block({ "x-sum": "1" })))
      .server(concat(response(7), data(7, "")))
  );
  assert.deepEqual(seen(lines), [
    "1 GET /headers 0 204 0",
    "3 GET /padded 0 200 4",
    "5 GET /trailers 0 200 3",
    "7 GET /empty 0 200 0",
  ]);
  assert.deepEqual(lines[2].Response.Header, {});
});

Deno.test("interim responses (8.1) are no answers", () => {
  const { lines } = talked((talk) =>
    talk.client(request(1, "/")).server(concat(response(1, { status: "100" }), response(1, { status: "103" })))
      .server(concat(response(1), data(1, "x")))
  );
  assert.deepEqual(seen(lines), ["1 GET / 0 200 1"]);
});

Deno.test("header blocks come in parts (6.10), with padding and priority (6.2)", () => {
  const whole = block({ ":method": "GET", ":path": "/parts", ":scheme": "http", "x-long": "y".repeat(300) });
  const first = concat(Uint8Array.of(2), u32(0x80000000), Uint8Array.of(7), whole.subarray(0, 10), new Uint8Array(2));
  const { lines } = talked((talk) =>
    talk.client(frame(1, PADDED | 0x20 | END_STREAM, 1, first))
      .client(concat(frame(9, 0, 1, whole.subarray(10, 100)), frame(9, 0, 1)))
      .client(frame(9, END_HEADERS, 1, whole.subarray(100)))
      .server(response(1, { ends: true }))
  );
  assert.deepEqual(seen(lines), ["1 GET /parts 0 200 0"]);
  assert.equal(lines[0].Request.Header["X-Long"][0].length, 300);
});

Deno.test("a promised stream (8.4) is a round trip of its own", () => {
  const promised = block({ ":method": "GET", ":scheme": "http", ":authority": "lab", ":path": "/style.css" });
  const { lines } = talked((talk) =>
    talk.client(request(1, "/"))
      .server(concat(frame(5, END_HEADERS, 1, concat(u32(2), promised)), response(1), data(1, "page")))
      .server(concat(response(2), data(2, "css")))
  );
  assert.deepEqual(seen(lines), ["1 GET / 0 200 4", "2 GET /style.css 0 200 3"]);
  assert.equal(lines[1].Request.Host, "10.0.0.1");
});

Deno.test("RST_STREAM (6.4) ends what has begun, and leaves the rest without an answer", () => {
  const { lines, ledger, all } = talked((talk) =>
    talk.client(concat(request(1, "/begun"), request(3, "/never"), request(5, "/unknown")))
      .server(concat(response(1), data(1, "part", false))).client(reset(1, 8)).server(reset(3, 7)).server(reset(5, 99))
      .client(reset(1, 8))
  );
  assert.deepEqual(seen(lines), ["1 GET /begun 0 200 4 CANCEL"]);
  assert.equal(all.unanswered.length, 2);
  assert.deepEqual(Object.fromEntries(ledger.reasons.counts), {
    "stream reset before an answer: REFUSED_STREAM": 1,
    "stream reset before an answer: UNKNOWN_ERROR": 1,
  });
});

Deno.test("GOAWAY (6.8) leaves the streams beyond its last one without an answer, and no others", () => {
  const { lines, ledger } = talked((talk) =>
    talk.client(concat(request(1, "/1"), request(3, "/3"), request(5, "/5"))).server(goAway(0x7fffffff))
      .server(goAway(3, 2)).server(concat(response(1, { ends: true }), response(3, { ends: true })))
  );
  assert.deepEqual(seen(lines), ["1 GET /1 0 200 0", "3 GET /3 0 200 0"]);
  assert.equal(ledger.reasons.counts.get("stream refused by GOAWAY: INTERNAL_ERROR"), 1);
});

Deno.test("other frames, and types that do not exist (4.1, 5.5), are passed", () => {
  const others = concat(
    frame(2, 0, 1, new Uint8Array(5)),
    frame(6, 0, 0, new Uint8Array(8)),
    frame(8, 0, 0, u32(100)),
    frame(0x16, 0xff, 1, "what is this"),
    frame(4, 1, 0),
  );
  const { lines } = talked((talk) =>
    talk.client(concat(others, request(1, "/"), others)).server(
      concat(others, response(1), others, data(1, "x"), others),
    )
  );
  assert.deepEqual(seen(lines), ["1 GET / 0 200 1"]);
});

Deno.test("a hundred streams answered in the reverse order", () => {
  const ids = Array.from({ length: 100 }, (_, i) => 2 * i + 1);
  const { lines } = talked((talk) =>
    talk.client(concat(...ids.map((id) => request(id, `/${id}`))))
      .server(concat(...ids.toReversed().map((id) => concat(response(id), data(id, "x".repeat(id))))))
  );
  assert.deepEqual(seen(lines), ids.toReversed().map((id) => `${id} GET /${id} 0 200 ${id}`));
});

Deno.test("frames may be as long as the receiver has said (6.5.2), not longer", () => {
  const long = "x".repeat(20_000);
  const allowed = talked((talk) =>
    talk.client(concat(settings([5, 20_000]), request(1, "/"))).server(concat(response(1), data(1, long)))
  );
  assert.deepEqual(seen(allowed.lines), ["1 GET / 0 200 20000"]);
  const refused = talked((talk) => talk.client(request(1, "/")).server(concat(response(1), data(1, long))));
  assert.deepEqual(refused.lines, []);
  assert.equal(refused.ledger.reasons.counts.get("a frame longer than its receiver allows"), 1);
  assert.equal(refused.ledger.lost, 1);
});

Deno.test("what follows an Upgrade (RFC 7540, 3.2) is HTTP/2, and its first answer is the request's", () => {
  const upgrade = "POST /up?x HTTP/1.1\r\nHost: lab\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n" +
    "HTTP2-Settings: AAMAAABkAAQAAP__\r\nContent-Length: 2\r\nX-Tag: a\r\n\r\nhi";
  const build = (talk: Talk) =>
    talk.client(upgrade)
      .server(concat(
        bytesOf("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n"),
        settings(),
        response(1),
        data(1, "up"),
      ))
      .client(concat(bytesOf(PREFACE), settings(), request(3, "/next"))).server(response(3, { ends: true }));
  for (const protocol of ["http", "http2"]) {
    const { packets } = build(new Talk(80).handshake());
    const whole = replay(packets, [{ protocol, ports: [80], host: "" }]);
    assert.deepEqual(replay(byteByByte(packets), [{ protocol, ports: [80], host: "" }]).lines, whole.lines);
    const [first, ...streams] = whole.lines.map((line): Line => JSON.parse(line));
    assert.deepEqual([first.Request.Proto, first.Response.StatusCode], ["HTTP/1.1", 101]);
    assert.deepEqual(seen(streams), ["1 POST /up?x 2 200 2", "3 GET /next 0 200 0"]);
    assert.deepEqual(streams[0].Request.Header, { "Content-Length": ["2"], "X-Tag": ["a"] });
    assert.equal(streams[0].Request.Authority, "lab");
  }
});

Deno.test("the preface on a port of HTTP/1 is handed over", () => {
  const packets = new Talk(80).handshake().client(concat(bytesOf(PREFACE), settings(), request(1, "/")))
    .server(concat(settings(), response(1, { ends: true }))).packets;
  const { lines } = replay(packets, [{ protocol: "http", ports: [80], host: "" }]);
  assert.deepEqual(seen(lines.map((line) => JSON.parse(line))), ["1 GET / 0 200 0"]);
});

Deno.test("other protocols on the port are named", () => {
  const reasons = (bytes: string | Uint8Array) => [
    ...replay(new Talk(80).handshake().client(bytes).packets, rules).ledger.flowReasons.counts.keys(),
  ];
  assert.deepEqual(reasons(Uint8Array.of(0x16, 3, 1, 0, 200, 1, 0, 0)), ["port 80 speaks TLS, not HTTP/2"]);
  assert.deepEqual(reasons("GET / HTTP/1.1\r\nHost: h\r\n\r\n"), ["port 80 speaks HTTP, not HTTP/2"]);
  assert.deepEqual(reasons(new Uint8Array(2000)), ["port 80 speaks something else, not HTTP/2"]);
});

Deno.test("a response cut short by the end of its connection was the answer", () => {
  const { lines, ledger } = talked((talk) =>
    talk.client(concat(request(1, "/begun"), request(3, "/never"))).server(concat(response(1), data(1, "ab", false)))
      .fin(1)
      .fin(0)
  );
  assert.deepEqual(seen(lines), ["1 GET /begun 0 200 2"]);
  assert.equal(ledger.unanswered, 1);
  assert.equal(ledger.reasons.counts.get("response cut short by the end of its connection"), 1);
});

Deno.test("header blocks that do not decode, or lie about their padding, cost their stream", () => {
  const { lines, ledger } = talked((talk) =>
    talk.client(concat(frame(1, END_HEADERS | END_STREAM, 1, Uint8Array.of(0xff, 0x80)), request(3, "/good")))
      .client(frame(1, END_HEADERS | PADDED | END_STREAM, 5, Uint8Array.of(200, 0x82)))
      .client(frame(9, END_HEADERS, 7, Uint8Array.of(0x82)))
      .client(concat(frame(1, END_STREAM, 9, block({ ":method": "GET" })), request(11, "/between")))
      .server(concat(response(3, { ends: true }), response(11, { ends: true })))
  );
  assert.deepEqual(seen(lines), ["3 GET /good 0 200 0", "11 GET /between 0 200 0"]);
  assert.deepEqual(Object.fromEntries(ledger.reasons.counts), {
    "a header block that does not decode": 1,
    "a header block that does not fit its frame": 1,
    "a part of a header block without its beginning": 1,
    "a frame between the parts of a header block": 1,
  });
});

Deno.test("secrets are masked, in headers, paths and values whose name is not known", () => {
  const fields = { authorization: "Bearer x", cookie: ["a=b", "c=d"], referer: "http://h/?token=1" };
  const build = (talk: Talk) =>
    talk.client(request(1, "/?api_key=k", { fields }))
      .server(response(1, { ends: true, fields: { "set-cookie": "s=1", location: "/?sig=2" } }));
  const [masked] = talked(build).lines;
  assert.equal(masked.Request.Path, "/?api_key=***");
  assert.deepEqual(masked.Request.Header, {
    Authorization: ["***"],
    Cookie: ["***", "***"],
    Referer: ["http://h/?token=***"],
  });
  assert.deepEqual(masked.Response.Header, { Location: ["/?sig=***"], "Set-Cookie": ["***"] });
  const [shown] = replay(build(started()).packets, rules, true).lines.map((line): Line => JSON.parse(line));
  assert.deepEqual(shown.Request.Header.Cookie, ["a=b", "c=d"]);
});

Deno.test("settings beyond the known ones do no harm", () => {
  const strange = frame(4, 0, 0, concat(u16(0x7a7a), u32(1), u16(5), u32(0xffffffff), u16(1)));
  const { lines } = talked((talk) => talk.client(concat(strange, request(1, "/"))).server(response(1, { ends: true })));
  assert.deepEqual(seen(lines), ["1 GET / 0 200 0"]);
});
