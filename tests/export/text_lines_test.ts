import assert from "node:assert/strict";
import { JsonWriter } from "../../src/core/json.ts";
import type { RoundTrip } from "../../src/core/roundtrip.ts";
import { printable, shortened } from "../../src/export/printable.ts";
import { bytesText, roundedDurationText, TextLines } from "../../src/export/text_lines.ts";
import { Lane } from "../../src/lane/lane.ts";
import { Talk } from "../tools/build.ts";

/** The text lines of a connection to an HTTP server. */
function lines(talk: Talk, colour = false): string[] {
  const format = new TextLines({ showSecrets: false }, colour);
  const out = new JsonWriter();
  const write = (roundTrip: RoundTrip) => format.write(roundTrip, out);
  const lane = new Lane([{ protocol: "http", ports: [80], host: "" }], { roundTrip: write, unanswered: write });
  for (const { bytes, wireLength, sec, nsec, linkType } of talk.packets) {
    lane.packet(bytes, 0, bytes.length, wireLength, sec, nsec, linkType);
  }
  lane.close();
  return new TextDecoder().decode(out.view()).split("\n").slice(0, -1);
}

const ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi";

Deno.test("a line tells time, client, server, protocol, what was asked, result, size and duration, aligned", () => {
  const [first, second, third] = lines(
    new Talk(80).handshake().client("GET /index.html HTTP/1.1\r\n\r\n").server(ok)
      .client("GET /x HTTP/1.1\r\n\r\n").server("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
      .client("GET /never HTTP/1.1\r\n\r\n"),
  );
  assert.match(
    first,
    /^\d\d:\d\d:\d\d\.003 {2}10\.0\.0\.1:40000 +10\.0\.0\.2:80 +http {2}GET \/index\.html +200 OK +2B +1ms$/,
  );
  for (const column of ["10.0.0.2", "http", "GET"]) assert.equal(first.indexOf(column), second.indexOf(column));
  assert.match(second, /404 Not Found +0B +1ms$/);
  assert.match(third, /GET \/never +no answer +- +-$/);
});

Deno.test("colour is only there when asked for", () => {
  const talk = new Talk(80).handshake().client("GET / HTTP/1.1\r\n\r\n").server(ok);
  assert.ok(!lines(talk)[0].includes("\x1b"));
  assert.ok(lines(talk, true)[0].includes("\x1b[32m200 OK"));
});

Deno.test("a packet cannot speak to the terminal", () => {
  const evil = "HTTP/1.1 500 a\x1b]0;owned\x07b\x9bc\r\nContent-Length: 0\r\n\r\n";
  const [line] = lines(new Talk(80).handshake().client("GET /\x1b[2J HTTP/1.1\r\n\r\n").server(evil));
  // deno-lint-ignore no-control-regex -- the characters that must not be there
  assert.doesNotMatch(line, /[\x00-\x1f\x7f-\x9f]/);
});

Deno.test("control characters, line separators and marks of direction become escapes", () => {
  assert.equal(printable("plain ä 漢 😀"), "plain ä 漢 😀");
  assert.equal(printable("a\x1b[31m\r\n\t\x00\x7f\x9b"), "a\\x1b[31m\\r\\n\\t\\x00\\x7f\\x9b");
  assert.equal(printable("x\u202egpj.exe\u2028\u2066"), "x\\u202egpj.exe\\u2028\\u2066");
});

Deno.test("long text is cut without splitting a character in two", () => {
  assert.equal(shortened("abcdef", 6), "abcdef");
  assert.equal(shortened("abcdefg", 6), "abcde…");
  assert.equal(shortened("abcd😀efg", 6), "abcd…");
});

Deno.test("sizes and durations are rounded for reading", () => {
  const sizes: [number, string][] = [[0, "0B"], [999, "999B"], [1234, "1.2kB"], [34_000, "34kB"], [999_600, "1.0MB"]];
  for (const [bytes, text] of sizes) assert.equal(bytesText(bytes), text);
  const durations: [number, string][] = [
    [0, "0s"],
    [198, "198ns"],
    [681_536, "682µs"],
    [1_938_920, "1.94ms"],
    [999_999_999, "1s"],
    [75_340_000_000, "1m15.3s"],
  ];
  for (const [ns, text] of durations) assert.equal(roundedDurationText(ns), text);
});
