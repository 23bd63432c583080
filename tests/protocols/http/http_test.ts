/** HTTP/1 messages in all their forms, by the sections of RFC 9112 and 9110 that the names give. */
import assert from "node:assert/strict";
import { Talk } from "../../tools/build.ts";
import { type Packet, replay } from "../../tools/replay.ts";
import { byteByByte } from "../../tools/segments.ts";

const rules = [{ protocol: "http", ports: [80], host: "" }];

// deno-lint-ignore no-explicit-any -- what JSON.parse gives
type Line = any;

/** The round trips of one connection; the same whole and byte by byte. */
function talked(build: (talk: Talk) => Talk, showSecrets = false): Line[] {
  const { packets } = build(new Talk(80).handshake());
  const whole = replay(packets, rules, showSecrets);
  assert.ok(whole.ledger.of("http").balanced());
  assert.deepEqual(replay(byteByByte(packets), rules, showSecrets).lines, whole.lines, "byte by byte");
  return whole.lines.map((line) => JSON.parse(line));
}

const get = (path: string, headers = "") => `GET ${path} HTTP/1.1\r\nHost: h\r\n${headers}\r\n`;
const empty = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";

function answersTo(lines: Line[]): string[] {
  return lines.map(({ Request, Response }) =>
    `${Request.Method} ${Request.URL} ${Response.StatusCode} ${Response.Size}`
  );
}

Deno.test("a round trip prints as the contract has it", () => {
  const [line] = replay(
    new Talk(80).handshake().client(
      "POST /a%20b/%C3%A9?q=1 HTTP/1.1\r\nHost: example\r\ncontent-length: 3\r\nx-tag: one\r\nX-Tag: two\r\n\r\nabc",
    )
      .server("HTTP/1.1 201 Created\r\nETag: x\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok").packets,
    rules,
  ).lines;
  assert.equal(
    line,
    '{"Request":{"Host":"10.0.0.1","Port":40000,"Method":"POST","Header":{"Content-Length":["3"],"X-Tag":["one","two"]},' +
      '"Proto":"HTTP/1.1","Path":"/a b/é","URL":"/a%20b/%C3%A9?q=1","Scheme":"","RemoteHost":"example","Close":false,' +
      '"Size":3,"Chunked":false,"Time":"2023-11-14T22:13:20.003Z"},"Response":{"Host":"10.0.0.2","Port":80,' +
      '"Header":{"Content-Length":["2"],"Etag":["x"]},"Status":"201 Created","StatusCode":201,"Proto":"HTTP/1.1",' +
      '"Close":true,"Size":2,"Chunked":false,"Time":"2023-11-14T22:13:20.004Z"},"Duration":"1ms"}',
  );
});

Deno.test("pipelined requests (9.3.2) are answered in order, whatever lies in one segment", () => {
  const lines = talked((talk) => talk.client(get("/1") + get("/2") + get("/3")).server(empty + empty).server(empty));
  assert.deepEqual(answersTo(lines), ["GET /1 200 0", "GET /2 200 0", "GET /3 200 0"]);
});

Deno.test("HEAD, 204, 304 and 1xx have no body whatever their headers say (6.3)", () => {
  const lines = talked((talk) =>
    talk.client("HEAD /h HTTP/1.1\r\n\r\n" + get("/i") + get("/j") + get("/k"))
      .server("HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n")
      .server("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n")
      .server("HTTP/1.1 304 Not Modified\r\nContent-Length: 77\r\n\r\n")
      .server(empty)
  );
  assert.deepEqual(answersTo(lines), ["HEAD /h 200 0", "GET /i 204 0", "GET /j 304 0", "GET /k 200 0"]);
});

Deno.test("chunked bodies (7.1) with extensions and trailers have their exact size", () => {
  const chunks = "5;a=b\r\nhello\r\nA \r\n0\r\n\r\n12345\r\n0;last\r\nX-Sum: 1\r\n\r\n";
  const lines = talked((talk) =>
    talk.client("PUT /c HTTP/1.1\r\nTransfer-Encoding: gzip, Chunked\r\nContent-Length: 9\r\n\r\n" + chunks)
      .server("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n" + chunks).client(get("/d")).server(empty)
  );
  assert.deepEqual(answersTo(lines), ["PUT /c 200 15", "GET /d 200 0"]);
  assert.deepEqual([lines[0].Request.Size, lines[0].Request.Chunked, lines[0].Response.Chunked], [15, true, true]);
  assert.deepEqual(lines[0].Request.Header, {});
});

Deno.test("bare line feeds (2.2), empty lines before a request and folded headers (5.2) are read", () => {
  const lines = talked((talk) =>
    talk.client("\r\n\nGET /lf HTTP/1.1\nX-Long: a\n  b\r\n\tc\n\n").server("HTTP/1.1 200 OK\nContent-Length: 1\n\nx")
  );
  assert.deepEqual(answersTo(lines), ["GET /lf 200 1"]);
  assert.deepEqual(lines[0].Request.Header, { "X-Long": ["a b c"] });
});

Deno.test("the four forms of the target (3.2)", () => {
  const lines = talked((talk) =>
    talk.client("GET http://user@site:8080/p?q HTTP/1.1\r\nHost: proxy\r\n\r\n").server(empty)
      .client("OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n").server(empty)
      .client("GET //double/%zz HTTP/1.1\r\nHost: h\r\n\r\n").server(empty)
  );
  const seen = lines.map(({ Request: r }) => [r.Path, r.URL, r.Scheme, r.RemoteHost]);
  assert.deepEqual(seen, [
    ["/p", "http://user@site:8080/p?q", "http", "site:8080"],
    ["*", "*", "", "h"],
    ["//double/%zz", "//double/%zz", "", "h"],
  ]);
});

Deno.test("an answer without length reads until the close (6.3), and HTTP/1.0 is read", () => {
  const lines = talked((talk) =>
    talk.client("GET /old HTTP/1.0\r\n\r\n").server("HTTP/1.0 200 OK\r\n\r\nab").server("cd").fin(1).fin(0)
  );
  assert.deepEqual(answersTo(lines), ["GET /old 200 4"]);
  assert.deepEqual([lines[0].Response.Close, lines[0].Request.Proto], [true, "HTTP/1.0"]);
});

Deno.test("Upgrade (9110, 7.8) and CONNECT give their round trip; what follows is counted, not decoded", () => {
  const websocket = new Talk(80).handshake()
    .client(get("/chat", "Upgrade: websocket\r\nConnection: Upgrade\r\n"))
    .server("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n\x81\x02hi").client(get("/not-http"));
  const { lines, ledger } = replay(websocket.packets, rules);
  assert.deepEqual(answersTo(lines.map((line) => JSON.parse(line))), ["GET /chat 101 0"]);
  assert.deepEqual([...ledger.flowReasons.counts], [["HTTP changed to websocket, which is not decoded", 1]]);
  const connect = talked((talk) =>
    talk.client("CONNECT host:443 HTTP/1.1\r\nHost: host:443\r\n\r\n").server("HTTP/1.1 200 Established\r\n\r\n")
      .client(get("/inside"))
  );
  assert.deepEqual(answersTo(connect), ["CONNECT host:443 200 0"]);
  assert.equal(connect[0].Request.Path, "");
});

Deno.test("text inside a body never becomes a message", () => {
  const inner = get("/inner") + empty;
  const lines = talked((talk) =>
    talk.client(`POST /outer HTTP/1.1\r\nContent-Length: ${inner.length}\r\n\r\n`).client(inner)
      .server(`HTTP/1.1 200 OK\r\nContent-Length: ${inner.length}\r\n\r\n`).server(inner)
  );
  assert.deepEqual(answersTo(lines), [`POST /outer 200 ${inner.length}`]);
});

Deno.test("a gap inside a body is skipped by count; one in a head costs that message only", () => {
  const body = "x".repeat(5000);
  const build = () => {
    const talk = new Talk(80).handshake().client(get("/big"));
    talk.server(`HTTP/1.1 200 OK\r\nContent-Length: 15000\r\n\r\n${body}`).server(body).server(body).ack(0);
    return talk.client(get("/next")).server(empty).client(get("/last")).server(empty).packets;
  };
  const seen = (packets: Packet[]) => answersTo(replay(packets, rules).lines.map((line) => JSON.parse(line)));
  assert.deepEqual(seen(build().filter((_, i) => i !== 5)), [
    "GET /big 200 15000",
    "GET /next 200 0",
    "GET /last 200 0",
  ]);
  assert.deepEqual(seen(build().filter((_, i) => i !== 4)), ["GET /next 200 0", "GET /last 200 0"]);
});

Deno.test("secrets are masked unless they are asked for", () => {
  const build = (talk: Talk) =>
    talk.client(
      get(
        "/?access_token=abc",
        "Authorization: Bearer x\r\nCookie: a=b\r\nX-Api-Key: k\r\nReferer: http://h/?token=1\r\n",
      ),
    )
      .server("HTTP/1.1 200 OK\r\nSet-Cookie: s=1\r\nSet-Cookie: t=2\r\nContent-Length: 0\r\n\r\n");
  const [masked] = talked(build);
  assert.equal(masked.Request.URL, "/?access_token=***");
  assert.deepEqual(masked.Request.Header, {
    "Authorization": ["***"],
    "Cookie": ["***"],
    "Referer": ["http://h/?token=***"],
    "X-Api-Key": ["***"],
  });
  assert.deepEqual(masked.Response.Header["Set-Cookie"], ["***", "***"]);
  const [shown] = talked(build, true);
  assert.deepEqual(shown.Request.Header.Authorization, ["Bearer x"]);
});

Deno.test("other protocols on the port are named", () => {
  const reasonOf = (
    bytes: string | Uint8Array,
  ) => [...replay(new Talk(80).handshake().client(bytes).packets, rules).ledger.flowReasons.counts.keys()];
  assert.deepEqual(reasonOf(new Uint8Array([0x16, 3, 1, 0, 200, 1, 0, 0])), ["port 80 speaks TLS, not HTTP"]);
  assert.deepEqual(reasonOf("SSH-2.0-OpenSSH\r\n"), ["port 80 speaks SSH, not HTTP"]);
  assert.deepEqual(reasonOf(new Uint8Array(3000)), ["port 80 speaks something else, not HTTP"]);
});

Deno.test("heads without end and headers without number are bounded", () => {
  const flood = new Talk(80).handshake().client("GET / HTTP/1.1\r\n");
  for (let i = 0; i < 200; i++) flood.client(`X-${i}: ${"y".repeat(1000)}\r\n`);
  const { ledger } = replay(flood.packets, rules);
  assert.equal(ledger.of("http").requests, 0);
  const many = talked((talk) => talk.client(get("/", "A: 1\r\n".repeat(2000))).server(empty));
  assert.ok(many[0].Request.Header.A.length <= 512);
});

Deno.test("broken framing loses its direction until a certain start, and says why", () => {
  const build = (talk: Talk) =>
    talk.client("POST /bad HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n").server(empty)
      .client(get("/good")).server(empty);
  const { lines, ledger } = replay(build(new Talk(80).handshake()).packets, rules);
  assert.deepEqual(answersTo(lines.map((line) => JSON.parse(line))), ["POST /bad 200 0", "GET /good 200 0"]);
  assert.equal(ledger.of("http").reasons.counts.get("broken chunked body"), 1);
});
