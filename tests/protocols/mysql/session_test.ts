/** Greeting, login, changes of the user, TLS: followed, not reported. */
import assert from "node:assert/strict";
import { bytesOf, concat, Talk } from "../../tools/build.ts";
import {
  binary,
  command,
  error,
  greeting,
  heard,
  letIn,
  login,
  ok,
  packet,
  query,
  result,
  said,
  sessionOf,
  sslRequest,
  u16,
  u32,
} from "./wire.ts";

Deno.test("a login is no query, and its user and database are context", () => {
  const talk = letIn().client(query("SELECT 1")).server(result(1));
  assert.deepEqual(said(talk), ["QUERY SELECT 1 > 1 rows"]);
  assert.deepEqual(sessionOf(talk), { serverVersion: "8.4.0", user: "lab", database: "shop" });
});

Deno.test("the database follows INIT_DB, when it is answered OK", () => {
  const talk = letIn().client(command(2, "other")).server(packet(1, ok()))
    .client(command(2, "gone")).server(packet(1, error(1049, "#42000Unknown database")));
  assert.deepEqual(said(talk), ["INIT_DB other > OK 0", "INIT_DB gone > 1049 42000"]);
  assert.equal(sessionOf(talk).database, "other");
});

Deno.test("an authentication of several packets is passed over", () => {
  const talk = new Talk(3306).handshake().server(greeting()).client(login())
    .server(packet(2, binary("\xfe" + "caching_sha2_password\0salt"))).client(packet(3, "\x03\x02\x03"))
    .server(packet(4, "\x01\x04")).client(packet(5, "secret\0")).server(packet(6, ok()))
    .client(query("SELECT 1")).server(result(1));
  assert.deepEqual(said(talk), ["QUERY SELECT 1 > 1 rows"]);
});

Deno.test("CHANGE_USER shows the user only, and ends with its OK", () => {
  const change = command(0x11, "bob\0\x04hashnew\0\x2d\0plugin\0");
  const talk = letIn().client(change).server(packet(1, binary("\xfe" + "plugin\0salt"))).client(packet(2, "secret"))
    .server(packet(3, ok())).client(query("SELECT 1")).server(result(1));
  const { lines } = heard(talk);
  assert.deepEqual(lines.map((line) => [line.Request.Command, line.Request.Statement]), [
    ["CHANGE_USER", "bob"],
    ["QUERY", "SELECT 1"],
  ]);
  assert.deepEqual(sessionOf(talk), { serverVersion: "8.4.0", user: "bob", database: "new" });
});

Deno.test("a connection that turns to TLS is left alone and counted", () => {
  const talk = new Talk(3306).handshake().server(greeting()).client(sslRequest)
    .client(Uint8Array.of(0x16, 3, 1, 0, 4, 1, 2, 3, 4)).server(Uint8Array.of(0x17, 3, 3, 0, 1, 3));
  const { lines, account } = heard(talk);
  assert.equal(lines.length, 0);
  assert.equal(account.reasons.counts.get("TLS after SSLRequest"), 1);
});

Deno.test("a server may refuse before its greeting", () => {
  const { lines, account } = heard(new Talk(3306).handshake().server(packet(0, error(1040, "Too many connections"))));
  assert.equal(lines.length, 0);
  assert.equal(account.reasons.counts.get("a server that refused the connection"), 1);
});

Deno.test("old servers: an EOF of one byte, errors without a state, an old authentication", () => {
  // MySQL 4.0: protocol 10 without CLIENT_PROTOCOL_41; OK has no warnings
  const old = concat(Uint8Array.of(10), bytesOf("4.0.30\0"), u32(1), bytesOf("saltsalt\0"), u16(0x202c));
  const talk = new Talk(3306).handshake().server(packet(0, old))
    .client(packet(1, concat(u16(0x2000), bytesOf("\0\0\0lab\0hash")))).server(packet(2, binary("\xfe"))).client(
      packet(3, "hash"),
    )
    .server(packet(4, concat(Uint8Array.of(0, 0, 0), u16(2))))
    .client(query("UPDATE t")).server(packet(1, concat(Uint8Array.of(0, 3, 0), u16(2))))
    .client(query("SELECT 1"))
    .server(
      concat(
        packet(1, "\x01"),
        packet(2, "column"),
        packet(3, binary("\xfe")),
        packet(4, "\x01x"),
        packet(5, binary("\xfe")),
      ),
    )
    .client(query("SELECT")).server(packet(1, error(1064, "syntax")));
  assert.deepEqual(said(talk), ["QUERY UPDATE t > OK 3", "QUERY SELECT 1 > 1 rows", "QUERY SELECT > 1064 "]);
});

Deno.test("another protocol on the port is told from MySQL", () => {
  for (
    const talk of [
      new Talk(3306).handshake().client("GET / HTTP/1.1\r\nHost: a\r\n\r\n").server("HTTP/1.1 200 OK\r\n\r\n"),
      new Talk(3306).handshake().server("220 mail.example ESMTP ready\r\n").client("EHLO me\r\n"),
      new Talk(3306).handshake().server("SSH-2.0-OpenSSH_9.2\r\n"),
    ]
  ) assert.equal(heard(talk).account.requests, 0);
});
