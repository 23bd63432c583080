/** What answers what: methods, publishings, deliveries, closes. */
import assert from "node:assert/strict";
import { concat } from "../../tools/build.ts";
import {
  ack,
  confirming,
  connected,
  consuming,
  contentHeader,
  deliver,
  getOk,
  heard,
  heartbeat,
  method,
  nack,
  opened,
  publish,
  returned,
} from "./wire.ts";

Deno.test("a round trip prints as the contract has it", () => {
  const { packets } = opened().client(method(1, "Queue.Declare", 0, "q")).server(method(1, "Queue.Declare-Ok", "q"));
  assert.equal(
    heard(packets).lines.at(-1),
    '{"Request":{"ChannelID":1,"Host":"10.0.0.1","Port":40000,"Proto":"AMQP","Size":21,"Time":"2023-11-14T22:13:20.011Z",' +
      '"Packet":{"ExchangeName":"","RoutingKey":"","QueueName":"q"},"ClassMethod":{"Class":"Queue","Method":"Declare"},' +
      '"FrameType":"Method","ErrCode":"OK"},"Response":{"ChannelID":1,"Host":"10.0.0.2","Port":5672,"Proto":"AMQP",' +
      '"Size":22,"Time":"2023-11-14T22:13:20.012Z","Packet":{"ExchangeName":"","RoutingKey":"","QueueName":"q"},' +
      '"ClassMethod":{"Class":"Queue","Method":"Declare-Ok"},"FrameType":"Method","ErrCode":"OK"},"Duration":"1ms"}',
  );
});

Deno.test("what the server starts is sent by the server", () => {
  const lines = heard(connected().packets).lines.map((line) => JSON.parse(line));
  assert.deepEqual(
    lines.map(({ Request, Response }) => [Request.ClassMethod.Method, Request.Port, Response.Port]),
    [["Start", 5672, 40000], ["Tune", 5672, 40000], ["Open", 40000, 5672]],
  );
});

Deno.test("a method that names nothing has no Packet, whatever the one before it named", () => {
  const { packets } = opened().client(method(1, "Exchange.Declare", 0, "e", "topic"))
    .server(method(1, "Exchange.Declare-Ok")).client(method(1, "Basic.Qos", 0, 5)).server(method(1, "Basic.Qos-Ok"));
  const [declare, qos] = heard(packets).lines.slice(-2).map((line) => JSON.parse(line));
  assert.deepEqual(declare.Request.Packet, { ExchangeName: "e", RoutingKey: "", QueueName: "" });
  assert.deepEqual([declare.Response.Packet, qos.Request.Packet, qos.Response.Packet], [null, null, null]);
});

Deno.test("channels answer independently, and methods that are told not to wait are not answered", () => {
  const { pairs, account } = heard(
    connected().client(concat(method(1, "Channel.Open"), method(2, "Channel.Open")))
      .server(concat(method(2, "Channel.Open-Ok"), method(1, "Channel.Open-Ok")))
      .client(concat(
        method(1, "Queue.Declare", 0, "a"),
        method(2, "Queue.Declare", 0, "b"),
        method(2, "Queue.Bind", 0, "b", "e", "k", true),
        method(2, "Queue.Declare", 0, "c"),
      ))
      .server(concat(heartbeat, method(2, "Queue.Declare-Ok", "b"), method(2, "Queue.Declare-Ok", "c")))
      .server(method(1, "Queue.Declare-Ok", "a")).packets,
  );
  assert.deepEqual(pairs, [
    "40000 Channel.Open 2 -> Open-Ok OK",
    "40000 Channel.Open 1 -> Open-Ok OK",
    "40000 Queue.Declare 2 -> Declare-Ok OK",
    "40000 Queue.Declare 2 -> Declare-Ok OK",
    "40000 Queue.Declare 1 -> Declare-Ok OK",
  ]);
  assert.equal(account, "requests=6 paired=5 oneWay=1");
});

Deno.test("heartbeats are no round trips", () => {
  const { pairs, account } = heard(connected().client(heartbeat).server(heartbeat).client(heartbeat).packets);
  assert.deepEqual([pairs, account], [[], ""]);
});

Deno.test("publishings are one-way without Confirm.Select", () => {
  const { account } = heard(opened().client(concat(publish(1), publish(1, { payload: "" }))).packets);
  assert.equal(account, "requests=3 paired=1 oneWay=2");
});

Deno.test("publishings are confirmed by number, also several at once and out of order", () => {
  const keys = ["1", "2", "3", "4", "5", "6"];
  const { lines, account } = heard(
    confirming().client(concat(...keys.map((key) => publish(1, { key }))))
      .server(concat(ack(1, 2), nack(1, 4, true))).server(concat(ack(1, 6), ack(1, 5))).packets,
  );
  const told = lines.slice(-6).map((line) => JSON.parse(line));
  assert.deepEqual(
    told.map(({ Request, Response }) => Request.Packet.RoutingKey + Response.ClassMethod.Method),
    ["2Ack", "1Nack", "3Nack", "4Nack", "6Ack", "5Ack"],
  );
  assert.equal(account, "requests=8 paired=8");
});

Deno.test("numbers begin with the first Confirm.Select of a channel, also before it is answered", () => {
  const { account } = heard(
    opened().client(concat(publish(1), method(1, "Confirm.Select", true), publish(1)))
      .client(concat(method(1, "Confirm.Select"), publish(1))).server(
        concat(method(1, "Confirm.Select-Ok"), ack(1, 2, true)),
      )
      .packets,
  );
  assert.equal(account, "requests=6 paired=4 oneWay=2");
});

Deno.test("a message that came back is told where its publishing is confirmed", () => {
  const { pairs, account } = heard(
    confirming().client(concat(
      publish(1, { key: "known", mandatory: true }),
      publish(1, { key: "unknown", mandatory: true }),
      publish(1, { key: "unknown", mandatory: true, payload: "another" }),
      publish(1, { key: "unknown" }),
    )).server(concat(returned(1, { key: "unknown" }), ack(1, 4, true))).packets,
  );
  assert.deepEqual(pairs.slice(-4).map((pair) => pair.endsWith("NO_ROUTE")), [false, true, false, false]);
  assert.equal(account, "requests=6 paired=6");
});

Deno.test("a message that came back answers its publishing where nothing confirms it", () => {
  const { pairs, account } = heard(
    opened().client(concat(publish(1, { key: "a", mandatory: true }), publish(1, { key: "b", mandatory: true })))
      .server(returned(1, { key: "b" })).packets,
  );
  assert.deepEqual(pairs.slice(-1), ["40000 Basic.Publish 1 -> Return NO_ROUTE"]);
  assert.equal(account, "requests=3 paired=2 oneWay=1");
});

Deno.test("of several unconfirmed messages that are alike none is said to have come back", () => {
  const { account, reasons } = heard(
    opened().client(concat(publish(1, { mandatory: true }), publish(1, { mandatory: true }))).server(returned(1))
      .packets,
  );
  assert.equal(account, "requests=3 paired=1 oneWay=2 responsesAlone=1");
  assert.deepEqual(reasons, ["returned message whose publishing is not certain: 1"]);
});

Deno.test("what was published before an answered method did not come back", () => {
  const purge = method(1, "Queue.Purge", 0, "q");
  const { pairs } = heard(
    opened().client(concat(publish(1, { mandatory: true }), purge)).server(method(1, "Queue.Purge-Ok"))
      .client(publish(1, { mandatory: true })).server(returned(1)).packets,
  );
  assert.deepEqual(pairs.slice(-1), ["40000 Basic.Publish 1 -> Return NO_ROUTE"]);
});

Deno.test("deliveries are settled by tag, several at once, and all by tag 0", () => {
  const { lines, account } = heard(
    consuming().server(concat(...[1, 2, 3, 4, 5, 6].map((tag) => deliver(1, tag, { key: String(tag) }))))
      .client(concat(ack(1, 2), nack(1, 3, true), method(1, "Basic.Reject", 5), ack(1, 0, true))).packets,
  );
  const told = lines.slice(-5).map((line) => JSON.parse(line));
  assert.deepEqual(
    told.map(({ Request, Response }) => Request.Packet.RoutingKey + Response.ClassMethod.Method),
    ["1Nack", "3Nack", "5Reject", "4Ack", "6Ack"],
  );
  assert.deepEqual([told[0].Request.Port, told[0].Response.Port, told[0].Request.FrameType], [
    5672,
    40000,
    "ContentBody",
  ]);
  assert.equal(account, "requests=8 paired=8");
});

Deno.test("deliveries are one-way to consumers that do not acknowledge, under the name that the server gave", () => {
  const { account } = heard(
    opened().client(method(1, "Basic.Consume", 0, "q", "", false, true)).server(method(1, "Basic.Consume-Ok", "named"))
      .server(concat(deliver(1, 1, { consumer: "named" }), deliver(1, 2, { consumer: "named" }))).packets,
  );
  assert.equal(account, "requests=4 paired=2 oneWay=2");
});

Deno.test("a Get is answered by its message, which is acknowledged in turn, or by Get-Empty", () => {
  const get = (noAck: boolean) => method(1, "Basic.Get", 0, "q", noAck);
  const { pairs, account } = heard(
    opened().client(get(false)).server(getOk(1, 1)).client(concat(ack(1, 1), get(true))).server(getOk(1, 2))
      .client(get(false)).server(method(1, "Basic.Get-Empty")).packets,
  );
  assert.deepEqual(pairs.slice(1), [
    "40000 Basic.Get 1 -> Get-Ok OK",
    "5672 Basic.Get-Ok 1 -> Ack OK",
    "40000 Basic.Get 1 -> Get-Ok OK",
    "40000 Basic.Get 1 -> Get-Empty OK",
  ]);
  assert.equal(account, "requests=6 paired=5 oneWay=1");
});

Deno.test("what Recover puts back will not be acknowledged under its tag", () => {
  const { account, unanswered } = heard(
    consuming().server(deliver(1, 1)).client(method(1, "Basic.Recover", true))
      .server(concat(method(1, "Basic.Recover-Ok"), deliver(1, 2))).client(ack(1, 0, true)).packets,
  );
  assert.equal(account, "requests=5 paired=4 unanswered=1");
  assert.equal(unanswered.length, 1);
});

Deno.test("Blocked, Unblocked, RecoverAsync and a Cancel of the server need no answer", () => {
  const { account } = heard(
    consuming().client(method(1, "Basic.RecoverAsync", true)).server(
      concat(method(0, "Connection.Blocked", "memory"), method(0, "Connection.Unblocked")),
    ).server(method(1, "Basic.Cancel", "c", true)).packets,
  );
  assert.equal(account, "requests=6 paired=2 oneWay=4");
});

Deno.test("a Close answers the method that provoked it and is answered by Close-Ok", () => {
  const { pairs, account } = heard(
    opened().client(method(1, "Queue.Declare", 0, "missing", true)).server(
      method(1, "Channel.Close", 404, "NOT_FOUND", 50, 10),
    )
      .client(concat(method(1, "Channel.Close-Ok"), method(1, "Channel.Open"))).server(method(1, "Channel.Open-Ok"))
      .client(method(1, "Exchange.Declare", 0, "e", "odd")).server(
        method(0, "Connection.Close", 503, "COMMAND_INVALID", 40, 10),
      )
      .client(method(0, "Connection.Close-Ok")).packets,
  );
  assert.deepEqual(pairs.slice(1), [
    "40000 Queue.Declare 1 -> Close NOT_FOUND",
    "5672 Channel.Close 1 -> Close-Ok OK",
    "40000 Channel.Open 1 -> Open-Ok OK",
    "40000 Exchange.Declare 1 -> Close COMMAND_INVALID",
    "5672 Connection.Close 0 -> Close-Ok OK",
  ]);
  assert.equal(account, "requests=6 paired=6");
});

Deno.test("all reply codes have their name, success is OK", () => {
  const codes = [200, 311, 313, 320, 402, 403, 405, 406, 501, 502, 504, 505, 506, 530, 540, 541, 999];
  const talk = connected();
  for (const [i, code] of codes.entries()) {
    const channel = i + 1;
    talk.client(method(channel, "Channel.Open")).server(method(channel, "Channel.Open-Ok"));
    talk.client(method(channel, "Channel.Close", code, "", 0, 0)).server(method(channel, "Channel.Close-Ok"));
  }
  const closes = heard(talk.packets).lines.map((line) => JSON.parse(line).Request)
    .filter(({ ClassMethod }) => ClassMethod.Method === "Close");
  assert.equal(
    closes.map(({ ErrCode }) => ErrCode).join(" "),
    "OK CONTENT_TOO_LARGE NO_CONSUMERS CONNECTION_FORCED INVALID_PATH ACCESS_REFUSED RESOURCE_LOCKED PRECONDITION_FAILED " +
      "FRAME_ERROR SYNTAX_ERROR CHANNEL_ERROR UNEXPECTED_FRAME RESOURCE_ERROR NOT_ALLOWED NOT_IMPLEMENTED INTERNAL_ERROR Unknown",
  );
});

Deno.test("a publishing that provoked a Close is told only when no other can have", () => {
  const close = method(1, "Channel.Close", 404, "NOT_FOUND", 60, 40);
  const one = heard(confirming().client(publish(1)).server(close).client(method(1, "Channel.Close-Ok")).packets);
  assert.deepEqual(one.pairs.slice(-2), [
    "40000 Basic.Publish 1 -> Close NOT_FOUND",
    "5672 Channel.Close 1 -> Close-Ok OK",
  ]);
  const two = heard(
    confirming().client(concat(publish(1), publish(1))).server(close).client(method(1, "Channel.Close-Ok")).packets,
  );
  assert.equal(two.account, "requests=5 paired=3 unanswered=2");
});

Deno.test("a connection's Close answers a method only when it is pending on one channel alone", () => {
  const declare = (channel: number) => method(channel, "Exchange.Declare", 0, "e", "odd");
  const { account } = heard(
    connected().client(concat(method(1, "Channel.Open"), method(2, "Channel.Open")))
      .server(concat(method(1, "Channel.Open-Ok"), method(2, "Channel.Open-Ok"))).client(concat(declare(1), declare(2)))
      .server(method(0, "Connection.Close", 503, "", 40, 10)).client(method(0, "Connection.Close-Ok")).packets,
  );
  assert.equal(account, "requests=5 paired=3 unanswered=2");
});

Deno.test("closes that cross are both answered, and the channel number begins anew", () => {
  const { pairs, account } = heard(
    confirming().client(concat(publish(1), method(1, "Channel.Close", 200)))
      .server(method(1, "Channel.Close", 406, "", 60, 80)).client(method(1, "Channel.Close-Ok"))
      .server(method(1, "Channel.Close-Ok")).client(method(1, "Channel.Open")).server(method(1, "Channel.Open-Ok"))
      .client(publish(1)).server(ack(1, 1)).packets,
  );
  assert.deepEqual(pairs.slice(2), [
    "5672 Channel.Close 1 -> Close-Ok OK",
    "40000 Channel.Close 1 -> Close-Ok OK",
    "40000 Channel.Open 1 -> Open-Ok OK",
  ]);
  assert.equal(account, "requests=7 paired=5 unanswered=1 oneWay=1 responsesAlone=1");
});

Deno.test("content of two channels may be interleaved, and bodies lie in many frames", () => {
  const head = (channel: number) =>
    concat(method(channel, "Basic.Publish", 0, "e", String(channel)), contentHeader(channel, 6));
  const part = (channel: number) => concat(heartbeat, publishPart(channel));
  const { lines } = heard(
    connected().client(concat(method(1, "Channel.Open"), method(2, "Channel.Open"), method(1, "Confirm.Select")))
      .client(method(2, "Confirm.Select")).client(concat(head(1), head(2), part(1), part(2), part(2), part(1)))
      .server(concat(ack(2, 1), ack(1, 1))).packets,
  );
  const sizes = lines.slice(-2).map((line) => JSON.parse(line).Request).map(({ Size, ChannelID }) => [ChannelID, Size]);
  // 7 + 4 + 2 + 2 + 2 + 1 + 1, 22, and two frames of 11 bytes
  assert.deepEqual(sizes, [[2, 63], [1, 63]]);
});

function publishPart(channel: number): Uint8Array {
  return Uint8Array.of(3, 0, channel, 0, 0, 0, 3, 1, 2, 3, 0xce);
}
