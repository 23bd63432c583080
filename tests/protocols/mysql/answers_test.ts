/** Forms of answers: where they end, and what is read from them. */
import assert from "node:assert/strict";
import { bytesOf, concat } from "../../tools/build.ts";
import {
  ATTRIBUTES,
  binary,
  closeStatement,
  column,
  command,
  DEPRECATE_EOF,
  eof,
  error,
  execute,
  heard,
  letIn,
  ok,
  OPTIONAL_METADATA,
  packet,
  packets,
  prepare,
  prepared,
  PROTOCOL_41,
  query,
  result,
  row,
  said,
  shortResult,
  u16,
  u32,
} from "./wire.ts";

const MORE = 8 | 2, CURSOR = 0x40 | 2;

Deno.test("OK packets: affected rows, ids, flags and warnings of two bytes each", () => {
  const long = concat(binary("\0\xfc\x00\x02\xfe\x01\0\0\0\0\0\0\x80"), u16(0x4002), u16(3)); // 512, 2^63 + 1
  const { lines } = heard(letIn().client(query("INSERT")).server(packet(1, long)));
  assert.deepEqual({ ...lines[0].Response.Packet, LastInsertID: 0 }, {
    AffectedRows: 512,
    LastInsertID: 0,
    Status: 0x4002,
    Warnings: 3,
  });
});

Deno.test("an error's message is kept up to 256 bytes or its first line feed", () => {
  const { lines } = heard(
    letIn().client(query("a")).server(packet(1, error(1064, "#42000first\nsecond")))
      .client(query("b")).server(packet(1, error(1064, "#42000" + "é".repeat(200)))),
  );
  assert.deepEqual(lines[0].Response.Packet, { ErrCode: 1064, ErrMsg: "first", SQLState: "42000" });
  assert.equal(lines[1].Response.Packet.ErrMsg, "é".repeat(128));
});

Deno.test("rows that look like OK, EOF or error packets are rows", () => {
  const rows = [binary("\0"), binary("\xfb"), binary("\x05\0\0\0\0\0"), "\x01\xfe"];
  const answer = packets(1, "\x01", column, eof(), ...rows, eof());
  assert.deepEqual(said(letIn().client(query("q")).server(answer)), ["QUERY q > 4 rows"]);
});

Deno.test("results without EOF packets, empty ones too, end at their OK with the header 0xfe", () => {
  const talk = letIn(PROTOCOL_41 | DEPRECATE_EOF).client(query("a")).server(shortResult(3))
    .client(query("b")).server(shortResult(0)).client(query("c")).server(packet(1, ok()));
  assert.deepEqual(said(talk), ["QUERY a > 3 rows", "QUERY b > 0 rows", "QUERY c > OK 0"]);
});

Deno.test("several results make one round trip: rows together, or affected rows together", () => {
  const talk = letIn()
    .client(query("two")).server(concat(result(2, MORE), result(3)))
    .client(query("call")).server(concat(result(2, MORE), packet(9, ok())))
    .client(query("updates")).server(concat(packet(1, ok(2, 7, MORE)), packet(2, ok(3))))
    .client(query("fails")).server(concat(result(2, MORE), packet(9, error(1054, "#42S22no"))))
    .client(query("within")).server(packets(1, "\x01", column, eof(), row, error(1317, "#70100killed")));
  assert.deepEqual(said(talk), [
    "QUERY two > 5 rows",
    "QUERY call > 2 rows",
    "QUERY updates > OK 5",
    "QUERY fails > 1054 42S22",
    "QUERY within > 1317 70100",
  ]);
});

Deno.test("definitions that the client has are left out (MySQL 8, MariaDB)", () => {
  const talk = letIn(PROTOCOL_41 | OPTIONAL_METADATA)
    .client(query("full")).server(packets(1, "\x01\x01", column, eof(), row, eof()))
    .client(query("none")).server(packets(1, "\x02\x00", eof(), row, row, eof()))
    .client(prepare("p")).server(packet(1, concat(Uint8Array.of(0), u32(1), u16(3), u16(2), binary("\0\0\0\0"))))
    .client(execute(1)).server(packets(1, "\x03\x00", eof(), row, eof()));
  assert.deepEqual(said(talk), [
    "QUERY full > 1 rows",
    "QUERY none > 2 rows",
    "PREPARE p > OK 0",
    "EXECUTE p > 1 rows",
  ]);
  const without = letIn(PROTOCOL_41 | OPTIONAL_METADATA | DEPRECATE_EOF)
    .client(query("none")).server(packets(1, "\x02\x00", row, row, ok(0, 0, 2, 0, 0xfe)));
  assert.deepEqual(said(without), ["QUERY none > 2 rows"]);
});

Deno.test("a PREPARE ends with its definitions, with and without EOF packets", () => {
  for (const hasEof of [true, false]) {
    const talk = letIn(hasEof ? PROTOCOL_41 : PROTOCOL_41 | DEPRECATE_EOF);
    for (const [columns, parameters] of [[0, 0], [2, 0], [0, 2], [2, 3]]) {
      const id = columns * 10 + parameters;
      talk.client(prepare(`p${id}`)).server(prepared(id, columns, parameters, hasEof))
        .client(execute(id)).server(packet(1, ok(id)));
    }
    assert.deepEqual(
      said(talk),
      [0, 20, 2, 23].flatMap((id) => [`PREPARE p${id} > OK 0`, `EXECUTE p${id} > OK ${id}`]),
    );
  }
});

Deno.test("a cursor's rows come by FETCH", () => {
  const open = [packets(1, "\x01", column, eof(CURSOR)), packets(1, "\x01", column, ok(0, 0, CURSOR, 0, 0xfe))];
  for (const [i, opened] of open.entries()) {
    const fetch = command(0x1c, concat(u32(1), u32(2)));
    const talk = letIn(i === 0 ? PROTOCOL_41 : PROTOCOL_41 | DEPRECATE_EOF)
      .client(prepare("p")).server(prepared(1, 0, 0, true)).client(execute(1)).server(opened)
      .client(fetch).server(
        packets(1, binary("\0\0x"), binary("\0\0y"), i === 0 ? eof(CURSOR) : ok(0, 0, CURSOR, 0, 0xfe)),
      );
    assert.deepEqual(said(talk), ["PREPARE p > OK 0", "EXECUTE p > 0 rows", "FETCH_STMT p > 2 rows"]);
  }
});

Deno.test("reports of progress end nothing", () => {
  const progress = binary("\xff\xff\xff\x01\x01\x02\0\0\0\x04copy");
  const talk = letIn().client(query("ALTER TABLE t")).server(packet(1, progress)).server(packet(2, progress))
    .server(packet(3, ok(5)));
  assert.deepEqual(said(talk), ["QUERY ALTER TABLE t > OK 5"]);
});

Deno.test("commands without an answer do not take the next one's", () => {
  const { lines, account } = heard(
    letIn().client(concat(closeStatement(1), command(0x18, concat(u32(2), u16(0), bytesOf("data"))), query("SELECT 1")))
      .server(result(1)).client(command(1)),
  );
  assert.equal(lines.length, 1);
  assert.equal(account.oneWay, 3);
});

Deno.test("query attributes of every type are skipped", () => {
  const types = "\x01\0\x02at" + "\x02\0\x02bt" + "\x03\0\x02ct" + "\x08\0\x02dt" + "\x0c\0\x02et" + "\xfe\0\x02ft" +
    "\x06\0\x02gt";
  const values = "\x01" + "\x02\x02" + "\x03\x03\x03\x03" + "12345678" + "\x04\xe8\x07\x01\x02" + "\x05value";
  const attributes = binary("\x07\x01" + "\x40" + "\x01" + types + values);
  const talk = letIn(PROTOCOL_41 | ATTRIBUTES)
    .client(command(3, concat(attributes, bytesOf("SELECT 1")))).server(result(1))
    .client(command(3, concat(binary("\0\x01"), bytesOf("SELECT 2")))).server(result(1))
    .client(
      command(3, concat(binary("\x01\x01\0\x01\xfe\0\x01n\xfd\0\0\x01"), new Uint8Array(65536), bytesOf("SELECT 3"))),
    )
    .server(result(1));
  assert.deepEqual(said(talk), ["QUERY SELECT 1 > 1 rows", "QUERY SELECT 2 > 1 rows", "QUERY <unknown> > 1 rows"]);
  const notOffered = letIn(PROTOCOL_41 | ATTRIBUTES, PROTOCOL_41).client(query("SELECT 1")).server(result(1));
  assert.deepEqual(said(notOffered), ["QUERY SELECT 1 > 1 rows"]);
});

Deno.test("a statement is cut at 1024 bytes, between characters", () => {
  const { lines } = heard(letIn().client(query("a" + "é".repeat(1000))).server(packet(1, ok())));
  assert.equal(lines[0].Request.Statement, "a" + "é".repeat(511));
  assert.equal(lines[0].Request.Size, 4 + 1 + 2001);
});

Deno.test("a file that the server asks for is no command, however its packets are numbered", () => {
  const file = concat(...Array.from({ length: 300 }, (_, i) => packet((i + 2) & 0xff, "\x03line")), packet(46, ""));
  const talk = letIn().client(query("LOAD DATA")).server(packet(1, binary("\xfb" + "name"))).client(file)
    .server(packet(47, ok(200))).client(query("SELECT 1")).server(result(1));
  assert.deepEqual(said(talk), ["QUERY LOAD DATA > OK 200", "QUERY SELECT 1 > 1 rows"]);
});

Deno.test("replication is left alone; a refused dump is an answer", () => {
  const dump = command(0x12, concat(u32(4), u16(0), u32(9), bytesOf("bin.000001")));
  const stream = heard(letIn().client(dump).server(packet(1, binary("\0event"))).server(packet(2, binary("\0event"))));
  assert.equal(stream.lines.length, 0);
  assert.equal(stream.account.oneWay, 1);
  assert.deepEqual(said(letIn().client(dump).server(packet(1, error(1236, "#HY000no")))), [
    "BINLOG_DUMP  > 1236 HY000",
  ]);
});
