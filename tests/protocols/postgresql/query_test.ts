/** Opening a connection, and the simple query protocol. */
import assert from "node:assert/strict";
import { bytesOf, concat, Talk } from "../../tools/build.ts";
import {
  authenticated,
  cancelRequest,
  complete,
  emptyQuery,
  error,
  gssencRequest,
  heard,
  letIn,
  message,
  query,
  ready,
  row,
  rowDescription,
  short,
  sslRequest,
  startup,
  terminate,
  u32,
} from "./wire.ts";

const selected = concat(rowDescription, row, complete("SELECT 1"), ready);

Deno.test("a round trip prints as the contract has it", () => {
  const [line] = heard(letIn().client(query("select 1")).server(selected)).text;
  assert.equal(
    line,
    '{"Request":{"Host":"10.0.0.1","Port":40000,"Proto":"PostgreSQL","Size":14,"Packet":{"Statement":"select 1"},' +
      '"Time":"2023-11-14T22:13:20.005Z"},"Response":{"Host":"10.0.0.2","Port":5432,"Proto":"PostgreSQL","Size":28,' +
      '"Packet":{"Command":"SELECT","Rows":1},"Time":"2023-11-14T22:13:20.006Z"},"Duration":"1ms"}',
  );
});

Deno.test("requests for encryption are refused with one byte, and the connection goes on in clear", () => {
  const talk = new Talk(5432).handshake().client(gssencRequest).server("N").client(sslRequest).server("N")
    .client(startup).server(concat(authenticated, ready)).client(query("begin")).server(
      concat(complete("BEGIN"), ready),
    );
  assert.deepEqual(short(heard(talk).lines), ["begin > BEGIN 0"]);
});

Deno.test("a connection that is encrypted is closed and counted", () => {
  const tls = heard(new Talk(5432).handshake().client(sslRequest).server("S").client("\x16\x03\x01..."));
  assert.deepEqual([...tls.ledger.reasons.counts], [["TLS after SSLRequest", 1]]);
  const gss = heard(new Talk(5432).handshake().client(gssencRequest).server("G"));
  assert.deepEqual([...gss.ledger.reasons.counts], [["GSSAPI encryption after GSSENCRequest", 1]]);
});

Deno.test("a server too old for encryption answers with an error", () => {
  const talk = new Talk(5432).handshake().client(sslRequest).server(error("0A000", "unsupported frontend protocol"));
  assert.deepEqual(heard(talk).lines, []);
});

Deno.test("notifications come at any time and are counted as pushed", () => {
  const notification = message("A", concat(u32(4711), bytesOf("news\0hello\0")));
  const talk = letIn().client(query("listen news")).server(concat(notification, complete("LISTEN"), ready))
    .server(notification).client(query("select 1")).server(selected);
  const { lines, ledger } = heard(talk);
  assert.deepEqual(short(lines), ["listen news > LISTEN 0", "select 1 > SELECT 1"]);
  assert.equal(ledger.pushed, 2);
});

Deno.test("CancelRequest has no answer", () => {
  const { lines, ledger } = heard(new Talk(5432).handshake().client(cancelRequest).fin(1).fin(0));
  assert.deepEqual([lines.length, ledger.requests, ledger.oneWay], [0, 1, 1]);
});

Deno.test("passwords and what else belongs to logging in are not printed", () => {
  const talk = new Talk(5432).handshake().client(startup).server(message("R", concat(u32(5), u32(1))))
    .client(message("p", "md5secret\0"))
    .server(concat(authenticated, message("S", "a\0b\0"), message("K", concat(u32(1), u32(2))), ready))
    .client(query("select 1")).server(selected).client(terminate);
  const { lines, text } = heard(talk, true);
  assert.deepEqual(short(lines), ["select 1 > SELECT 1"]);
  assert.ok(!text[0].includes("secret"));
  assert.deepEqual([lines[0].Request.Size, lines[0].Response.Size], [14, 28]);
});

Deno.test("several statements in one Query are one round trip, until ReadyForQuery", () => {
  const talk = letIn().client(query("select 1; update t set a = 1; begin"))
    .server(concat(rowDescription, row, complete("SELECT 1"))).pause(7)
    .server(concat(complete("UPDATE 3"), complete("BEGIN"), ready)).client(query("select 2")).server(selected);
  const { lines } = heard(talk);
  assert.deepEqual(short(lines), ["select 1; update t set a = 1; begin > SELECT 1", "select 2 > SELECT 1"]);
  assert.deepEqual([lines[0].Duration, lines[0].Response.Size], ["9ms", 28 + 14 + 11]);
});

Deno.test("an error after results is what the Query came to", () => {
  const talk = letIn().client(query("select 1; select nope"))
    .server(concat(rowDescription, row, complete("SELECT 1"), error("42703", "column does not exist"), ready));
  assert.deepEqual(short(heard(talk).lines), ["select 1; select nope > 42703"]);
});

Deno.test("an empty query and commands without rows", () => {
  const talk = letIn();
  const tags = ["CREATE TABLE", "INSERT 0 12", "ALTER TEXT SEARCH DICTIONARY", "COMMIT", "COPY 200"];
  talk.client(query("")).server(concat(emptyQuery, ready));
  for (const tag of tags) talk.client(query("x")).server(concat(complete(tag), ready));
  assert.deepEqual(short(heard(talk).lines), [
    " >  0",
    "x > CREATE 0",
    "x > INSERT 12",
    "x > ALTER 0",
    "x > COMMIT 0",
    "x > COPY 200",
  ]);
});

Deno.test("of an error the first severity, code and message count, whatever letters stand in other fields", () => {
  const fields = 'SFEHLER\0VERROR\0C42703\0Mcolumn "x" does not exist\0P8\0FSMC\0L3\0RerrorMissingColumn\0\0';
  const [line] = heard(letIn().client(query("x")).server(concat(message("E", fields), ready))).lines;
  assert.deepEqual(line.Response.Packet, {
    Severity: "FEHLER",
    SQLStateCode: "42703",
    Message: 'column "x" does not exist',
  });
});

Deno.test("after FATAL no ReadyForQuery comes: the end of the connection completes the answer", () => {
  const fatal = error("57P01", "terminating connection", "FATAL");
  assert.deepEqual(short(heard(letIn().client(query("select 1")).server(fatal).fin(1)).lines), ["select 1 > 57P01"]);
  assert.deepEqual(short(heard(letIn().client(query("select 1")).server(fatal).reset(1)).lines), ["select 1 > 57P01"]);
});

Deno.test("notices, notifications and parameters answer nothing, whenever they come", () => {
  const notice = message("N", "SNOTICE\0Mhello\0\0"), notification = message("A", "\0\0\0\x01lab\0hi\0");
  const parameter = message("S", "TimeZone\0UTC\0");
  const talk = letIn().server(notification).client(query("set timezone = utc"))
    .server(concat(notice, complete("SET"), parameter, ready)).server(concat(notification, parameter))
    .client(query("select 1")).server(concat(notification, selected));
  const { lines } = heard(talk);
  assert.deepEqual(short(lines), ["set timezone = utc > SET 0", "select 1 > SELECT 1"]);
  assert.deepEqual(lines[0].Response.Size, notice.length + 9, "what comes while nothing waits belongs to no answer");
});

Deno.test("COPY in either direction is one round trip with its rows", () => {
  const copy = "\0\0\0";
  const talk = letIn().client(query("copy t from stdin")).server(message("G", copy))
    .client(concat(message("d", "1\n"), message("d", "2\n"), message("c"))).server(concat(complete("COPY 2"), ready))
    .client(query("copy t to stdout"))
    .server(
      concat(message("H", copy), message("d", "1\n"), message("d", "2\n"), message("c"), complete("COPY 2"), ready),
    )
    .client(query("copy t from stdin")).server(message("G", copy)).client(message("f", "no more\0"))
    .server(concat(error("57014", "COPY from stdin failed: no more"), ready));
  assert.deepEqual(short(heard(talk).lines), [
    "copy t from stdin > COPY 2",
    "copy t to stdout > COPY 2",
    "copy t from stdin > 57014",
  ]);
});

Deno.test("a replication stream is left alone", () => {
  const talk = letIn().client(query("START_REPLICATION 0/1")).server(concat(message("W", "\0\0\0"), message("d", "w")))
    .client(message("d", "r"));
  const { lines, ledger } = heard(talk);
  assert.deepEqual([lines.length, ledger.oneWay, [...ledger.reasons.counts]], [0, 1, [["replication stream", 1]]]);
});

Deno.test("function calls take their turn and are not printed", () => {
  const call = message("F", concat(u32(952), new Uint8Array(6)));
  const talk = letIn().client(call).server(concat(message("V", u32(0)), ready)).client(query("select 1")).server(
    selected,
  )
    .client(call).server(concat(error("42883", "no such function"), ready)).client(query("select 2")).server(selected);
  assert.deepEqual(short(heard(talk).lines), ["select 1 > SELECT 1", "select 2 > SELECT 1"]);
});

Deno.test("Queries sent without waiting are answered in their order", () => {
  const talk = letIn().client(concat(query("select 1"), query("nope"), query("begin")))
    .server(concat(selected, error("42601", "syntax error"), ready, complete("BEGIN"), ready));
  assert.deepEqual(short(heard(talk).lines), ["select 1 > SELECT 1", "nope > 42601", "begin > BEGIN 0"]);
});

Deno.test("text is kept up to its ceiling, no character cut in two; the rest is counted", () => {
  const long = "select '" + "é".repeat(1000) + "'";
  const [line, next] = heard(letIn().client(query(long)).server(selected).client(query("b")).server(selected)).lines;
  assert.equal(line.Request.Packet.Statement, "select '" + "é".repeat(508));
  assert.equal(line.Request.Size, 6 + 9 + 2000);
  assert.equal(next.Request.Packet.Statement, "b");
});

Deno.test("secrets in SQL are masked unless they are asked for", () => {
  const talk = letIn().client(query("ALTER ROLE a PASSWORD 'geheim'")).server(concat(complete("ALTER ROLE"), ready));
  assert.ok(!heard(talk).text[0].includes("geheim"));
  assert.ok(heard(talk, true).text[0].includes("geheim"));
});
