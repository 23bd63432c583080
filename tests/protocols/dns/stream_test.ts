/** DNS over TCP (RFC 7766): boundaries, gaps, and zone transfers. */
import assert from "node:assert/strict";
import { Drive } from "./drive.ts";
import { framed, hex, message, pointer, query, question, record, response, soa, u16 } from "./wire.ts";

const A = 1, AXFR = 252, IXFR = 251;
const address = record(pointer(12), A, hex("c0000201"));
/** For messages without a question, which have no name to point to. */
const own = record("a.z.", A, hex("c0000201"));
const answer = (id: number, owner = "a.") => response(id, owner, A, { answers: [address] });
const ids = (drive: Drive) => drive.parsed().map((line) => line.Request.Message.Header.ID);

Deno.test("several messages in one segment, cut anywhere, and byte by byte", () => {
  const queries = framed(query(1, "a.", A), query(2, "a.", A), query(3, "a.", A));
  const answers = framed(answer(2), answer(1), answer(3));
  for (let cut = 1; cut < answers.length; cut++) {
    const drive = new Drive("tcp").pieces(0, queries, Math.min(cut, queries.length - 1)).pieces(1, answers, cut)
      .close();
    assert.deepEqual(ids(drive), [2, 1, 3]);
    assert.deepEqual(drive.reasons(), {});
  }
  const drive = new Drive("tcp").pieces(0, queries, ...queries.keys()).pieces(1, answers, ...answers.keys()).close();
  assert.deepEqual(ids(drive), [2, 1, 3]);
  assert.equal(drive.parsed()[0].Response.Size, answer(2).length, "without the two bytes of length");
});

Deno.test("a gap inside a message costs that message: its length tells where the next begins", () => {
  const stream = framed(answer(1), answer(2), answer(3));
  const one = 2 + answer(1).length;
  for (const from of [2, 10, one - 1]) {
    const drive = new Drive("tcp").client(framed(query(1, "a.", A), query(2, "a.", A), query(3, "a.", A)))
      .server(stream.subarray(0, from));
    const lost = Math.min(7, one - from);
    drive.gap(1, lost).server(stream.subarray(from + lost, from + lost + 3)).server(stream.subarray(from + lost + 3))
      .close();
    assert.deepEqual(ids(drive), [2, 3], `from ${from}`);
    assert.deepEqual(drive.reasons(), { "message with bytes missing": 1 });
  }
});

Deno.test("after any other gap only a segment that begins with a whole message is believed", () => {
  const drive = new Drive("tcp").client(framed(query(1, "a.", A), query(2, "a.", A), query(3, "a.", A)))
    .gap(1, 1000)
    .server(framed(answer(1)).subarray(5)) // the rest of a message
    .server(framed(answer(2), answer(3)), false).close();
  assert.deepEqual(ids(drive), [2, 3]);
  assert.deepEqual(drive.reasons(), { "bytes of a stream whose message boundaries are not known": 1 });
});

Deno.test("a turn that begins between length and message is not taken for a boundary", () => {
  // RFC 7766 section 8 advises against sending them one by one; many do.
  const drive = new Drive("tcp").gap(0, 100).client(query(0x1400, "a.", A))
    .client(u16(query(2, "a.", A).length)).client(query(2, "a.", A)).server(framed(answer(2))).close();
  assert.deepEqual(ids(drive), [2]);
});

Deno.test("a late start finds the first whole message, and a long one at the beginning of a turn", () => {
  const long = response(1, "a.", A, { answers: Array(200).fill(address) });
  const drive = new Drive("tcp", { sawStart: false }).client(framed(query(1, "a.", A)))
    .pieces(1, framed(long), 40, 1460).close();
  assert.deepEqual(ids(drive), [1]);
  const middle = new Drive("tcp", { sawStart: false }).client(framed(query(1, "a.", A)))
    .server(framed(long).subarray(0, 40), false).server(framed(long).subarray(40), false).close();
  assert.equal(middle.answered.length, 0);
  assert.equal(middle.ledger.skippedBytes, framed(long).length);
});

Deno.test("a stream that is no DNS is skipped, not kept", () => {
  const drive = new Drive("tcp").client(hex("1603010200010001fc0303" + "41".repeat(600))).client(hex("00".repeat(50)))
    .close();
  assert.equal(drive.ledger.skippedBytes, 661);
  assert.equal(drive.ledger.requests, 0);
});

Deno.test("a message cut off by the end of the connection is counted once", () => {
  const drive = new Drive("tcp").client(framed(query(1, "a.", A)).subarray(0, 10)).close();
  assert.deepEqual(drive.reasons(), { "message cut off by the end of the connection": 1 });
  assert.equal(drive.ledger.skippedBytes, 10);
});

Deno.test("AXFR (RFC 5936) is complete with the second SOA; later messages may lack the question", () => {
  const messages = [
    response(1, "z.", AXFR, { answers: [soa("z.", 9), address] }),
    message({ id: 1, flags: 0x8400, answers: [own, own] }),
    message({ id: 1, flags: 0x8400, answers: [own, soa("z.", 9)] }),
  ];
  const drive = new Drive("tcp").client(framed(query(1, "z.", AXFR)))
    .server(framed(messages[0])).server(framed(messages[1], messages[2]))
    .client(framed(query(1, "z.", AXFR))).server(framed(...messages)).close();
  assert.equal(drive.answered.length, 2);
  for (const { Response } of drive.parsed()) {
    assert.equal(Response.Size, messages.reduce((sum, one) => sum + one.length, 0));
    assert.deepEqual(Response.Message.AnswerSec.map((r: { Type: string }) => r.Type), [
      "SOA",
      "A",
      "A",
      "A",
      "A",
      "SOA",
    ]);
  }
  assert.equal(drive.answered[0].durationNs, 2e6);
});

Deno.test("a transfer that is refused, or no transfer, is complete with its only message", () => {
  const refused = response(1, "z.", AXFR, { flags: 0x8185 });
  const odd = response(1, "z.", AXFR, { answers: [address] });
  for (const only of [refused, odd]) {
    const drive = new Drive("tcp").client(framed(query(1, "z.", AXFR))).server(framed(only));
    assert.equal(drive.answered.length, 1);
    drive.close();
  }
});

Deno.test("a transfer without its end is complete with the flow, at the time of its last message", () => {
  const drive = new Drive("tcp").client(framed(query(1, "z.", AXFR)))
    .server(framed(response(1, "z.", AXFR, { answers: [soa("z.", 9)] }))).pause(10)
    .server(framed(message({ id: 1, flags: 0x8400, answers: [own] })));
  assert.equal(drive.answered.length, 0);
  drive.pause(1000).close();
  assert.deepEqual(drive.answered.map((roundTrip) => roundTrip.durationNs), [12e6]);
});

Deno.test("IXFR (RFC 1995): up to date, differences, and a whole zone", () => {
  const ask = query(1, "z.", IXFR, { authority: [soa("z.", 7)] });
  const reply = (...answers: Uint8Array[]) => response(1, "z.", IXFR, { answers });
  const cases: [string, Uint8Array[], number][] = [
    ["the client has the newest", [reply(soa("z.", 7))], 1],
    ["differences", [reply(soa("z.", 9), soa("z.", 7), address), reply(soa("z.", 9), address), reply(soa("z.", 9))], 3],
    ["the whole zone", [reply(soa("z.", 9), address), reply(soa("z.", 9))], 2],
    ["the SOA first, alone", [reply(soa("z.", 9)), reply(address), reply(soa("z.", 9))], 3],
  ];
  for (const [why, messages, last] of cases) {
    const drive = new Drive("tcp").client(framed(ask));
    messages.forEach((one, i) => {
      drive.server(framed(one));
      assert.equal(drive.answered.length, i + 1 < last ? 0 : 1, `${why}, message ${i + 1}`);
    });
    drive.close();
  }
});

Deno.test("what is kept of a transfer has a ceiling; its size is counted in full", () => {
  const bulk = message({ id: 1, flags: 0x8400, answers: Array(1000).fill(own) });
  const drive = new Drive("tcp").client(framed(query(1, "z.", AXFR)))
    .server(framed(response(1, "z.", AXFR, { answers: [soa("z.", 9)] })));
  for (let i = 0; i < 20; i++) drive.server(framed(bulk));
  drive.server(framed(message({ id: 1, flags: 0x8400, answers: [soa("z.", 9)] }))).close();
  const [{ Response }] = drive.parsed();
  assert.ok(Response.Size > 20 * bulk.length);
  assert.ok(Response.Message.AnswerSec.length <= 4096);
  assert.ok(drive.answered[0].detail.more.length < 6);
});

Deno.test("transfers that are too many to follow are complete with their first message", () => {
  const drive = new Drive("tcp");
  for (let id = 0; id < 70; id++) {
    drive.client(framed(query(id, "z.", AXFR)));
    drive.server(framed(response(id, "z.", AXFR, { answers: [soa("z.", 9)] })));
  }
  assert.equal(drive.answered.length, 6);
  drive.close();
  assert.equal(drive.answered.length, 70);
});

Deno.test("the questions of a NOTIFY come from the server's side", () => {
  const notify = message({ id: 4, flags: 0x2400, questions: [question("z.", 6)] });
  const drive = new Drive("tcp").server(framed(notify)).client(
    framed(message({ id: 4, flags: 0xa400, questions: [question("z.", 6)] })),
  )
    .close();
  assert.equal(drive.parsed()[0].Request.Host, "10.0.0.2");
});
