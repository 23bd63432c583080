/** Which reply answers which request, also when bytes are missing. */
import assert from "node:assert/strict";
import { concat, Talk } from "../../tools/build.ts";
import type { Packet } from "../../tools/replay.ts";
import { heard, msg, ok, ping, query, reply, request, short } from "./wire.ts";

const talk = () => new Talk(27017).handshake();
const named = (id: number, command: string, flags = 0) => request(id, { [command]: 1, $db: "d" }, flags);

/** The same talk without some of its packets, which are counted from the first after the handshake. */
function without(whole: Talk, ...lost: number[]): Talk {
  return { packets: whole.packets.filter((_, i) => !lost.includes(i - 3)) } as Talk;
}

/** The same talk from a packet on. */
function from(whole: Talk, first: number): Talk {
  return { packets: whole.packets.slice(first) } as Talk;
}

function commands(whole: Talk): string {
  return heard(whole).lines.map(({ Request }) => Request.CmdName).join(" ");
}

Deno.test("several in flight are answered in any order", () => {
  const whole = talk().client(concat(named(1, "a"), named(2, "b"), named(3, "c"))).server(concat(ok(3), ok(1))).server(
    ok(2),
  );
  assert.equal(commands(whole), "c a b");
});

Deno.test("ids: zero, negative, and again after the answer", () => {
  const whole = talk().client(named(0, "a")).server(ok(0)).client(named(-5, "b")).server(ok(-5)).client(named(0, "c"))
    .server(ok(0));
  const { lines } = heard(whole);
  assert.deepEqual(lines.map(({ Request, Response }) => [Request.ID, Response.ID]), [[0, 0], [-5, -5], [0, 0]]);
});

Deno.test("a request with moreToCome has no answer", () => {
  const { lines, ledger } = heard(talk().client(named(1, "a", 2)).client(named(2, "b")).server(ok(2)));
  assert.deepEqual(short(lines), ["b d. > 1 0 OK"]);
  assert.deepEqual([ledger.oneWay, ledger.paired], [1, 1]);
});

Deno.test("exhaust replies continue the first, whatever their ids are", () => {
  const more = (id: number, responseTo: number) => msg(id, responseTo, { ok: 1 }, 2);
  const { lines, ledger } = heard(
    talk().client(named(1, "getMore", 1 << 16)).server(concat(more(51, 1), more(2, 51))).server(more(53, 2))
      .server(ok(53, 54)).client(named(2, "ping")).server(ok(2, 55)),
  );
  assert.deepEqual(short(lines), ["getMore d. > 1 0 OK", "ping d. > 1 0 OK"]);
  assert.equal(ledger.responsesAlone, 0);
});

Deno.test("legacy exhaust replies continue until their cursor is closed", () => {
  const { lines, ledger } = heard(
    talk().client(query(1, "d.c", {}, 1 << 6))
      .server(concat(reply(1, [{}], 0, 5n, 50), reply(50, [{}], 0, 5n, 51), reply(51, [{}], 0, 0n, 52)))
      .client(named(51, "ping")).server(ok(51)),
  );
  assert.equal(lines.length, 2);
  assert.equal(ledger.responsesAlone, 0);
});

Deno.test("a reply to nothing known is alone", () => {
  const { lines, ledger } = heard(talk().client(named(1, "a")).server(concat(ok(77), ok(1))));
  assert.deepEqual([lines.length, ledger.responsesAlone], [1, 1]);
});

Deno.test("a lost request leaves its reply alone; a lost reply leaves its request lost", () => {
  const whole = () => {
    const made = talk();
    for (let i = 0; i < 6; i++) made.client(named(i, `c${i}`)).server(ok(i));
    return made.pause(1000).client(ping(99)).server(ok(99));
  };
  assert.equal(commands(without(whole(), 4)), "c0 c1 c3 c4 c5 ping");
  assert.equal(heard(without(whole(), 4)).ledger.responsesAlone, 1);
  assert.equal(commands(without(whole(), 5)), "c0 c1 c3 c4 c5 ping");
  assert.deepEqual([heard(without(whole(), 5)).ledger.lost, heard(without(whole(), 5)).ledger.unanswered], [1, 0]);
  // With both gone nothing shows that the lost request was answered, before the next one is.
  assert.equal(commands(without(whole(), 4, 5)), "c0 c1 c4 c5 ping");
});

Deno.test("after lost replies no waiting request is given up while others are still in flight", () => {
  const whole = talk().client(concat(named(1, "a"), named(2, "b"), named(3, "c"))).server(ok(1)).client(named(4, "d"))
    .server(concat(ok(4), ok(2), ok(3)));
  assert.equal(commands(without(whole, 1)), "d b c");
});

Deno.test("a start in mid-connection waits for a turn", () => {
  const large = request(1, { insert: "c", text: "x".repeat(3000), $db: "d" });
  const whole = talk().client(large.subarray(0, 1000)).client(large.subarray(1000)).server(ok(1).subarray(0, 20))
    .server(ok(1).subarray(20)).client(ping(2)).server(ok(2));
  for (const first of [5, 6, 4]) assert.equal(commands(from(whole, first)), "ping");
  assert.equal(commands(from(whole, 3)), "insert ping");
});

Deno.test("a hole inside a document that is passed over costs nothing; elsewhere it costs the fields", () => {
  const filler = "y".repeat(4000);
  const command = request(1, { insert: "c", documents: [{ filler }], $db: "d" });
  const answer = msg(9, 1, { cursor: { firstBatch: [{ filler }] }, ok: 1 });
  const cut = (bytes: Uint8Array) =>
    [0, 1, 2, 3].map((i) => bytes.subarray(i * 1020, i === 3 ? undefined : (i + 1) * 1020));
  const whole = talk();
  for (const part of cut(command)) whole.client(part);
  for (const part of cut(answer)) whole.server(part);
  whole.client(ping(2)).server(ok(2));
  const outcome = (...lost: number[]) => short(heard(without(whole, ...lost)).lines);
  assert.deepEqual(outcome(1, 2, 5, 6), ["insert d.c > 1 0 OK", "ping admin. > 1 0 OK"]);
  assert.deepEqual(outcome(3), ["insert <unknown>.c > 1 0 OK", "ping admin. > 1 0 OK"]);
  assert.deepEqual(outcome(7), ["insert d.c > 0 0 <unknown>", "ping admin. > 1 0 OK"]);
  assert.deepEqual(outcome(2, 3), ["insert <unknown>.c > 1 0 OK", "ping admin. > 1 0 OK"]);
  assert.deepEqual(outcome(4), ["ping admin. > 1 0 OK"]);
});

Deno.test("a capture that keeps only the first bytes of each packet still has its pairs", () => {
  const { packets } = talk().client(request(1, { find: "c", filter: { text: "x".repeat(500) }, $db: "d" }))
    .server(msg(9, 1, { cursor: { firstBatch: [{ text: "x".repeat(500) }] }, ok: 1 })).client(named(2, "b")).server(
      ok(2),
    );
  const snapped = packets.map((packet): Packet => ({ ...packet, bytes: packet.bytes.subarray(0, 100) }));
  const { lines, ledger } = heard({ packets: snapped } as Talk);
  assert.deepEqual(short(lines), ["find <unknown>.c > 0 0 <unknown>", "b d. > 1 0 OK"]);
  assert.equal(ledger.paired, 2);
});

Deno.test("a reply whose end is missing has no `ok` that nobody saw", () => {
  const filler = "y".repeat(1200);
  const outcome = (fields: Record<string, unknown>) => {
    const reply = msg(9, 1, { ...fields, filler, ok: 1 });
    const whole = talk().client(named(1, "c")).server(reply.subarray(0, 1000)).server(reply.subarray(1000));
    return short(heard(without(whole.client(ping(2)).server(ok(2)), 2)).lines)[0];
  };
  assert.equal(outcome({ writeErrors: [{ code: 11000 }] }), "c d. > 1 11000 DuplicateKey");
  assert.equal(outcome({ writeConcernError: { code: 64 } }), "c d. > 0 0 <unknown>");
});
