/** Round trips as the contract has them: one JSON object, in this order of keys. */
import assert from "node:assert/strict";
import { peerAttributes, serverAttributes } from "../../../src/core/span.ts";
import { dns } from "../../../src/protocols/dns/mod.ts";
import { Drive } from "./drive.ts";
import { concat, hex, message, pointer, query, question, record, response, soa, strings } from "./wire.ts";

const OPT = record(".", 41, hex("000a0008 24a5ac9d1a2b3c4d"), { klass: 1232, ttl: 0x8000 });

Deno.test("two queries on one socket: each message has its own size and its own records", () => {
  const address = (last: number) => record(pointer(12), 1, Uint8Array.of(1, 2, 3, last));
  const drive = new Drive("udp").client(query(1, "a.b.", 1)).client(query(2, "a.b.", 28))
    .server(response(1, "a.b.", 1, { answers: [address(4)] }))
    .server(response(2, "a.b.", 28, { answers: [address(5)] })).close();
  const expected = (id: number, type: string, requested: string, responded: string, last: number) =>
    `{"Request":{"Host":"10.0.0.1","Port":40000,"Proto":"DNS","Size":21,"Time":"2023-11-14T22:13:20.${requested}Z",` +
    `"Message":{"Header":{"ID":${id},"OpCode":"Query","Status":"Success","Response":false},` +
    `"QuestionSec":{"Name":"a.b.","Type":"${type}"}}},` +
    `"Response":{"Host":"10.0.0.2","Port":53,"Proto":"DNS","Size":37,"Time":"2023-11-14T22:13:20.${responded}Z",` +
    `"Message":{"Header":{"ID":${id},"OpCode":"Query","Status":"Success","Response":true},` +
    `"QuestionSec":{"Name":"a.b.","Type":"${type}"},` +
    `"AnswerSec":[{"Name":"a.b.","Type":"A","TTL":60,"Class":"INET","Record":"1.2.3.${last}"}]}},"Duration":"2ms"}`;
  assert.deepEqual(drive.lines(), [expected(1, "A", "001", "003", 4), expected(2, "AAAA", "002", "004", 5)]);
});

Deno.test("authority and additional records have no TTL, and the class of OPT is its size", () => {
  const drive = new Drive("udp").client(query(9, "x.", 65, { additional: [OPT] }))
    .server(response(9, "x.", 65, {
      flags: 0x8183,
      authority: [soa("x.", 7)],
      additional: [record("ns.x.", 28, hex("20010db8 00000000 00000000 00000001")), OPT],
    })).close();
  const [{ Request, Response }] = drive.parsed();
  const edns = { Name: ".", Type: "OPT", Class: "1232", Record: "EDNS:0 UDP:1232 DO COOKIE:24A5AC9D1A2B3C4D" };
  assert.deepEqual(Request.Message.AdditionalSec, [edns]);
  assert.deepEqual(Response.Message, {
    Header: { ID: 9, OpCode: "Query", Status: "NameError", Response: true },
    QuestionSec: { Name: "x.", Type: "HTTPS" },
    AuthoritySec: [{ Name: "x.", Type: "SOA", Class: "INET", Record: "x./x./T:300/E:4" }],
    AdditionalSec: [{ Name: "ns.x.", Type: "AAAA", Class: "INET", Record: "2001:db8::1" }, edns],
  });
  assert.deepEqual(Object.keys(Response), ["Host", "Port", "Proto", "Size", "Time", "Message"]);
});

Deno.test("codes without a name are numbers, an extended RCODE (RFC 6891, 6.1.3) is one number", () => {
  const badVersion = record(".", 41, new Uint8Array(0), { klass: 512, ttl: 0x01000000 });
  const drive = new Drive("udp").client(query(1, ".", 62347)).client(query(2, ".", 252, { flags: 0x2000 }))
    .server(response(1, ".", 62347, { additional: [badVersion] }))
    .server(message({ id: 2, flags: 0xa009, questions: [question(".", 252)] })).close();
  const heads = drive.parsed().map(({ Response: { Message: m } }) => [
    m.Header.OpCode,
    m.Header.Status,
    m.QuestionSec.Type,
  ]);
  assert.deepEqual(heads, [["Query", "16", "62347"], ["4", "9", "AXFR"]]);
  assert.deepEqual(drive.asked(), ["62347 . -> BadVersion", "Notify AXFR . -> NotAuth"]);
  assert.ok(drive.answered.every((roundTrip) => dns.failed(roundTrip)));
});

Deno.test("no question, several questions: the first is shown, the records of all are found", () => {
  const questions = [question("a.", 1), question("b.", 28)];
  const answers = [record(pointer(12), 1, hex("c0000201")), record(pointer(19), 28, new Uint8Array(16))];
  const drive = new Drive("udp").client(message({ id: 1, questions })).client(message({ id: 2 }))
    .server(message({ id: 1, flags: 0x8180, questions, answers })).server(message({ id: 2, flags: 0x8185 })).close();
  const [first, second] = drive.parsed();
  assert.deepEqual(first.Request.Message.QuestionSec, { Name: "a.", Type: "A" });
  assert.deepEqual(first.Response.Message.AnswerSec.map((r: { Name: string }) => r.Name), ["a.", "b."]);
  assert.deepEqual(second.Response.Message.QuestionSec, { Name: "", Type: "" });
  assert.equal(dns.labels["request.question"].read(drive.answered[1]), "");
});

Deno.test("an update (RFC 2136) with records of no data", () => {
  const zone = question("example.", 6);
  const authority = [record("a.example.", 1, new Uint8Array(0), { klass: 255, ttl: 0 })];
  const drive = new Drive("udp").client(message({ id: 1, flags: 0x2800, questions: [zone], authority }))
    .server(message({ id: 1, flags: 0xa800 })).close();
  const [{ Request }] = drive.parsed();
  assert.deepEqual(Request.Message.AuthoritySec, [{ Name: "a.example.", Type: "A", Class: "ANY", Record: "" }]);
  assert.deepEqual(drive.asked(), ["Update SOA example. -> Success"]);
});

Deno.test("what is asked, its result, labels and span are for people and their tools", () => {
  const alias = record(pointer(12), 5, concat(strings("cdn"), pointer(12)));
  const address = record("cdn.www.", 1, hex("c0000201"));
  const drive = new Drive("udp").client(query(1, "www.", 1))
    .server(response(1, "www.", 1, { answers: [alias, address, address] })).close();
  const [roundTrip] = drive.answered;
  assert.deepEqual(drive.asked(), ["A www. -> Success 192.0.2.1 +2"]);
  assert.equal(dns.failed(roundTrip), false);
  assert.equal(dns.labels["request.question"].name, "question");
  assert.equal(dns.labels["request.question"].read(roundTrip), "www.");
  assert.deepEqual(dns.span(roundTrip, { showSecrets: false }), {
    name: "www.",
    attributes: [
      ["dns.request.size", roundTrip.requestBytes],
      ["dns.response.size", roundTrip.responseBytes],
      ["dns.question.type", "A"],
      ...serverAttributes(drive.flow),
      ...peerAttributes(drive.flow),
    ],
  });
});

Deno.test("what one message prints has a ceiling", () => {
  // Each of 3000 records points to one name of 250 octets that print as four characters each.
  const long = concat(strings(...Array(4).fill("\x00".repeat(61))), hex("00"));
  const answers = [record(".", 10, long), ...Array(3000).fill(record(pointer(12 + 5 + 11), 5, pointer(12 + 5 + 11)))];
  const drive = new Drive("udp").client(query(1, ".", 1)).server(response(1, ".", 1, { answers })).close();
  const [line] = drive.lines();
  assert.ok(line.length > 1024 * 1024 && line.length < 1024 * 1024 + 8192);
  JSON.parse(line);
});
