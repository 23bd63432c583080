/**
 * Load by npm's amqplib: messages with confirms on one connection, consumed on another, which acknowledges many at once.
 * Bodies are of 1 to 1000 bytes by turns.
 *
 *     load.ts PORT MESSAGES
 */
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import amqp from "npm:amqplib@2.3.1";

const QUEUE = "load", PREFETCH = 500, ACKNOWLEDGED = 100;

const [port, messages] = Deno.args.map(Number);
const server = `amqp://guest:guest@127.0.0.1:${port}`;
const sending = await amqp.connect(server), receiving = await amqp.connect(server);
const publishing = await sending.createConfirmChannel(), consuming = await receiving.createChannel();
await publishing.assertQueue(QUEUE, { durable: false, autoDelete: true });
await consuming.prefetch(PREFETCH);

let consumed = 0, confirmed = 0;
const all = Promise.withResolvers<void>();
await consuming.consume(QUEUE, (message) => {
  consumed++;
  if (consumed % ACKNOWLEDGED === 0 || consumed === messages) consuming.ack(message!, true);
  if (consumed === messages) all.resolve();
});
for (let i = 0; i < messages; i++) {
  const hasRoom = publishing.sendToQueue(QUEUE, Buffer.alloc(1 + i % 1000), {}, (error) => {
    if (error === null) confirmed++;
  });
  if (!hasRoom) await new Promise((resolve) => publishing.once("drain", resolve));
}
await publishing.waitForConfirms();
await all.promise;
assert.equal(confirmed, messages);
await receiving.close();
await sending.close();
