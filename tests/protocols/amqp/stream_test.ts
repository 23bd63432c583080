/** Frames, lying lengths, other protocols on the port, gaps, and connections that are joined in the middle. */
import assert from "node:assert/strict";
import { bytesOf, concat, Talk } from "../../tools/build.ts";
import { replay } from "../../tools/replay.ts";
import {
  ack,
  amqp091,
  big,
  body,
  confirming,
  connected,
  consuming,
  contentHeader,
  deliver,
  frame,
  heard,
  heartbeat,
  method,
  opened,
  plain,
  protocolHeader,
  publish,
  returned,
  rules,
  without,
} from "./wire.ts";

const declare = (name: string) => method(1, "Queue.Declare", 0, name);
const declared = (name: string) => method(1, "Queue.Declare-Ok", name);

/** Why the flow of a client's first bytes was left. */
function refused(first: Uint8Array | string): string[] {
  const { ledger, lines } = replay(new Talk(5672).handshake().client(first).server("?").packets, rules);
  assert.deepEqual(lines, []);
  return [...ledger.of("amqp").reasons.counts.keys(), ...ledger.flowReasons.counts.keys()];
}

Deno.test("other versions of AMQP are named, not misread", () => {
  assert.deepEqual(refused(protocolHeader(0, 1, 0, 0)), ["AMQP 1.0 instead of AMQP 0-9-1"]);
  assert.deepEqual(refused(protocolHeader(3, 1, 0, 0)), ["AMQP 1.0 instead of AMQP 0-9-1"]); // SASL first
  assert.deepEqual(refused(protocolHeader(1, 1, 0, 10)), ["AMQP 0-10 instead of AMQP 0-9-1"]);
  assert.deepEqual(refused(protocolHeader(7, 7, 7, 7)), ["an unknown version of AMQP instead of AMQP 0-9-1"]);
});

Deno.test("a server that refuses the version answers with its own protocol header", () => {
  const { reasons } = heard(new Talk(5672).handshake().client(amqp091).server(protocolHeader(0, 0, 9, 1)).packets);
  assert.deepEqual(reasons, ["server refused the protocol version of its client: 1"]);
});

Deno.test("another protocol on the port is not AMQP", () => {
  assert.deepEqual(refused("GET / HTTP/1.1\r\n\r\n"), ["port 5672 speaks something else, not AMQP"]);
  assert.deepEqual(refused(Uint8Array.of(0x16, 3, 1, 0, 5, 1, 0, 0, 1, 0)), ["port 5672 speaks TLS, not AMQP"]);
});

Deno.test("AMQP 0-9 and 0-8 have the same frames", () => {
  for (const version of [[1, 1, 0, 9], [1, 1, 8, 0]]) {
    const talk = new Talk(5672).handshake().client(protocolHeader(...version))
      .server(method(0, "Connection.Start")).client(method(0, "Connection.Start-Ok"));
    assert.equal(heard(talk.packets).lines.length, 1);
  }
});

Deno.test("the password of PLAIN is in nothing that is told", () => {
  const { packets } = connected();
  const told = replay(packets, rules, true).lines.join();
  assert.ok(!told.includes("s3cret") && !told.includes("guest"));
  assert.ok(plain.length > 0);
});

Deno.test("what is not understood on a channel leaves the rest alone", () => {
  const unknown = frame(1, 1, concat(big(60, 2), big(99, 2)));
  const cut = frame(1, 1, concat(big(50, 2), big(10, 2), big(0, 2), Uint8Array.of(200, 65)));
  const wrongSide = method(1, "Queue.Declare-Ok", "q");
  const wrongChannel = method(0, "Queue.Declare", 0, "q");
  const { account, reasons } = heard(
    opened().client(concat(unknown, cut, wrongSide, wrongChannel)).client(method(2, "Channel.Open"))
      .server(method(2, "Channel.Open-Ok")).packets,
  );
  assert.equal(account, "requests=2 paired=2");
  assert.deepEqual(reasons, [
    "unknown method: 1",
    "malformed method: 1",
    "method from the wrong side: 1",
    "method on the wrong channel: 1",
  ]);
});

Deno.test("after a method that could not be read the next answer may be its own", () => {
  const long = frame(1, 1, concat(big(50, 2), big(10, 2), new Uint8Array(140_000)));
  const { packets } = opened().client(long.subarray(0, 60_000)).client(long.subarray(60_000, 120_000))
    .client(concat(long.subarray(120_000), declare("q"))).server(concat(declared("long"), declared("q")));
  const { account, reasons } = heard(packets);
  assert.equal(account, "requests=2 paired=1 lost=1 responsesAlone=2");
  assert.deepEqual(reasons, ["method too long to be read: 1"]);
});

Deno.test("a body frame longer than what is left of its message is no frame", () => {
  const lying = concat(method(1, "Basic.Publish", 0, "", "k"), contentHeader(1, 3), body(1, "four"));
  const { account, reasons, ledger } = heard(
    confirming().client(lying).server(heartbeat).client(declare("q")).server(declared("q")).packets,
  );
  assert.equal(account, "requests=4 paired=3 lost=1");
  assert.deepEqual(reasons, ["not a frame where one must begin: 1", "content that never came whole: 1"]);
  assert.equal(ledger.of("amqp").skippedBytes, body(1, "four").length);
});

Deno.test("a frame without its end octet, of an unknown type or of an impossible length loses the frames", () => {
  const strange = [
    frame(1, 1, concat(big(50, 2), big(10, 2)), 0),
    frame(4, 1, big(0, 4)),
    frame(8, 0, big(0, 4)),
    frame(2, 1, big(0, 4)),
    concat(Uint8Array.of(1, 0, 1, 0xff, 0xff, 0xff, 0xff), big(0, 20)),
    concat(Uint8Array.of(3, 0, 1, 0xff, 0xff, 0xff, 0xff), big(0, 20)),
    concat(Uint8Array.of(2, 0, 1, 0xff, 0xff, 0xff, 0xff), big(0, 20)),
  ];
  for (const bytes of strange) {
    const { account, reasons } = heard(
      opened().client(bytes).server(heartbeat).client(declare("q")).server(declared("q")).packets,
    );
    assert.equal(account, "requests=2 paired=2");
    assert.equal(reasons.length, 1);
  }
});

Deno.test("a header announces more than any message may have, or another class", () => {
  for (const header of [contentHeader(1, 2 ** 40), frame(2, 1, concat(big(50, 2), big(0, 12)))]) {
    const { reasons } = heard(opened().client(concat(method(1, "Basic.Publish"), header)).packets);
    assert.deepEqual(reasons, ["content header that cannot be: 1", "content that never came whole: 1"]);
  }
});

Deno.test("a lost segment inside a body changes nothing, not even the size", () => {
  const whole = concat(method(1, "Basic.Publish", 0, "", "k"), contentHeader(1, 3000), body(1, new Uint8Array(3000)));
  const { packets } = confirming().client(whole.subarray(0, 1000)).client(whole.subarray(1000, 2000))
    .client(whole.subarray(2000)).server(ack(1, 1));
  const full = replay(packets, rules).lines.slice(-1)[0];
  const { lines, account } = heard(without(packets, -3));
  assert.equal(account, "requests=3 paired=3");
  assert.equal(lines.at(-1), full);
});

Deno.test("after a lost publishing, numbers are not known until the channel is opened anew", () => {
  const talk = confirming().client(publish(1)).client(publish(1)).server(concat(ack(1, 1), ack(1, 2)))
    .client(publish(1)).server(ack(1, 3));
  const { account } = heard(without(talk.packets, -4));
  assert.equal(account, "requests=4 paired=3 lost=1 responsesAlone=2");
  talk.client(method(1, "Channel.Close", 200)).server(method(1, "Channel.Close-Ok"))
    .client(method(1, "Channel.Open")).server(method(1, "Channel.Open-Ok"))
    .client(concat(method(1, "Confirm.Select"), publish(1))).server(concat(method(1, "Confirm.Select-Ok"), ack(1, 1)));
  assert.equal(heard(without(talk.packets, -10)).account, "requests=8 paired=7 lost=1 responsesAlone=2");
});

Deno.test("after a lost acknowledgement only named tags are certain, and what was sent since", () => {
  const { packets } = consuming().server(concat(deliver(1, 1), deliver(1, 2), deliver(1, 3))).client(ack(1, 1))
    .server(heartbeat).client(ack(1, 3, true)).server(concat(deliver(1, 4), deliver(1, 5))).client(ack(1, 5, true));
  // 1 and 2 may have been settled by what is missing; 3 is named; 4 and 5 were sent when all that had arrived.
  assert.equal(heard(without(packets, -5)).account, "requests=7 paired=5 lost=2");
  assert.equal(heard(packets).account, "requests=7 paired=7");
});

Deno.test("an answer that may be another's is nobody's", () => {
  const { packets } = opened().client(declare("a")).server(declared("a")).client(declare("b")).server(declared("b"));
  assert.equal(heard(without(packets, -3)).account, "requests=3 paired=2 lost=1"); // a's answer is missing
  assert.equal(heard(without(packets, -4)).account, "requests=2 paired=2 responsesAlone=1"); // a is missing
  // A client that asks ahead is not believed after a gap, wherever its requests stand.
  const ahead = opened().client(concat(declare("a"), declare("b"))).server(declared("a")).server(declared("b"))
    .client(heartbeat).server(heartbeat).client(declare("c")).server(declared("c"));
  assert.equal(heard(ahead.packets).account, "requests=4 paired=4");
  assert.equal(heard(without(ahead.packets, -4)).account, "requests=4 paired=3 lost=1 responsesAlone=1");
});

Deno.test("a mandatory publishing is not told as routed when its Return may be missing", () => {
  const { packets } = confirming().client(publish(1, { mandatory: true })).server(heartbeat).server(ack(1, 1));
  assert.equal(heard(packets).account, "requests=3 paired=3");
  assert.equal(heard(without(packets, -2)).account, "requests=3 paired=2 lost=1");
});

Deno.test("a Return and a Close are nobody's where who caused them may be missing", () => {
  const mandatory = publish(1, { mandatory: true });
  const back = opened().client(mandatory).client(mandatory).server(heartbeat).client(heartbeat).server(returned(1));
  assert.equal(heard(without(back.packets, -4)).account, "requests=2 paired=1 oneWay=1 responsesAlone=1");
  const close = confirming().client(publish(1)).client(publish(1)).server(heartbeat).client(heartbeat)
    .server(method(1, "Channel.Close", 404, "", 60, 40)).client(method(1, "Channel.Close-Ok"));
  assert.equal(heard(without(close.packets, -5)).account, "requests=4 paired=3 unanswered=1");
  const refused = opened().client(method(2, "Exchange.Declare")).client(declare("q")).server(heartbeat)
    .client(heartbeat).server(method(0, "Connection.Close", 503, "", 50, 10)).client(method(0, "Connection.Close-Ok"));
  assert.equal(heard(without(refused.packets, -5)).account, "requests=3 paired=2 unanswered=1");
});

Deno.test("content that was coming in on a channel ends with it", () => {
  const half = concat(method(1, "Basic.Publish"), contentHeader(1, 100));
  const { account, reasons } = heard(
    opened().client(half).server(method(1, "Channel.Close", 501)).client(method(1, "Channel.Close-Ok")).packets,
  );
  assert.equal(account, "requests=3 paired=2 lost=1");
  assert.deepEqual(reasons, ["content that never came whole: 1"]);
  const within = concat(half, body(1, new Uint8Array(100)));
  const cut = within.length - 50;
  const crossing = opened().client(concat(method(1, "Channel.Close"), within.subarray(0, cut)))
    .server(method(1, "Channel.Close-Ok")).client(within.subarray(cut)).client(heartbeat);
  assert.equal(heard(crossing.packets).account, "requests=3 paired=2 lost=1");
});

Deno.test("joined in the middle, frames begin at a turn; numbers and consumers are not known, tags are", () => {
  const { packets } = confirming().client(method(1, "Basic.Consume", 0, "q", "c")).server(method(1, "Basic.Consume-Ok"))
    .client(publish(1)).server(concat(ack(1, 1), deliver(1, 1), deliver(1, 2))).client(concat(ack(1, 1), publish(1)))
    .server(concat(ack(1, 2), deliver(1, 3))).client(declare("q")).server(declared("q"));
  const { pairs, account, ledger } = heard(packets.slice(-6));
  assert.deepEqual(pairs, ["5672 Basic.Deliver 1 -> Ack OK", "40000 Queue.Declare 1 -> Declare-Ok OK"]);
  assert.equal(account, "requests=6 paired=2 unanswered=2 lost=2 responsesAlone=2");
  assert.equal(ledger.of("amqp").midStreamFlows, 1);
});

Deno.test("joined in the middle, a channel that is opened is known from there on", () => {
  const { packets } = confirming(1).client(method(2, "Channel.Open")).server(method(2, "Channel.Open-Ok"))
    .client(concat(method(2, "Confirm.Select"), publish(2))).server(concat(method(2, "Confirm.Select-Ok"), ack(2, 1)));
  assert.equal(heard(packets.slice(-4)).account, "requests=3 paired=3");
});

Deno.test("joined at the protocol header without a handshake, all is known", () => {
  const { packets } = confirming().client(publish(1)).server(ack(1, 1));
  assert.equal(heard(packets.slice(3)).account, "requests=3 paired=3");
});

Deno.test("frames inside a body are not taken for frames", () => {
  const inside = concat(...Array.from({ length: 40 }, () => deliver(1, 7)), declared("q"));
  const message = concat(
    method(1, "Basic.Deliver", "c", 1, false, "x", "k"),
    contentHeader(1, inside.length),
    body(1, inside),
  );
  const { packets } = consuming().server(message.subarray(0, 50)).server(message.subarray(50, 400))
    .server(message.subarray(400)).client(ack(1, 1));
  for (const cut of [-3, -2]) {
    const { pairs, account } = heard(packets.slice(cut));
    assert.deepEqual([pairs, account], [[], "responsesAlone=1"], `from ${cut}`);
  }
  assert.equal(heard(without(packets, -4)).account, "requests=2 paired=2 responsesAlone=1");
});

Deno.test("in a stream that is never quiet, a chain longer than any frame proves the borders", () => {
  const payload = "x".repeat(1000);
  const stream = concat(...Array.from({ length: 200 }, (_, i) => deliver(1, i + 1, { payload })));
  const talk = consuming().client(heartbeat);
  const joinedAt = talk.packets.length;
  for (let at = 500; at < stream.length; at += 777) talk.server(stream.subarray(at, at + 777));
  talk.client(ack(1, 190));
  const { lines, ledger } = replay(talk.packets.slice(joinedAt - 1), rules);
  const { skippedBytes, requests, paired } = ledger.of("amqp");
  assert.equal(lines.length, 1);
  assert.equal(paired, 1);
  assert.ok(skippedBytes > 128 * 1024 && skippedBytes < 130 * 1024, `${skippedBytes} bytes before frames were sure`);
  assert.equal(requests, 200 - Math.ceil((skippedBytes + 500) / deliver(1, 1, { payload }).length));
});

Deno.test("what is cut off by the end of the connection is accounted for", () => {
  const half = concat(method(1, "Basic.Publish"), contentHeader(1, 100), bytesOf("\x03\x00\x01"));
  const { account, reasons } = heard(confirming().client(concat(publish(1), half)).fin(0).fin(1).packets);
  assert.equal(account, "requests=4 paired=2 unanswered=1 lost=1");
  assert.deepEqual(reasons, ["content that never came whole: 1"]);
});
