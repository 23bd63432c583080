/** Header lines print the same whether they are seen for the first time or are known. */
import assert from "node:assert/strict";
import { Talk } from "../../tools/build.ts";
import { seeded } from "../../tools/random.ts";
import { replay } from "../../tools/replay.ts";

const rules = [{ protocol: "http", ports: [80], host: "" }];
const NAMES = ["Accept", "Connection", "connection", "Cookie", "Referer", "X-Tag", "x-tag", "Pragma", 'Odd"Name'];
const VALUES = [
  "1",
  "close",
  "keep-alive, Close",
  "no-cache",
  "/x?token=a",
  "<é>",
  "\xff",
  "a\0\0\0\0\0\0\0\0\0\0",
  "",
];

/** The `Header` objects and the `Close` of one round trip with these header lines both ways. */
function printed(lines: string, showSecrets = false): unknown[] {
  const talk = new Talk(80).handshake()
    .client(`GET / HTTP/1.1\r\n${lines}\r\n`)
    .server(`HTTP/1.1 200 OK\r\nContent-Length: 0\r\n${lines}\r\n`);
  const { Request, Response } = JSON.parse(replay(talk.packets, rules, showSecrets).lines[0]);
  return [Request.Header, Request.Close, Response.Header, Response.Close];
}

Deno.test("a head prints the same however often its lines were seen, and whatever was between", () => {
  const random = seeded(7);
  const pick = (from: readonly string[]) => from[Math.trunc(random() * from.length)];
  const heads = Array.from({ length: 300 }, (_, n) => {
    let lines = `X-First: unseen ${n}\r\n`;
    for (let i = Math.trunc(random() * 8); i > 0; i--) {
      lines += `${pick(NAMES)}: ${pick(VALUES)} ${n % 50}${random() < 0.8 ? "\r\n" : "\n"}`;
      if (random() < 0.1) lines += ` folded ${pick(VALUES)}\r\n`;
    }
    return lines;
  });
  const first = heads.map((head) => printed(head));
  for (let round = 0; round < 3; round++) assert.deepEqual(heads.map((head) => printed(head)), first, `round ${round}`);
});

Deno.test("a known `Connection: close` that is folded is what it says with the fold", () => {
  const close = (lines: string) => printed(lines)[1];
  for (let round = 0; round < 4; round++) {
    assert.equal(close("Connection: close\r\n"), true);
    assert.equal(close("Connection: close\r\n really\r\n"), false);
    assert.equal(close("Connection: close\r\nX-Tag: some\r\n thing\r\n"), true);
    assert.equal(close("Connection: keep-alive\r\n , close\r\n"), true);
  }
});

Deno.test("eight zero bytes are no other eight bytes", () => {
  const zeros = "\0".repeat(16), other = "\0".repeat(7) + "\x80" + "\0".repeat(8);
  const header = (value: string) => printed(`X-Zero: ${value}\r\n`)[0];
  const expected = [header(zeros), header(other)];
  assert.notDeepEqual(expected[0], expected[1]);
  for (let round = 0; round < 4; round++) assert.deepEqual([header(zeros), header(other)], expected);
});

Deno.test("headers that come again and again print the same, with and without secrets, whatever comes then", () => {
  const heads = ["Cookie: secret\r\nAccept: 1\r\n", "Accept: 1\r\nCookie: secret\r\nConnection: close\r\n"];
  const expected = heads.map((head) => [printed(head), printed(head, true)]);
  for (let round = 0; round < 12; round++) {
    for (const [i, head] of heads.entries()) {
      for (let again = 0; again < 12; again++) assert.deepEqual(printed(head), expected[i][0]);
      for (let again = 0; again < 12; again++) assert.deepEqual(printed(head, true), expected[i][1]);
    }
  }
});
