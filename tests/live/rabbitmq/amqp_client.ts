/**
 * npm's @cloudamqp/amqp-client against RabbitMQ: two channels of one connection, transactions, reject, direct reply-to, a
 * consumer whose queue goes, bindings between exchanges, and what makes the server close a channel or the connection.
 * One thing after another, on one connection at a time.
 *
 *     amqp_client.ts PORT
 */
import assert from "node:assert/strict";
import { type AMQPBaseClient, type AMQPChannel, AMQPClient, type AMQPMessage } from "npm:@cloudamqp/amqp-client@4.1.1";
import { Connection, type Parts } from "../told.ts";
import { called, method, opened, refused } from "./methods.ts";

const [port] = Deno.args;
const REPLIES = "amq.rabbitmq.reply-to";

const told = new Connection("amqp-client");

const connection = await connect();
await twoChannels(await open(), await open());
const channel = await open();
await transactions();
await reject();
await directReply();
await cancelledByServer();
await exchanges();
await missingExchange();
await reservedName();
for (const one of connection.channels.filter((one) => one !== undefined && one.id > 0 && !one.closed)) {
  await one.close();
  called(told, "Channel.Close");
}
await connection.close();
called(told, "Connection.Close");
await unknownType();

async function connect(): Promise<AMQPBaseClient> {
  const client = await new AMQPClient(`amqp://guest:guest@127.0.0.1:${port}/`).connect();
  client.logger = undefined;
  opened(told);
  return client;
}

async function open(): Promise<AMQPChannel> {
  const channel = await connection.channel();
  called(told, "Channel.Open");
  return channel;
}

async function declare(channel: AMQPChannel, queue: string): Promise<void> {
  await channel.queueDeclare(queue, { durable: false });
  called(told, "Queue.Declare", { queue }, { queue });
}

async function publish(channel: AMQPChannel, queue: string, body: string, properties = {}): Promise<void> {
  await channel.basicPublish("", queue, body, properties);
  told.oneWay();
}

/** Takes a message that must be there. Without `noAck` its answer is still to come. */
async function get(channel: AMQPChannel, queue: string, noAck: boolean): Promise<AMQPMessage> {
  const message = await channel.basicGet(queue, { noAck });
  assert.ok(message);
  const { id } = channel;
  told.told(
    method("Basic.Get", { queue }, { ChannelID: id }),
    method("Basic.Get-Ok", { key: queue }, { ChannelID: id }),
  );
  if (noAck) told.oneWay();
  return message;
}

function acknowledged(queue: string, by: string, channel: AMQPChannel): void {
  const parts: Parts = { ChannelID: channel.id };
  told.told(method("Basic.Get-Ok", { key: queue }, parts), method(by, undefined, parts));
}

/** The same on both, by turns: delivery tags are those of each channel. */
async function twoChannels(one: AMQPChannel, two: AMQPChannel): Promise<void> {
  const places = [[one, "one"], [two, "two"]] as const;
  for (const [channel, queue] of places) await declare(channel, queue);
  for (let i = 0; i < 3; i++) {
    for (const [channel, queue] of places) await publish(channel, queue, `${queue} ${i}`);
  }
  const messages = new Map<string, AMQPMessage>();
  for (let i = 0; i < 3; i++) {
    for (const [channel, queue] of places) {
      const message = await get(channel, queue, false);
      assert.equal(message.bodyToString(), `${queue} ${i}`);
      messages.set(queue, message);
    }
  }
  for (const [channel, queue] of places.toReversed()) {
    await messages.get(queue)!.ack(true); // and the two before
    for (let i = 0; i < 3; i++) acknowledged(queue, "Basic.Ack", channel);
  }
  for (const [channel, queue] of places) {
    assert.deepEqual(await channel.queueDelete(queue), { messageCount: 0 });
    called(told, "Queue.Delete", { queue });
  }
}

async function transactions(): Promise<void> {
  const queue = "ledger";
  await declare(channel, queue);
  const transaction = await open();
  await transaction.txSelect();
  called(told, "Tx.Select");
  await publish(transaction, queue, "committed");
  await transaction.txCommit();
  called(told, "Tx.Commit");
  await publish(transaction, queue, "rolled back");
  await transaction.txRollback();
  called(told, "Tx.Rollback");
  const message = await get(transaction, queue, false);
  assert.equal(message.bodyToString(), "committed");
  await message.ack();
  acknowledged(queue, "Basic.Ack", transaction);
  await transaction.txCommit();
  called(told, "Tx.Commit");
  assert.deepEqual(await channel.queueDelete(queue), { messageCount: 0 });
  called(told, "Queue.Delete", { queue });
}

async function reject(): Promise<void> {
  const queue = "refused";
  await declare(channel, queue);
  await publish(channel, queue, "no, thank you");
  const message = await get(channel, queue, false);
  await message.reject(false);
  acknowledged(queue, "Basic.Reject", channel);
  assert.equal(await channel.basicGet(queue), null);
  told.told(method("Basic.Get", { queue }), method("Basic.Get-Empty"));
}

/** https://www.rabbitmq.com/docs/direct-reply-to: the pseudo-queue delivers to who asked, and wants no acknowledgement. */
async function directReply(): Promise<void> {
  const queue = "requests";
  await declare(channel, queue);
  const answered = Promise.withResolvers<AMQPMessage>();
  const consumer = await channel.basicConsume(REPLIES, { noAck: true }, answered.resolve);
  called(told, "Basic.Consume", { queue: REPLIES });
  await publish(channel, queue, "how much?", { replyTo: REPLIES, correlationId: "1" });
  const request = await get(channel, queue, true);
  await publish(channel, request.properties.replyTo!, "a lot", { correlationId: "1" });
  assert.equal((await answered.promise).bodyToString(), "a lot");
  told.oneWay(); // the delivery
  await consumer.cancel();
  called(told, "Basic.Cancel");
}

/** The server says that the consumer is over, and wants no answer (https://www.rabbitmq.com/docs/consumer-cancel). */
async function cancelledByServer(): Promise<void> {
  const queue = "going";
  await declare(channel, queue);
  const consumer = await channel.basicConsume(queue, { noAck: false }, () => {});
  called(told, "Basic.Consume", { queue });
  const over = assert.rejects(consumer.wait());
  await channel.queueDelete(queue);
  called(told, "Queue.Delete", { queue });
  await over;
  told.oneWay();
}

async function exchanges(): Promise<void> {
  for (const exchange of ["source", "destination"]) {
    await channel.exchangeDeclare(exchange, "fanout", { durable: false });
    called(told, "Exchange.Declare", { exchange });
  }
  const names = { exchange: "source", key: "any" };
  await channel.exchangeBind("destination", "source", "any");
  called(told, "Exchange.Bind", names);
  await channel.exchangeUnbind("destination", "source", "any");
  called(told, "Exchange.Unbind", names);
  for (const exchange of ["source", "destination"]) {
    await channel.exchangeDelete(exchange);
    called(told, "Exchange.Delete", { exchange });
  }
}

/** Only where publishings are confirmed, one of them waits, and is known to be the cause. */
async function missingExchange(): Promise<void> {
  const confirming = await open();
  await confirming.confirmSelect();
  called(told, "Confirm.Select");
  await assert.rejects(confirming.basicPublish("no-such-exchange", "key", "lost"), /404/);
  refused(told, method("Basic.Publish", { exchange: "no-such-exchange", key: "key" }), "Channel", "NOT_FOUND");
}

async function reservedName(): Promise<void> {
  const failing = await open();
  await assert.rejects(failing.exchangeDeclare("amq.reserved", "direct"), /403/);
  refused(told, method("Exchange.Declare", { exchange: "amq.reserved" }), "Channel", "ACCESS_REFUSED");
}

async function unknownType(): Promise<void> {
  const connection = await connect();
  const failing = await connection.channel();
  called(told, "Channel.Open");
  await assert.rejects(failing.exchangeDeclare("any", "no-such-type"), /503/);
  refused(told, method("Exchange.Declare", { exchange: "any" }), "Connection", "COMMAND_INVALID");
}
