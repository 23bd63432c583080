/** Kafka conversations: what is printed, what is counted, and what is not believed. */
import assert from "node:assert/strict";
import { peerAttributes, serverAttributes } from "../../../src/core/span.ts";
import { MESSAGE_BYTES } from "../../../src/protocols/kafka/messages.ts";
import { kafka } from "../../../src/protocols/kafka/mod.ts";
import { NOT_MINE } from "../../../src/core/verdict.ts";
import { bytesOf, concat, Talk } from "../../tools/build.ts";
import { replay } from "../../tools/replay.ts";
import { Drive, Shared } from "./drive.ts";
import {
  apiVersions,
  apiVersionsAnswer,
  compact,
  fetchAnswer,
  fetchById,
  heartbeat,
  heartbeatAnswer,
  i16,
  i32,
  i64,
  metadata,
  metadataAnswer,
  noTags,
  produce,
  request,
  response,
  str,
  topicId,
  varint,
} from "./wire.ts";

const rules = [{ protocol: "kafka", ports: [99], host: "" }];

Deno.test("a Produce with a transactional id, byte for byte", () => {
  const asked = request(0, 3, 2, "c", str("tx"), i16(1), i32(100), i32(1), str("a.b"), i32(0));
  assert.equal(asked.length, 38);
  const talk = new Talk(99).handshake().client(asked).server(response(2, i32(0)));
  assert.deepEqual(replay(talk.packets, rules).lines, [
    '{"Request":{"CorrelationID":2,"Host":"10.0.0.1","Port":40000,"Proto":"Kafka","Size":38,' +
    '"Time":"2023-11-14T22:13:20.003Z","Packet":{"API":"Produce","APIVersion":3,"CorrelationID":2,"ClientID":"c",' +
    '"GroupID":"","Topic":"a.b"}},"Response":{"CorrelationID":2,"Host":"10.0.0.2","Port":99,' +
    '"Proto":"Kafka","Size":12,"Time":"2023-11-14T22:13:20.004Z","ErrorCode":"NoError"},"Duration":"1ms"}',
  ]);
});

Deno.test("null and empty names are empty, several topics are all printed", () => {
  const drive = new Drive();
  drive.client(request(3, 1, 1, null, i32(-1))).server(response(1, i32(0), i32(1), i32(0)));
  drive.client(request(3, 1, 2, "", i32(0))).server(response(2, i32(0), i32(1), i32(0)));
  drive.client(request(3, 1, 3, "c", i32(3), str("a"), str("b"), str("a"))).server(response(3, i32(0), i32(1), i32(0)));
  drive.close();
  const packets = drive.lines().map((line) => JSON.parse(line).Request.Packet);
  assert.deepEqual(packets.map(({ ClientID, Topic, Topics }) => [ClientID, Topic, Topics]), [
    ["", "", undefined],
    ["", "", undefined],
    ["c", "a", ["a", "b"]],
  ]);
  assert.equal(drive.asked()[2], "Metadata v1 a and 1 more -> NoError");
});

Deno.test("names keep all their characters and are escaped", () => {
  const drive = new Drive();
  drive.client(heartbeat(1, 'a.b_c-d/<\u00fc>"')).server(heartbeatAnswer(1));
  assert.equal(JSON.parse(drive.lines()[0]).Request.Packet.GroupID, 'a.b_c-d/<\u00fc>"');
  assert.ok(drive.lines()[0].includes('a.b_c-d/\\u003c\u00fc\\u003e\\"'));
});

Deno.test("the error is the response's own, else the first of its parts", () => {
  const drive = new Drive();
  const partition = (error: number) => concat(i32(0), i16(error), i64(0), i64(0));
  drive.client(request(0, 3, 1, "c", str(null), i16(1), i32(0), i32(0)));
  drive.server(response(1, i32(1), str("t"), i32(3), partition(0), partition(3), partition(6), i32(0)));
  // OffsetFetch 2: partitions first, the response's own error last
  drive.client(request(9, 2, 2, "c", str("g"), i32(0)));
  const offset = (error: number) => concat(i32(0), i64(0), str(""), i16(error));
  drive.server(response(2, i32(1), str("t"), i32(2), offset(0), offset(3), i16(16)));
  drive.client(heartbeat(3)).server(heartbeatAnswer(3, 27));
  drive.client(heartbeat(4)).server(heartbeatAnswer(4, -1));
  drive.client(heartbeat(5)).server(heartbeatAnswer(5, 9999));
  drive.close();
  const errors = drive.lines().map((line) => JSON.parse(line).Response.ErrorCode);
  assert.deepEqual(errors, [
    "UnknownTopicOrPartition",
    "NotCoordinator",
    "RebalanceInProgress",
    "UnknownServerError",
    "",
  ]);
  assert.ok(drive.asked()[4].endsWith("error 9999"));
  assert.deepEqual(drive.shared.answered.map(kafka.failed), [true, true, true, true, true]);
});

Deno.test("requests are paired by their id, whatever the order", () => {
  const drive = new Drive();
  drive.client(concat(heartbeat(1, "a"), heartbeat(2, "b"), heartbeat(3, "c")));
  drive.server(concat(heartbeatAnswer(3), heartbeatAnswer(1), heartbeatAnswer(2))).close();
  assert.deepEqual(drive.lines().map((line) => JSON.parse(line).Request.Packet.GroupID), ["c", "a", "b"]);
});

Deno.test("a Produce with acks 0 is one-way, and its id may come again", () => {
  const drive = new Drive();
  const records = new Uint8Array(100);
  drive.client(concat(produce(1, 0, "t", records), produce(1, 0, "t", records), produce(1, 1, "t", records)));
  drive.server(response(1, i32(0), i32(0))).close();
  assert.equal(drive.lines().length, 1);
  const { requests, oneWay, paired } = drive.shared.ledger;
  assert.deepEqual({ requests, oneWay, paired }, { requests: 3, oneWay: 2, paired: 1 });
});

Deno.test("topic ids have the names that any connection of the lane told", () => {
  const shared = new Shared();
  new Drive(shared).client(metadata(1, "orders")).server(metadataAnswer(1, "orders", topicId(7))).close();
  const other = new Drive(shared);
  other.client(fetchById(1, topicId(7))).server(fetchAnswer(1));
  other.client(fetchById(2, topicId(8))).server(fetchAnswer(2)).close();
  const topics = other.lines().map((line) => JSON.parse(line).Request.Packet.Topic);
  assert.deepEqual(topics, ["orders", "orders", "<unknown>"]);
  const elsewhere = new Drive();
  elsewhere.client(fetchById(1, topicId(7))).server(fetchAnswer(1)).close();
  assert.equal(JSON.parse(elsewhere.lines()[0]).Request.Packet.Topic, "<unknown>");
});

Deno.test("a request of more than 100 MB is passed over by count", () => {
  const drive = new Drive();
  const bytes = 120 * 1024 * 1024;
  drive.client(apiVersions(1)).server(apiVersionsAnswer(1));
  const whole = produce(2, 1, "huge", new Uint8Array(bytes));
  for (let at = 0; at < whole.length; at += 1024 * 1024) {
    drive.client(whole.subarray(at, at + 1024 * 1024), at === 0);
    assert.equal(drive.carried, 0);
  }
  drive.server(response(2, i32(0), i32(0)));
  drive.client(heartbeat(3)).server(heartbeatAnswer(3)).close();
  assert.deepEqual(drive.lines().map((line) => JSON.parse(line).Request.Size).slice(1), [whole.length, 39]);
  assert.equal(JSON.parse(drive.lines()[1]).Request.Packet.Topic, "huge");
});

Deno.test("SASL: tokens without a header are neither read nor printed", () => {
  const drive = new Drive();
  const token = (text: string) => concat(i32(bytesOf(text).length), bytesOf(text));
  drive.client(request(17, 0, 1, "c", str("SCRAM-SHA-256"))).server(response(1, i16(0), i32(0)));
  drive.client(token("n,,n=user,r=secret-nonce")).server(token("r=secret-nonce,s=c2FsdA==,i=4096"));
  drive.client(token("c=biws,r=secret-nonce,p=cHJvb2Y=")).server(token(""));
  drive.client(heartbeat(2)).server(heartbeatAnswer(2)).close();
  assert.deepEqual(drive.asked(), ["SaslHandshake v0 -> NoError", "Heartbeat v0, group group -> NoError"]);
  for (const line of drive.lines(true)) assert.ok(!line.includes("secret"));
  assert.deepEqual(drive.reasons(), {});
});

Deno.test("SASL: the last token may go unanswered, as GSSAPI's does", () => {
  const drive = new Drive();
  drive.client(request(17, 0, 1, "c", str("GSSAPI"))).server(response(1, i16(0), i32(0)));
  drive.client(concat(i32(20), new Uint8Array(20).fill(0x60))).server(concat(i32(4), Uint8Array.of(5, 4, 0, 255)));
  drive.client(concat(i32(5), Uint8Array.of(5, 4, 0, 255, 0)));
  drive.client(heartbeat(2)).server(heartbeatAnswer(2)).close();
  assert.equal(drive.lines().length, 2);
});

Deno.test("SASL: what SaslAuthenticate carries is not printed", () => {
  const drive = new Drive();
  drive.client(request(36, 0, 1, "c", i32(12), bytesOf("\0user\0secret")));
  drive.server(response(1, i16(58), str("secret"), i32(6), bytesOf("secret"))).close();
  for (const text of [...drive.lines(true), ...drive.asked()]) assert.ok(!text.includes("secret"), text);
  assert.equal(drive.asked()[0], "SaslAuthenticate v0 -> SASLAuthenticationFailed");
});

Deno.test("a version newer than known is paired, and what is not known of it says so", () => {
  const drive = new Drive();
  drive.client(request(12, 9, 1, "c", noTags, bytesOf("?????"))).server(response(1, bytesOf("?????")));
  drive.client(request(3, 20, 2, "c", noTags, bytesOf("?????"))).server(response(2, bytesOf("?????"))).close();
  const [first, second] = drive.lines().map((line) => JSON.parse(line));
  assert.deepEqual([first.Request.Packet.GroupID, first.Response.ErrorCode], ["<unknown>", "<unknown>"]);
  assert.deepEqual([second.Request.Packet.Topic, second.Request.Packet.GroupID], ["<unknown>", ""]);
  assert.deepEqual(drive.reasons(), { "a request of a version that is not known yet": 2 });
  assert.ok(!kafka.failed(drive.shared.answered[0]));
});

Deno.test("a body that is not what its version should be is unknown, and the next message is read", () => {
  const drive = new Drive();
  drive.client(request(12, 0, 1, "c", i16(500), bytesOf("short"))); // a string beyond the message's end
  drive.client(heartbeat(2)).server(concat(response(1), heartbeatAnswer(2))).close();
  const [first, second] = drive.lines().map((line) => JSON.parse(line));
  assert.deepEqual([first.Request.Packet.GroupID, first.Response.ErrorCode], ["<unknown>", "<unknown>"]);
  assert.deepEqual([second.Request.Packet.GroupID, second.Response.ErrorCode], ["group", "NoError"]);
  assert.deepEqual(drive.reasons(), { "a message that is not what its version should be": 2 });
});

Deno.test("tagged fields are passed over, also in headers", () => {
  const tags = concat(varint(2), varint(0), varint(3), bytesOf("abc"), varint(300), varint(200), new Uint8Array(200));
  const drive = new Drive();
  drive.client(request(12, 4, 1, "c", tags, compact("g"), i32(1), compact("m"), compact(null), tags));
  drive.server(response(1, tags, i32(0), i16(27), tags)).close();
  assert.deepEqual(drive.asked(), ["Heartbeat v4, group g -> RebalanceInProgress"]);
});

Deno.test("ControlledShutdown 0 has no client id", () => {
  const drive = new Drive();
  const message = concat(i16(7), i16(0), i32(1), i32(3));
  drive.client(concat(i32(message.length), message)).server(response(1, i16(0), i32(0))).close();
  assert.deepEqual(drive.asked(), ["ControlledShutdown v0 -> NoError"]);
});

Deno.test("a response to a request never seen is counted and passed over", () => {
  const drive = new Drive();
  drive.client(heartbeat(1));
  drive.server(concat(heartbeatAnswer(77), heartbeatAnswer(1))).close();
  assert.equal(drive.lines().length, 1);
  assert.equal(drive.shared.ledger.responsesAlone, 1);
});

Deno.test("a length that lies costs what follows, until the next turn", () => {
  for (const lie of [0, 3, 0x80000000, 0xffffffff]) {
    const drive = new Drive();
    drive.client(heartbeat(1)).server(heartbeatAnswer(1));
    drive.client(heartbeat(2)).server(concat(i32(lie), i32(99), new Uint8Array(50)));
    drive.client(heartbeat(3)).server(heartbeatAnswer(3)).close();
    assert.deepEqual(drive.shared.answered.map(({ detail }) => detail.correlationId), [1, 3], `length ${lie}`);
    assert.deepEqual(drive.reasons(), { "not a response": 1 });
  }
  const drive = new Drive();
  drive.client(heartbeat(1)).server(heartbeatAnswer(1));
  drive.client(concat(i32(MESSAGE_BYTES), i16(999), i16(0), new Uint8Array(50)));
  drive.client(heartbeat(3)).server(heartbeatAnswer(3)).close();
  assert.deepEqual(drive.reasons(), { "not a request": 1 });
  assert.equal(drive.lines().length, 2);
});

Deno.test("what is not Kafka is given up at once", () => {
  assert.equal(new Drive().client(bytesOf("GET / HTTP/1.1\r\nHost: x\r\n\r\n")).verdict, NOT_MINE);
  assert.equal(new Drive().server(bytesOf("SSH-2.0-OpenSSH_9.2\r\n")).verdict, NOT_MINE);
  // RFC 8446, 5.1 and 4: a record of a ClientHello
  const hello = concat(Uint8Array.of(22, 3, 1, 2, 0, 1, 0, 1, 252, 3, 3), new Uint8Array(506).fill(7));
  const { ledger } = replay(new Talk(99).handshake().client(hello).packets, rules);
  assert.deepEqual(Object.fromEntries(ledger.flowReasons.counts), { "port 99 speaks TLS, not Kafka": 1 });
});

Deno.test("labels and spans", () => {
  const drive = new Drive();
  drive.client(heartbeat(1)).server(heartbeatAnswer(1)).client(heartbeat(2)).server(heartbeatAnswer(2, 27)).close();
  const [good, bad] = drive.shared.answered;
  assert.deepEqual(Object.values(kafka.labels).map(({ name, read }) => [name, read(good)]), [
    ["endpoint", "Heartbeat"],
    ["api", "Heartbeat"],
    ["version", "0"],
  ]);
  const attributes = [
    ["messaging.name", "kafka"],
    ["messaging.operation.name", "Heartbeat"],
    ["messaging.operation.version", "0"],
    ["messaging.client.id", "client"],
    ["messaging.consumer.group.name", "group"],
    ["messaging.message.body.size", 10],
  ];
  const addresses = [...serverAttributes(drive.flow), ...peerAttributes(drive.flow)];
  const rendering = { showSecrets: false };
  assert.deepEqual(kafka.span(good, rendering), {
    name: "Heartbeat",
    target: "",
    attributes: [...attributes, ...addresses],
  });
  assert.deepEqual(kafka.span(bad, rendering).attributes, [
    ...attributes,
    ["error.type", "RebalanceInProgress"],
    ...addresses,
  ]);
});

Deno.test("names are kept up to a ceiling", () => {
  const drive = new Drive();
  drive.client(heartbeat(1, "g".repeat(5000))).server(heartbeatAnswer(1));
  const topics = Array.from({ length: 300 }, (_, i) => str(`topic-${i}`));
  drive.client(request(3, 1, 2, "c", i32(300), ...topics)).server(response(2, i32(0), i32(1), i32(0))).close();
  const [first, second] = drive.lines().map((line) => JSON.parse(line).Request.Packet);
  assert.equal(first.GroupID, "<unknown>");
  assert.equal(second.Topics.length, 256);
  assert.deepEqual(drive.reasons(), { "a name too long to be kept": 1, "more topics in a request than are kept": 44 });
});

Deno.test("many requests that wait keep a bounded number of names", () => {
  const drive = new Drive();
  for (let i = 0; i < 6000; i++) drive.client(heartbeat(i, `${i}`.padEnd(1000, "x")), false);
  for (let i = 0; i < 6000; i++) drive.server(heartbeatAnswer(i));
  drive.client(heartbeat(1, "again")).server(heartbeatAnswer(1)).close();
  const groups = drive.shared.answered.map(({ detail }) => detail.groupId);
  assert.equal(groups.length, 6001);
  const kept = groups.filter((group) => group !== "<unknown>").length;
  assert.ok(kept > 4000 && kept < 4300, `${kept}`);
  assert.equal(groups[6000], "again");
});
