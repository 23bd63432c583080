/** Bytes that the capture lacks: what is certain is paired, what is not is counted, and no pair is wrong. */
import assert from "node:assert/strict";
import { concat, Talk } from "../../tools/build.ts";
import { seeded } from "../../tools/random.ts";
import { type Packet, replay } from "../../tools/replay.ts";
import {
  bind,
  bound,
  complete,
  error,
  execute,
  heard,
  letIn,
  message,
  parse,
  parsed,
  query,
  ran,
  ready,
  row,
  rowDescription,
  run,
  short,
  sync,
} from "./wire.ts";

const rules = [{ protocol: "postgresql", ports: [5432], host: "" }];

function without(packets: readonly Packet[], ...lost: number[]) {
  const { lines, ledger } = replay(packets.filter((_, i) => !lost.includes(i)), rules);
  const account = ledger.of("postgresql");
  assert.ok(account.balanced(), JSON.stringify(account));
  return { short: short(lines.map((line) => JSON.parse(line))), account };
}

const answer = (tag: string) => concat(rowDescription, row, complete(tag), ready);

Deno.test("a connection joined in the middle begins with the first turn", () => {
  const talk = new Talk(5432).server(concat(row, complete("SELECT 9"), ready)).client(query("select 1"))
    .server(answer("SELECT 1")).client(concat(bind("", "s"), execute(), sync))
    .server(concat(bound, complete("SELECT 2"), ready)).client(concat(run("select 3"), sync))
    .server(concat(ran("SELECT 3"), ready));
  const { lines, ledger } = heard(talk);
  assert.deepEqual(short(lines), ["select 1 > SELECT 1", "<unknown> > SELECT 2", "select 3 > SELECT 3"]);
  assert.equal(ledger.midStreamFlows, 1);
});

Deno.test("a connection joined inside of an answer does not take its rest for the next one's", () => {
  const halfRow = message("D", "x".repeat(99)).subarray(50);
  const talk = new Talk(5432).server(concat(halfRow, complete("SELECT 9"), ready)).client(query("select 1"))
    .server(answer("SELECT 1"));
  assert.deepEqual(short(heard(talk).lines), ["select 1 > SELECT 1"]);
});

Deno.test("a connection joined inside of much copy data begins after it", () => {
  const talk = new Talk(5432);
  for (let i = 0; i < 20; i++) talk.client(message("d", "x".repeat(1000)).subarray(i === 0 ? 400 : 0)).ack(1);
  talk.client(message("c")).server(concat(complete("COPY 20"), ready));
  talk.client(query("select 1")).server(answer("SELECT 1"));
  assert.deepEqual(short(heard(talk).lines), ["select 1 > SELECT 1"]);
});

Deno.test("a gap inside of a row, of copy data or of a Bind's values loses nothing", () => {
  const long = message("D", "x".repeat(3000));
  const copy = message("d", "y".repeat(3000));
  const values = concat(parse("", "insert"), bind("", "", "z".repeat(3000)), execute(), sync);
  const talk = letIn().client(query("select 1"))
    .server(concat(rowDescription, long.subarray(0, 1000))).server(long.subarray(1000, 2000))
    .server(concat(long.subarray(2000), complete("SELECT 1"), ready))
    .client(query("copy t from stdin")).server(message("G", "\0\0\0")).client(copy.subarray(0, 1000))
    .client(copy.subarray(1000, 2000)).client(concat(copy.subarray(2000), message("c")))
    .server(concat(complete("COPY 1"), ready))
    .client(values.subarray(0, 1000)).client(values.subarray(1000, 2000)).client(values.subarray(2000))
    .server(concat(parsed, bound, complete("INSERT 0 1"), ready));
  const expected = ["select 1 > SELECT 1", "copy t from stdin > COPY 1", "insert > INSERT 1"];
  assert.deepEqual(without(talk.packets).short, expected);
  const { short: found, account } = without(talk.packets, 7, 12, 16);
  assert.deepEqual(found, expected);
  assert.deepEqual([account.gaps, account.lost, account.skippedBytes], [3, 0, 0]);
});

Deno.test("a lost answer costs its own request only", () => {
  const talk = letIn();
  for (let i = 0; i < 5; i++) talk.client(query(`select ${i}`)).server(answer(`SELECT ${i}`));
  const { short: found, account } = without(talk.packets, 5 + 2 * 2 + 1);
  assert.deepEqual(found, [0, 1, 3, 4].map((i) => `select ${i} > SELECT ${i}`));
  assert.equal(account.lost, 1);
});

Deno.test("an error is an answer although the ReadyForQuery after it is lost", () => {
  const talk = letIn().client(query("nope")).server(error("42601", "syntax error")).server(ready)
    .client(query("select 1")).server(answer("SELECT 1"));
  const { short: found, account } = without(talk.packets, 7);
  assert.deepEqual(found, ["nope > 42601", "select 1 > SELECT 1"]);
  assert.equal(account.lost, 0);
});

Deno.test("a lost Parse leaves the text unknown, and no older one in its place", () => {
  const prepared = concat(parsed, ready), ran = concat(bound, complete("SELECT 1"), ready);
  const talk = letIn().client(concat(parse("", "old"), sync)).server(prepared)
    .client(concat(parse("", "new"), sync)).server(prepared).client(concat(bind(), execute(), sync)).server(ran);
  assert.deepEqual(without(talk.packets).short, ["new > SELECT 1"]);
  assert.deepEqual(without(talk.packets, 7).short, ["<unknown> > SELECT 1"]);
});

Deno.test("after a gap a client that does not wait for its answers is not paired again", () => {
  const talk = letIn().client(query("select 1")).client(query("select 2")).server(answer("SELECT 1"))
    .client(query("select 3")).server(answer("SELECT 2")).client(query("select 4")).server(answer("SELECT 3"))
    .client(query("select 5")).server(answer("SELECT 4")).server(answer("SELECT 5"))
    .client(query("select 6")).server(answer("SELECT 6"));
  assert.equal(without(talk.packets).short.length, 6);
  const { short: found, account } = without(talk.packets, 9);
  assert.deepEqual(found, ["select 1 > SELECT 1"]);
  assert.equal(account.requests, account.paired + account.lost);
});

/** One request after the other, of all kinds, each with a text and a tag of its own. */
function conversation(random: () => number, start: Talk): { talk: Talk; expected: Set<string> } {
  const expected = new Set<string>();
  for (let i = 1; i <= 40; i++) {
    const sql = `select ${i}`, tag = `SELECT ${i}`, rest = concat(complete(tag), ready);
    const rows = message("D", "r".repeat(Math.trunc(random() * 4000)));
    switch (Math.trunc(random() * 4)) {
      case 0:
        start.client(query(sql)).server(concat(rowDescription, rows.subarray(0, 700))).server(
          concat(rows.subarray(700), rest),
        );
        break;
      case 1:
        start.client(concat(parse(`s${i}`, sql), sync)).server(concat(parsed, ready))
          .client(concat(bind("", `s${i}`), execute(), sync)).server(concat(bound, rows, rest));
        break;
      case 2:
        start.client(concat(run(sql), run(sql + "b"), sync)).server(ran(tag)).server(concat(ran(tag + "0"), ready));
        expected.add(`${sql}b > ${tag}0`);
        break;
      default:
        start.client(parse("", sql)).client(concat(bind("", "", "v".repeat(2000)), execute(), sync))
          .server(concat(parsed, bound, rows)).server(rest);
    }
    expected.add(`${sql} > ${tag}`);
    expected.add(`<unknown> > ${tag}`);
  }
  return { talk: start, expected };
}

Deno.test("whatever packets are lost, no pair is wrong, and pairs are made again", () => {
  const random = seeded(11);
  let paired = 0, requests = 0;
  for (let round = 0; round < 300; round++) {
    const { talk, expected } = conversation(random, round % 2 === 0 ? letIn() : new Talk(5432));
    const rate = random() * 0.1;
    const lost = talk.packets.map((_, i) => i).filter(() => random() < rate);
    const { short: found, account } = without(talk.packets, ...lost);
    for (const pair of found) assert.ok(expected.has(pair), `${pair} in round ${round}, without ${lost}`);
    assert.equal(new Set(found).size, found.length, "each at most once");
    paired += account.paired;
    requests += expected.size / 2;
  }
  assert.ok(paired > requests / 2, `${paired} of about ${requests}`);
});

Deno.test("a name that was given twice stands for nothing when the server's word on it is lost", () => {
  const talk = letIn();
  talk.client(concat(parse("get", "select 1"), sync)).server(concat(parsed, ready));
  talk.client(concat(parse("get", "select 2"), sync)).server(concat(error("42P05", "taken"), ready));
  talk.client(concat(bind("", "get"), execute(), sync)).server(concat(bound, complete("SELECT 1"), ready));
  const lost = talk.packets.length - 3;
  assert.deepEqual(without(talk.packets, lost).short, ["<unknown> > SELECT 1"]);
  assert.deepEqual(without(talk.packets).short.at(-1), "select 1 > SELECT 1");
});
