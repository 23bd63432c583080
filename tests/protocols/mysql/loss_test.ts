/** Starts in the middle and bytes that are missing: what is certain is paired, all else is counted. */
import assert from "node:assert/strict";
import { concat, type Talk } from "../../tools/build.ts";
import { loadCase } from "../../tools/cases.ts";
import { seeded } from "../../tools/random.ts";
import {
  closeStatement,
  column,
  eof,
  execute,
  heard,
  heardOf,
  joined,
  letIn,
  type Line,
  ok,
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
} from "./wire.ts";

/** The connection without some of its packets. */
const without = (talk: Talk, ...gone: number[]) => heardOf(talk.packets.filter((_, i) => !gone.includes(i)));
const short = (lines: Line[]) => lines.map((line) => line.Request.Statement);

Deno.test("a start in the middle pairs from the first command on that begins a turn", () => {
  const talk = joined().server(result(3)).client(query("SELECT 1")).server(result(1))
    .client(query("SELECT 2")).server(shortResult(2));
  assert.deepEqual(said(talk), ["QUERY SELECT 1 > 1 rows", "QUERY SELECT 2 > 2 rows"]);
});

Deno.test("a start in the middle of a login, or of a file, waits for a command", () => {
  const login = joined().client(packet(3, "secret")).server(packet(4, ok())).client(query("a")).server(result(1));
  assert.deepEqual(said(login), ["QUERY a > 1 rows"]);
  const { lines } = heard(joined().client(packet(9, "\x03line")).client(packet(10, "")).server(packet(11, ok(5))));
  assert.equal(lines.length, 0);
});

Deno.test("an answer with the wrong number does not answer", () => {
  assert.deepEqual(said(joined().client(query("a")).server(packet(7, ok())).client(query("b")).server(result(1))), [
    "QUERY b > 1 rows",
  ]);
});

Deno.test("without capabilities a PREPARE ends with its EOF, or where the next command begins", () => {
  const legacy = joined().client(prepare("p")).server(prepared(1, 0, 2, true)).client(execute(1)).server(
    packet(1, ok()),
  );
  assert.deepEqual(said(legacy), ["PREPARE p > OK 0", "EXECUTE p > OK 0"]);
  const late = joined().client(prepare("p"));
  const answer = prepared(1, 2, 2, true);
  late.server(answer.subarray(0, answer.length - 9)).server(answer.subarray(answer.length - 9));
  assert.deepEqual(said(late.client(execute(1)).server(packet(1, ok()))), ["PREPARE p > OK 0", "EXECUTE p > OK 0"]);
  const recent = joined().client(prepare("p")).server(prepared(1, 1, 2, false)).pause(50).client(execute(1))
    .server(packet(1, ok()));
  const { lines } = heard(recent);
  assert.deepEqual(lines.map((line) => [line.Request.Command, line.Duration]), [["PREPARE", "1ms"], [
    "EXECUTE",
    "1ms",
  ]]);
  const ended = joined().client(prepare("p")).server(prepared(1, 0, 2, false)).fin(1);
  assert.deepEqual(said(ended), ["PREPARE p > OK 0"]);
});

Deno.test("bytes that are missing inside what is skipped cost nothing", () => {
  const wide = packets(1, "\x01", column, eof(), `\xfc${"x".repeat(9000)}`, eof());
  const talk = letIn().client(query("a")).server(wide.subarray(0, 3000)).server(wide.subarray(3000, 6000))
    .server(wide.subarray(6000)).client(query(`b ${"y".repeat(6000)}`)).server(result(1));
  assert.deepEqual(short(without(talk, 8).lines).map((text) => text.slice(0, 1)), ["a", "b"]);
  const long = query(`c ${"y".repeat(6000)}`);
  const upload = letIn().client(long.subarray(0, 2000)).client(long.subarray(2000, 4000)).client(long.subarray(4000))
    .server(result(1)).client(query("d")).server(result(1));
  assert.deepEqual(short(without(upload, 7).lines).map((text) => text.slice(0, 1)), ["c", "d"]);
  assert.deepEqual(short(without(upload, 6).lines), ["d"]); // its head is missing
});

Deno.test("a command whose text is missing in part is unknown, and keeps its answer", () => {
  const long = query("c ".repeat(2000));
  const talk = letIn().client(long.subarray(0, 500)).client(long.subarray(500, 900)).client(long.subarray(900))
    .server(result(1));
  assert.deepEqual(short(without(talk, 7).lines), ["<unknown>"]);
});

Deno.test("lost rows are counted by the numbers of those around them, as far as these tell", () => {
  const rows = (count: number, columns: number) => {
    const all = packets(1, String.fromCharCode(columns), ...Array(columns).fill(column), eof());
    const last = 2 + columns;
    return [
      all,
      ...Array.from({ length: count }, (_, i) => packet((last + 1 + i) & 0xff, row.repeat(columns))),
      packet((last + 1 + count) & 0xff, eof()),
    ];
  };
  for (const [gone, expected] of [[20, 400], [160, 400], [200, "<unknown>"]] as const) {
    const parts = rows(400, 4);
    const talk = letIn().client(query("a")).server(concat(...parts.slice(0, 50)))
      .server(concat(...parts.slice(50, 50 + gone))).server(concat(...parts.slice(50 + gone)))
      .client(query("b")).server(result(1));
    const whole = heard(talk).lines[0];
    assert.equal(whole.Response.Packet.Rows, 400);
    const { lines } = without(talk, 8);
    assert.deepEqual(lines[0], { ...whole, Response: { ...whole.Response, Packet: { Rows: expected } } });
    assert.equal(lines[1].Request.Statement, "b");
  }
});

Deno.test("a result that is lost to its end is given up when the next command comes", () => {
  const parts = result(200);
  const talk = letIn().client(query("a")).server(parts.subarray(0, 300)).server(parts.subarray(300))
    .client(query("b")).server(result(1));
  const { lines, account } = without(talk, 8);
  assert.deepEqual(short(lines), ["b"]);
  assert.equal(account.lost, 1);
});

Deno.test("an answer whose beginning is lost while a beginning is awaited does not make its command a pipelined one", () => {
  const parts = result(200), middle = parts.length >> 1;
  const talk = letIn().client(query("a")).server(result(1));
  for (const sql of ["b", "c", "d", "e"]) {
    talk.client(query(sql)).server(parts.subarray(0, middle)).server(parts.subarray(middle));
  }
  const { lines, account } = without(talk, 8, 12); // b, and the beginning of the answer to c
  assert.deepEqual(short(lines), ["a", "d", "e"]);
  assert.equal(account.lost, 1);
});

Deno.test("a lost command does not give its answer to another", () => {
  const talk = letIn().client(query("a")).server(result(1)).client(query("b")).server(result(2))
    .client(query("c")).server(result(3)).client(query("d")).server(result(4));
  assert.deepEqual(short(without(talk, 8).lines), ["a", "c", "d"]);
  assert.deepEqual(short(without(talk, 9).lines), ["a", "c", "d"]);
  // With both gone nothing shows that the lost command was answered, before the next one is.
  assert.deepEqual(short(without(talk, 8, 9).lines), ["a", "d"]);
});

Deno.test("a login that is missing in part says nothing about compression", () => {
  const talk = letIn(PROTOCOL_41).client(query("a")).server(result(1)).client(query("b")).server(result(1));
  for (const gone of [3, 4, 5]) assert.deepEqual(short(without(talk, gone).lines), ["a", "b"], `without ${gone}`);
});

Deno.test("packets of more than 16 MB are skipped, and their ends are found", () => {
  const pieces = (bytes: Uint8Array) =>
    Array.from({ length: Math.ceil(bytes.length / 60_000) }, (_, i) => bytes.subarray(i * 60_000, (i + 1) * 60_000));
  const wide = packet(4, new Uint8Array(17 * 1024 * 1024).fill(0x20));
  wide[4] = 0xfe; // a length of eight bytes, as long values have
  const answer = concat(packets(1, "\x01", column, eof()), wide, packet(6, eof()));
  const question = packet(0, concat(Uint8Array.of(3), new Uint8Array(0xfffffe).fill(0x20)));
  const talk = letIn().client(query("a"));
  for (const piece of pieces(answer)) talk.server(piece);
  for (const piece of pieces(question)) talk.client(piece);
  talk.server(result(1, 2, 2)).client(query("c")).server(result(1));
  const { lines } = heardOf(talk.packets);
  assert.deepEqual(lines.map((line) => line.Response.Packet.Rows), [1, 1, 1]);
  assert.equal(lines[0].Response.Size, answer.length);
  assert.equal(lines[1].Request.Size, 4 + 0xffffff + 4);
});

Deno.test("whatever is missing of a recorded talk, no pair is a wrong one", async () => {
  const names = ["text-queries", "multi-results", "prepared-statements", "load-data-local", "change-user"];
  for (const name of [...names, "compressed-zlib", "progress-and-cached-metadata"]) {
    const { packets: all, expected, rules } = await loadCase("mysql", name);
    const known = new Map(expected.map((line) => [JSON.parse(line).Request.Time, JSON.parse(line)]));
    const random = seeded(5);
    for (let round = 0; round < 40; round++) {
      const share = random() * 0.2, from = round % 4 === 0 ? Math.floor(random() * 30) : 0;
      const some = all.filter((_, i) => i >= from && (i < 3 || random() > share));
      for (const line of heardOf(some, rules).lines) {
        const truth = known.get(line.Request.Time);
        if (line.Request.Statement === "<unknown>") line.Request.Statement = truth?.Request.Statement;
        if (line.Response.Packet.Rows === "<unknown>") line.Response.Packet.Rows = truth?.Response.Packet.Rows;
        assert.deepEqual(line, truth, `${name}, round ${round}`);
      }
    }
  }
});

Deno.test("commands without an answer keep the turn of the next one certain once it was", () => {
  const talk = joined().client(query("a")).server(result(1)).client(closeStatement(4)).client(query("b")).server(
    result(1),
  );
  assert.deepEqual(said(talk), ["QUERY a > 1 rows", "QUERY b > 1 rows"]);
});
