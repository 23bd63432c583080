/** The extended query protocol: https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-EXT-QUERY */
import assert from "node:assert/strict";
import { concat } from "../../tools/build.ts";
import {
  bind,
  bound,
  close,
  closed,
  complete,
  describe,
  error,
  execute,
  flush,
  heard,
  letIn,
  message,
  noData,
  parse,
  parsed,
  query,
  ran,
  ready,
  row,
  rowDescription,
  run,
  short,
  suspended,
  sync,
} from "./wire.ts";

const FLAG = "CloseCompleteOrDescribeResponse";

Deno.test("an unnamed statement is one round trip with its text", () => {
  const { lines } = heard(letIn().client(concat(run("select $1"), sync)).server(concat(ran("SELECT 1"), ready)));
  assert.deepEqual(short(lines), ["select $1 > SELECT 1"]);
  const sizes = parse("", "select $1").length + bind().length;
  assert.deepEqual([lines[0].Request.Size, lines[0].Response.Size], [sizes, ran("SELECT 1").length]);
});

Deno.test("the text of a named statement is found through Bind at every Execute", () => {
  const once = concat(bind("", "s1", "v"), execute(), sync), answer = concat(bound, row, complete("SELECT 1"), ready);
  const talk = letIn().client(concat(parse("s1", "select a"), parse("s2", "select b"), sync))
    .server(concat(parsed, parsed, ready)).client(once).server(answer)
    .client(concat(bind("p", "s2"), execute("p"), sync)).server(answer).client(once).server(answer);
  assert.deepEqual(short(heard(talk).lines), ["select a > SELECT 1", "select b > SELECT 1", "select a > SELECT 1"]);
});

Deno.test("a statement that was not seen prepared is unknown", () => {
  const talk = letIn().client(concat(bind("", "s9"), execute(), sync))
    .server(concat(bound, complete("SELECT 0"), ready)).client(concat(close("S", "s9"), sync)).server(
      concat(closed, ready),
    );
  assert.deepEqual(short(heard(talk).lines), ["<unknown> > SELECT 0"]);
});

Deno.test("Close forgets a statement, and a Query the unnamed one", () => {
  const talk = letIn().client(concat(parse("s", "a"), parse("", "b"), close("S", "s"), sync))
    .server(concat(parsed, parsed, closed, ready)).client(query("begin")).server(concat(complete("BEGIN"), ready))
    .client(concat(bind("", "s"), execute(), sync)).server(concat(error("26000", "does not exist"), ready))
    .client(concat(bind(), execute(), sync)).server(concat(error("26000", "does not exist"), ready));
  assert.deepEqual(short(heard(talk).lines), ["begin > BEGIN 0", "<unknown> > 26000", "<unknown> > 26000"]);
});

Deno.test("preparing with a Describe is a round trip of its own and costs the first Execute nothing", () => {
  const talk = letIn().client(concat(parse("s", "select a"), describe("S", "s"), sync))
    .server(concat(parsed, message("t", "\0\0"), rowDescription, ready))
    .client(concat(bind("", "s"), execute(), sync)).server(concat(bound, complete("SELECT 0"), ready))
    .client(concat(parse("q", "set a = 1"), describe("S", "q"), sync))
    .server(concat(parsed, message("t", "\0\0"), noData, ready));
  const { lines } = heard(talk);
  assert.deepEqual(short(lines), [`Ss > ${FLAG}`, "select a > SELECT 0", `Sq > ${FLAG}`]);
  assert.equal(lines[0].Request.Size, parse("s", "select a").length + describe("S", "s").length);
});

Deno.test("an Execute with a row limit is answered by PortalSuspended and goes on", () => {
  const talk = letIn().client(concat(parse("", "select a"), bind("c"), describe("P", "c"), flush))
    .server(concat(parsed, bound, rowDescription)).client(concat(execute("c", 2), flush))
    .server(concat(row, row, suspended)).client(concat(execute("c", 2), flush))
    .server(concat(row, complete("SELECT 1"))).client(concat(close("P", "c"), sync)).server(concat(closed, ready));
  const { lines } = heard(talk);
  assert.deepEqual(short(lines), [`Pc > ${FLAG}`, "select a >  2", "select a > SELECT 1"]);
  assert.equal(lines[2].Request.Size, execute("c", 2).length);
});

Deno.test("a pipeline of many rounds in one segment is paired one to one", () => {
  const asked: Uint8Array[] = [], answered: Uint8Array[] = [], expected: string[] = [];
  for (let i = 0; i < 300; i++) {
    asked.push(run(`select ${i}`));
    answered.push(ran(`SELECT ${i}`));
    if (i % 3 === 0) {
      asked.push(sync);
      answered.push(ready);
    }
    expected.push(`select ${i} > SELECT ${i}`);
  }
  const { lines, ledger } = heard(letIn().client(concat(...asked, sync)).server(concat(...answered, ready)));
  assert.deepEqual(short(lines), expected);
  assert.deepEqual([ledger.paired, ledger.lost], [300, 0]);
});

Deno.test("an error of Parse or Bind is told of the Execute that it ended, and the rest until Sync is not answered", () => {
  const talk = letIn()
    .client(concat(run("select 1"), run("nope"), run("select 2"), sync, run("select 3"), sync))
    .server(concat(ran("SELECT 1"), error("42601", "syntax error"), ready, ran("SELECT 1"), ready))
    .client(concat(run("select $1::int"), sync)).server(concat(parsed, error("22P02", "invalid input"), ready));
  const { lines, ledger } = heard(talk);
  assert.deepEqual(short(lines), [
    "select 1 > SELECT 1",
    "nope > 42601",
    "select 3 > SELECT 1",
    "select $1::int > 22P02",
  ]);
  assert.deepEqual([ledger.requests, ledger.paired, ledger.oneWay], [5, 4, 1]);
});

Deno.test("what is sent after an error and before the Sync is not answered", () => {
  const talk = letIn().client(concat(run("nope"), flush)).server(error("42601", "syntax error"))
    .client(concat(run("select 1"), query("select 2"), flush)).client(sync).server(ready)
    .client(concat(run("select 3"), sync)).server(concat(ran("SELECT 1"), ready));
  const { lines, ledger } = heard(talk);
  assert.deepEqual(short(lines), ["nope > 42601", "select 3 > SELECT 1"]);
  assert.equal(ledger.oneWay, 2);
});

Deno.test("a Parse that fails before anything is run is told with its text, with or without a Describe", () => {
  const failure = concat(error("42601", "syntax error"), ready);
  const talk = letIn().client(concat(parse("s", "nope"), sync)).server(failure)
    .client(concat(parse("s", "nope"), describe("S", "s"), sync)).server(failure)
    .client(concat(run("select 3"), sync)).server(concat(ran("SELECT 1"), ready));
  assert.deepEqual(short(heard(talk).lines), ["nope > 42601", "nope > 42601", "select 3 > SELECT 1"]);
});

Deno.test("a name that a failing Parse was to get stands for what it did before", () => {
  const again = concat(bind("", "s"), execute(), sync), answer = concat(bound, complete("SELECT 0"), ready);
  const talk = letIn().client(concat(parse("s", "first"), sync)).server(concat(parsed, ready))
    .client(concat(parse("s", "second"), parse("t", "third"), sync))
    .server(concat(error("42P05", "already exists"), ready)).client(again).server(answer)
    .client(concat(bind("", "t"), execute(), sync)).server(concat(error("26000", "does not exist"), ready));
  assert.deepEqual(short(heard(talk).lines), ["second > 42P05", "first > SELECT 0", "<unknown> > 26000"]);
});

Deno.test("an error at Sync leaves the answers before it as they are", () => {
  const talk = letIn().client(concat(run("insert"), sync))
    .server(concat(ran("INSERT 0 1"), error("23505", "deferred constraint"), ready))
    .client(query("begin")).server(concat(complete("BEGIN"), ready));
  const { lines, ledger } = heard(talk);
  assert.deepEqual(short(lines), ["insert > INSERT 1", "begin > BEGIN 0"]);
  assert.equal(ledger.reasons.counts.size, 1);
});

Deno.test("a Sync sent before the data of an extended COPY is ignored", () => {
  const start = concat(run("copy t from stdin"), sync), asked = concat(parsed, bound, noData, message("G", "\0\0\0"));
  const data = concat(message("d", "1\n"), message("c"), sync);
  const talk = letIn().client(start).server(asked).client(data).server(concat(complete("COPY 1"), ready))
    .client(concat(run("select 1"), sync)).server(concat(ran("SELECT 1"), ready))
    .client(start).server(asked).client(message("d", "x\n")).server(error("22P02", "invalid input"))
    .client(concat(message("c"), sync)).server(ready)
    .client(concat(run("select 2"), sync)).server(concat(ran("SELECT 1"), ready));
  assert.deepEqual(short(heard(talk).lines), [
    "copy t from stdin > COPY 1",
    "select 1 > SELECT 1",
    "copy t from stdin > 22P02",
    "select 2 > SELECT 1",
  ]);
});
