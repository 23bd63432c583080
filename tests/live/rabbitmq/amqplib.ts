/**
 * npm's amqplib against RabbitMQ: messages that are acknowledged, refused and delivered again, confirms, returns, Get,
 * recover, errors of a channel, heartbeats, and a login that is refused. One thing after another, on one connection at a
 * time.
 *
 *     amqplib.ts PORT
 */
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { once } from "node:events";
import amqp, { type Channel, type ChannelModel, type ConsumeMessage, type Message } from "npm:amqplib@2.3.1";
import { Connection, type Parts } from "../told.ts";
import { called, messageBytes, method, opened, refused } from "./methods.ts";

const [port] = Deno.args;
const server = (login: string) => `amqp://${login}@127.0.0.1:${port}?heartbeat=1&frameMax=${FRAME_MAX}`;
const FRAME_MAX = 8192, LARGE = 400_000, HEARTBEAT_MS = 1000;
const EXCHANGE = "orders", QUEUE = "incoming";

const told = new Connection("amqplib");

const connection = await amqp.connect(server("guest:guest"));
opened(told);
const channel = await open(connection);
await declare();
await consume();
await confirm();
await returned();
await getUntilEmpty();
await recover();
await missingQueue();
await otherQueue();
await new Promise((resolve) => setTimeout(resolve, 2.5 * HEARTBEAT_MS)); // who hears nothing for 2 gives up
await remove();
await refuse();

async function open(connection: ChannelModel): Promise<Channel> {
  const channel = await connection.createChannel();
  called(told, "Channel.Open");
  return channel;
}

async function declare(): Promise<void> {
  await channel.assertExchange(EXCHANGE, "topic", { durable: false });
  called(told, "Exchange.Declare", { exchange: EXCHANGE });
  await channel.assertQueue(QUEUE, { durable: false, arguments: { "x-max-length": 100_000 } });
  called(told, "Queue.Declare", { queue: QUEUE }, { queue: QUEUE });
  await channel.bindQueue(QUEUE, EXCHANGE, "order.*");
  called(told, "Queue.Bind", { exchange: EXCHANGE, key: "order.*", queue: QUEUE });
  channel.sendToQueue(QUEUE, Buffer.from("in the way"));
  told.oneWay();
  assert.deepEqual(await channel.purgeQueue(QUEUE), { messageCount: 1 });
  called(told, "Queue.Purge", { queue: QUEUE });
  await channel.prefetch(10);
  called(told, "Basic.Qos");
}

/** 20 small messages, one of many frames and one of none; every fifth delivery is refused and comes again. */
async function consume(): Promise<void> {
  const bodies: number[] = [];
  let deliveries = 0;
  const all = Promise.withResolvers<void>();
  const { consumerTag } = await channel.consume(QUEUE, (message) => {
    const { fields, content } = message!;
    const isRefused = !fields.redelivered && ++deliveries % 5 === 0;
    if (isRefused) channel.nack(message!, false, true);
    else channel.ack(message!);
    told.told(delivery(message!), method(isRefused ? "Basic.Nack" : "Basic.Ack"));
    if (!isRefused) bodies.push(content.length);
    if (bodies.length === 22) all.resolve();
  });
  called(told, "Basic.Consume", { queue: QUEUE });
  for (let i = 0; i < 20; i++) {
    channel.publish(EXCHANGE, "order.new", Buffer.from(`order ${i}`), {
      headers: { i },
      contentType: "text/plain",
      messageId: `m${i}`,
    });
    told.oneWay();
  }
  channel.publish(EXCHANGE, "order.large", Buffer.alloc(LARGE, "a"));
  told.oneWay();
  channel.publish(EXCHANGE, "order.empty", Buffer.alloc(0));
  told.oneWay();
  await all.promise;
  assert.deepEqual([deliveries, Math.max(...bodies), Math.min(...bodies)], [22, LARGE, 0]);
  await channel.cancel(consumerTag);
  called(told, "Basic.Cancel");
}

/** A Deliver. How long it is, is known of those without properties but an empty table of headers. */
function delivery({ fields, content }: ConsumeMessage): Parts {
  const { consumerTag, exchange, routingKey } = fields;
  const argumentBytes = 1 + consumerTag.length + 8 + 1 + 1 + exchange.length + 1 + routingKey.length;
  const isPlain = content.length === 0 || content.length === LARGE;
  return method("Basic.Deliver", { exchange, key: routingKey }, {
    FrameType: content.length === 0 ? "ContentHeader" : "ContentBody",
    ...(isPlain ? { Size: messageBytes(argumentBytes, 4, content.length, FRAME_MAX) } : {}),
  });
}

/** Publishings that are confirmed; one of them comes back first, and is confirmed all the same. */
async function confirm(): Promise<void> {
  const confirming = await connection.createConfirmChannel();
  called(told, "Channel.Open");
  called(told, "Confirm.Select");
  const backs: unknown[] = [];
  confirming.on("return", ({ fields }) => backs.push((fields as unknown as { replyCode: number }).replyCode));
  const publish = (key: string, body: string | Buffer, mandatory: boolean, code: string) =>
    confirming.publish("", key, Buffer.from(body), { persistent: true, mandatory }, () => {
      told.told(method("Basic.Publish", { key }), method("Basic.Ack", undefined, { ErrCode: code }));
    });
  for (let i = 0; i < 10; i++) publish(QUEUE, `confirmed ${i}`, false, "OK");
  publish("no-such-queue", "lost", true, "NO_ROUTE");
  publish(QUEUE, "not lost", true, "OK");
  await confirming.waitForConfirms();
  assert.deepEqual(backs, [312]);
  await confirming.close();
  called(told, "Channel.Close");
}

/** Without confirms, only what comes back is answered. */
async function returned(): Promise<void> {
  const back = once(channel, "return");
  channel.publish("", "no-such-queue", Buffer.alloc(LARGE), { mandatory: true });
  const [{ fields }] = await back as [Message];
  const names = { key: "no-such-queue" };
  const sent = { Size: messageBytes(2 + 1 + 1 + names.key.length + 1, 4, LARGE, FRAME_MAX) };
  const answer = method("Basic.Return", names, { ErrCode: "NO_ROUTE" });
  told.told(method("Basic.Publish", names, sent), answer, fields.routingKey, names.key);
}

async function getUntilEmpty(): Promise<void> {
  const { messageCount } = await channel.checkQueue(QUEUE);
  called(told, "Queue.Declare", { queue: QUEUE }, { queue: QUEUE });
  assert.equal(messageCount, 11);
  for (;;) {
    const message = await channel.get(QUEUE);
    if (message === false) break;
    gotten();
    channel.ack(message);
    told.told(method("Basic.Get-Ok", { key: QUEUE }), method("Basic.Ack"));
  }
  told.told(method("Basic.Get", { queue: QUEUE }), method("Basic.Get-Empty"));
}

function gotten(): void {
  told.told(method("Basic.Get", { queue: QUEUE }), method("Basic.Get-Ok", { key: QUEUE }));
}

/** What was delivered and not acknowledged goes back; so nobody answers that delivery any more. */
async function recover(): Promise<void> {
  channel.sendToQueue(QUEUE, Buffer.from("twice"));
  told.oneWay();
  assert.ok(await channel.get(QUEUE));
  gotten();
  await channel.recover();
  told.told(method("Basic.Recover"), method("Basic.Recover-Ok"));
  told.unanswered(method("Basic.Get-Ok", { key: QUEUE }));
  const again = await channel.get(QUEUE);
  assert.ok(again !== false && again.fields.redelivered);
  gotten();
  channel.ack(again);
  told.told(method("Basic.Get-Ok", { key: QUEUE }), method("Basic.Ack"));
}

async function missingQueue(): Promise<void> {
  const failing = await open(connection);
  const failed = once(failing, "error");
  await assert.rejects(failing.checkQueue("no-such-queue"));
  const [error] = await failed;
  refused(told, method("Queue.Declare", { queue: "no-such-queue" }), "Channel", "NOT_FOUND");
  assert.equal(error.code, 404);
}

async function otherQueue(): Promise<void> {
  const failing = await open(connection);
  const failed = once(failing, "error");
  await assert.rejects(failing.assertQueue(QUEUE, { durable: true })); // it is not
  const [error] = await failed;
  refused(told, method("Queue.Declare", { queue: QUEUE }), "Channel", "PRECONDITION_FAILED");
  assert.equal(error.code, 406);
}

async function remove(): Promise<void> {
  await channel.unbindQueue(QUEUE, EXCHANGE, "order.*");
  called(told, "Queue.Unbind", { exchange: EXCHANGE, key: "order.*", queue: QUEUE });
  await channel.deleteQueue(QUEUE);
  called(told, "Queue.Delete", { queue: QUEUE });
  await channel.deleteExchange(EXCHANGE);
  called(told, "Exchange.Delete", { exchange: EXCHANGE });
  await channel.close();
  called(told, "Channel.Close");
  await connection.close();
  called(told, "Connection.Close");
}

/** The server closes, and amqplib does not confirm that. */
async function refuse(): Promise<void> {
  await assert.rejects(amqp.connect(server("guest:wrong")), /403/);
  called(told, "Connection.Start");
  told.unanswered(method("Connection.Close", undefined, { ErrCode: "ACCESS_REFUSED" }));
}
