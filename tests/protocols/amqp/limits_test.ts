/** Thousands of channels, and every ceiling: what is beyond it is counted, and what comes after it is still paired. */
import assert from "node:assert/strict";
import { concat, Talk } from "../../tools/build.ts";
import { replay } from "../../tools/replay.ts";
import { ack, connected, consuming, deliver, method, opened, publish, returned, rules } from "./wire.ts";

/** Sends frames in segments that an IP packet can hold. */
function flood(talk: Talk, side: "client" | "server", count: number, frame: (i: number) => Uint8Array): Talk {
  let segment: Uint8Array[] = [], bytes = 0;
  for (let i = 0; i < count; i++) {
    const made = frame(i);
    if (bytes + made.length > 60_000) {
      talk[side](concat(...segment));
      segment = [];
      bytes = 0;
    }
    segment.push(made);
    bytes += made.length;
  }
  return talk[side](concat(...segment));
}

function accountOf(talk: Talk) {
  const { ledger, lines } = replay(talk.packets, rules);
  const account = ledger.of("amqp");
  assert.ok(account.balanced());
  assert.equal(account.pending, 0);
  return { account, lines, reasons: Object.fromEntries(account.reasons.counts) };
}

/** Connection.Start, Tune and Open. */
const HANDSHAKE = 3;

Deno.test("thousands of channels at once", () => {
  const talk = connected();
  flood(talk, "client", 5000, (i) => concat(method(i + 1, "Channel.Open"), method(i + 1, "Queue.Declare", 0, `q${i}`)));
  flood(
    talk,
    "server",
    5000,
    (i) => concat(method(i + 1, "Channel.Open-Ok"), method(i + 1, "Queue.Declare-Ok", `q${i}`)),
  );
  const { account, lines } = accountOf(talk);
  assert.equal(account.paired, HANDSHAKE + 10_000);
  const { Request, Response } = JSON.parse(lines.at(-1)!);
  assert.deepEqual([Request.ChannelID, Request.Packet.QueueName, Response.Packet.QueueName], [5000, "q4999", "q4999"]);
});

Deno.test("channels beyond the ceiling are not followed; closing one makes room", () => {
  const talk = connected();
  flood(talk, "client", 8200, (i) => method(i + 1, "Channel.Open"));
  flood(talk, "server", 8200, (i) => method(i + 1, "Channel.Open-Ok"));
  talk.client(method(1, "Channel.Close", 200)).server(method(1, "Channel.Close-Ok"))
    .client(method(9000, "Channel.Open")).server(method(9000, "Channel.Open-Ok"));
  const { account, reasons } = accountOf(talk);
  // The connection's own channel is one of the 8192.
  assert.equal(account.paired, HANDSHAKE + 8191 + 2);
  assert.deepEqual(reasons, { "channel not followed: too many at once": 18 });
});

Deno.test("methods of a channel that wait, beyond the ceiling: the order is lost until the channel is opened anew", () => {
  const talk = opened();
  flood(talk, "client", 70, () => method(1, "Basic.Qos"));
  flood(talk, "server", 70, () => method(1, "Basic.Qos-Ok"));
  talk.client(method(1, "Channel.Close", 200)).server(method(1, "Channel.Close-Ok"))
    .client(method(1, "Channel.Open")).server(method(1, "Channel.Open-Ok"))
    .client(method(1, "Basic.Qos")).server(method(1, "Basic.Qos-Ok"));
  const { account } = accountOf(talk);
  assert.deepEqual(
    [account.evicted, account.lost, account.responsesAlone, account.paired],
    [64, 6, 70, HANDSHAKE + 1 + 3],
  );
});

Deno.test("messages that wait, beyond the ceiling: the oldest give way", () => {
  const talk = consuming();
  flood(talk, "server", 65_536 + 10, (i) => deliver(1, i + 1, { payload: "" }));
  talk.client(ack(1, 3)).client(ack(1, 65_546, true));
  const { account } = accountOf(talk);
  assert.deepEqual([account.evicted, account.paired, account.responsesAlone], [10, HANDSHAKE + 2 + 65_536, 1]);
});

Deno.test("one message that is never settled holds no others in memory, and is found at last", () => {
  const talk = consuming().server(deliver(1, 1));
  for (let round = 0; round < 20; round++) {
    flood(talk, "server", 100, (i) => deliver(1, round * 100 + i + 2, { payload: "" }));
    flood(talk, "client", 100, (i) => ack(1, round * 100 + i + 2));
  }
  talk.client(ack(1, 1));
  assert.equal(accountOf(talk).account.paired, HANDSHAKE + 2 + 2001);
});

Deno.test("deliveries that perhaps nothing acknowledges are kept for a while only", () => {
  const talk = opened();
  flood(talk, "server", 1030, (i) => deliver(1, i + 1, { payload: "" }));
  talk.client(ack(1, 1030));
  const { account } = accountOf(talk);
  // Who acknowledges once is known to acknowledge: the others, which are still kept, were not answered.
  assert.deepEqual([account.lost, account.paired, account.unanswered], [6, HANDSHAKE + 1 + 1, 1023]);
});

Deno.test("consumers beyond the ceiling are not remembered", () => {
  const talk = opened();
  flood(talk, "client", 16_390, (i) => method(1, "Basic.Consume", 0, "q", `c${i}`, false, true, false, true));
  talk.server(concat(deliver(1, 1, { consumer: "c1" }), deliver(1, 2, { consumer: "c16389" })));
  const { account, reasons } = accountOf(talk);
  assert.deepEqual([account.oneWay, account.lost], [16_391, 1]);
  assert.deepEqual(reasons, { "consumer not remembered: too many at once": 6 });
});

Deno.test("of the messages that may come back, only the newest wait", () => {
  const talk = opened();
  flood(talk, "client", 70, (i) => publish(1, { key: String(i), mandatory: true }));
  talk.server(concat(returned(1, { key: "5" }), returned(1, { key: "6" })));
  const { account } = accountOf(talk);
  assert.deepEqual([account.oneWay, account.responsesAlone, account.paired], [69, 1, HANDSHAKE + 1 + 1]);
});

Deno.test("delivery tags that cannot be are not kept", () => {
  const talk = consuming().server(concat(deliver(1, 0), deliver(1, 2 ** 60), deliver(1, 5), deliver(1, 4)));
  const { account, reasons } = accountOf(talk.client(ack(1, 4)));
  assert.deepEqual([account.lost, account.paired], [3, HANDSHAKE + 2 + 1]);
  assert.deepEqual(reasons, { "delivery tag beyond what can be": 2, "delivery tags that began anew": 1 });
});
