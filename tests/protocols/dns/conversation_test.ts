/** Which messages make a round trip, over UDP. */
import assert from "node:assert/strict";
import { Drive } from "./drive.ts";
import { concat, hex, message, pointer, query, question, record, response } from "./wire.ts";

const A = 1, AAAA = 28;
const address = record(pointer(12), A, hex("c0000201"));
const answer = (id: number, owner: string) => response(id, owner, A, { answers: [address] });

Deno.test("responses are paired by id, in whatever order they come", () => {
  const drive = new Drive("udp").client(query(1, "a.", A)).client(query(2, "b.", A))
    .server(answer(2, "b.")).server(answer(1, "a.")).close();
  assert.deepEqual(drive.asked(), ["A b. -> Success 192.0.2.1", "A a. -> Success 192.0.2.1"]);
});

Deno.test("a retransmitted query is one request, and its time is the first one's", () => {
  const drive = new Drive("udp").client(query(1, "a.", A)).pause(5000).client(query(1, "a.", A))
    .server(answer(1, "a.")).server(answer(1, "a.")).close();
  assert.deepEqual(drive.answered.map((roundTrip) => roundTrip.durationNs), [5002e6]);
  assert.deepEqual(drive.reasons(), { "retransmitted query": 1 });
  assert.deepEqual([drive.ledger.requests, drive.ledger.responsesAlone], [1, 1]);
});

Deno.test("the same question under the same id long after is a new query", () => {
  const drive = new Drive("udp").client(query(1, "a.", A)).pause(61_000).client(query(1, "a.", A))
    .server(answer(1, "a.")).close();
  assert.deepEqual(drive.answered.map((roundTrip) => roundTrip.durationNs), [1e6]);
  assert.deepEqual([drive.ledger.requests, drive.ledger.evicted], [2, 1]);
});

Deno.test("a response to another question is no pair, whatever its id", () => {
  for (
    const other of [
      answer(1, "b."),
      response(1, "a.", AAAA),
      message({ id: 1, flags: 0x8180, questions: [question("a.", A, 3)] }),
    ]
  ) {
    const drive = new Drive("udp").client(query(1, "a.", A)).server(other).server(answer(1, "a.")).close();
    assert.equal(drive.answered.length, 1);
    assert.equal(drive.ledger.responsesAlone, 1);
    assert.deepEqual(drive.reasons(), { "response to another question": 1 });
  }
});

Deno.test("types that differ only in the bit that letters fold are different: HTTPS (65) and 97", () => {
  const drive = new Drive("udp").client(query(1, "a.", 65)).server(response(1, "a.", 97)).close();
  assert.equal(drive.answered.length, 0);
});

Deno.test("a name in other case is the same name, and each side prints its own", () => {
  const drive = new Drive("udp").client(query(1, "wWw.ExAmPlE.", A)).server(answer(1, "www.example.")).close();
  const [{ Request, Response }] = drive.parsed();
  assert.equal(Request.Message.QuestionSec.Name, "wWw.ExAmPlE.");
  assert.equal(Response.Message.QuestionSec.Name, "www.example.");
  // Characters that only look like the two cases of one letter.
  assert.equal(new Drive("udp").client(query(1, "a[.", A)).server(answer(1, "a{.")).close().answered.length, 0);
});

Deno.test("a response without a question is paired by its id", () => {
  const drive = new Drive("udp").client(query(7, "a.", A)).server(message({ id: 7, flags: 0x8181 })).close();
  assert.deepEqual(drive.asked(), ["A a. -> FormatError"]);
});

Deno.test("between name servers both sides ask, under the same id too, and each is the host of its own request", () => {
  const drive = new Drive("udp", { clientPort: 53 }).client(query(5, "a.", A)).server(query(5, "b.", A))
    .server(answer(5, "a.")).client(answer(5, "b.")).close();
  const hosts = drive.parsed().map((
    line,
  ) => [line.Request.Host, line.Response.Host, line.Request.Message.QuestionSec.Name]);
  assert.deepEqual(hosts, [["10.0.0.1", "10.0.0.2", "a."], ["10.0.0.2", "10.0.0.1", "b."]]);
  assert.deepEqual(drive.answered.map((roundTrip) => roundTrip.fromServer), [false, true]);
});

Deno.test("one bad record ends its section and not the message", () => {
  const bad: [string, Uint8Array][] = [
    ["longer than the message", record(pointer(12), 257, hex("00"), { length: 500 })],
    ["a name that loops", record(pointer(28), A, hex("c0000201"))],
    ["cut in its fixed part", hex("c00c 0001 0001 0000")],
  ];
  for (const [why, last] of bad) {
    const answers = [address, last];
    const drive = new Drive("udp").client(query(1, "a.", A)).server(response(1, "a.", A, { answers })).close();
    const [{ Response }] = drive.parsed();
    assert.equal(Response.Message.AnswerSec.length, 1, why);
    assert.deepEqual(drive.reasons(), { "record malformed or cut off": 1 }, why);
  }
});

Deno.test("a datagram that the capture cut short pairs as long as its first question is there", () => {
  const whole = answer(1, "a.");
  const drive = new Drive("udp").client(query(1, "a.", A)).server(whole.subarray(0, 19)).close();
  assert.deepEqual(drive.asked(), ["A a. -> Success"]);
  const cut = new Drive("udp").client(query(1, "a.", A)).server(whole.subarray(0, 18)).close();
  assert.deepEqual([cut.answered.length, cut.unanswered.length, cut.ledger.skippedBytes], [0, 1, 18]);
});

Deno.test("bytes that are no message are counted and cost nothing else", () => {
  const drive = new Drive("udp").client(query(1, "a.", A))
    .server(new Uint8Array(0)).server(hex("00")).server(new Uint8Array(40)).server(
      hex("0001 8180 ffff 0000 0000 0000 c0"),
    )
    .server(answer(1, "a.")).close();
  assert.equal(drive.answered.length, 1);
  assert.equal(drive.ledger.requests, 1);
  assert.deepEqual(drive.reasons(), { "header or question malformed or cut off": 4 });
});

Deno.test("bytes behind the last record are counted", () => {
  const drive = new Drive("udp").client(concat(query(1, "a.", A), hex("4d53"))).server(answer(1, "a.")).close();
  assert.deepEqual([drive.answered.length, drive.ledger.skippedBytes], [1, 2]);
});

Deno.test("queries to the groups of mDNS and LLMNR wait for nobody", () => {
  const group = { serverPort: 5353, clientPort: 5353, server: [224, 0, 0, 251] };
  const drive = new Drive("udp", group).client(query(0, "a.local.", A)).client(query(0, "b.local.", A)).close();
  assert.deepEqual([drive.ledger.oneWay, drive.ledger.evicted, drive.unanswered.length], [2, 0, 0]);
});

Deno.test("stateful operations (RFC 8490) have no question, and no answer when their id is 0", () => {
  const drive = new Drive("udp").client(message({ id: 0, flags: 0x3000 })).client(message({ id: 3, flags: 0x3000 }))
    .server(message({ id: 3, flags: 0xb000 })).close();
  assert.deepEqual(drive.asked(), ["DSO -> Success"]);
  assert.equal(drive.ledger.oneWay, 1);
});

Deno.test("what was never answered is named at the end", () => {
  const drive = new Drive("udp").client(query(1, "a.", A)).close();
  assert.equal(drive.unanswered.length, 1);
});
