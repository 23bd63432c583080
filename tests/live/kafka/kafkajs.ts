/**
 * Walks npm's kafkajs through one of its parts, and prints each request that it was answered, or that has no answer.
 *
 *     kafkajs.ts PORT PART
 */
import assert from "node:assert/strict";
import { CompressionTypes, Kafka, logLevel, type RequestEvent } from "npm:kafkajs@2.2.4";

const [port, part] = Deno.args;
const TOPIC = "live.js", GROUP = "live.js-group", VALUES = 55;
const kafka = new Kafka({ clientId: "live-js", brokers: [`127.0.0.1:${port}`], logLevel: logLevel.NOTHING });

function tell({ payload }: RequestEvent): void {
  const { apiName, apiVersion: version, clientId, correlationId, size } = payload;
  const api = apiName === "GroupCoordinator" ? "FindCoordinator" : apiName; // as it was called once
  console.log(JSON.stringify({ api, version, clientId, correlationId, isAnswered: size > 0 }));
}

const parts: Record<string, () => Promise<void>> = { topics, produce, consume, transactions, cleanUp };
await parts[part]();

async function topics(): Promise<void> {
  const admin = kafka.admin();
  admin.on(admin.events.REQUEST, tell);
  await admin.connect();
  assert.equal(await admin.createTopics({ topics: [{ topic: TOPIC }] }), true);
  assert.equal(await admin.createTopics({ topics: [{ topic: TOPIC }] }), false);
  await admin.createPartitions({ topicPartitions: [{ topic: TOPIC, count: 2 }] });
  await admin.describeConfigs({ includeSynonyms: false, resources: [{ type: 2, name: TOPIC }] });
  await admin.disconnect();

  const impatient = kafka.admin({ retry: { retries: 0 } });
  impatient.on(impatient.events.REQUEST, tell);
  await impatient.connect();
  await assert.rejects(impatient.deleteTopics({ topics: ["live.missing"] }), /does not host this topic/);
  await assert.rejects(impatient.fetchTopicMetadata({ topics: ["live.missing"] }), /does not host this topic/);
  await impatient.disconnect();
}

/** One request each. */
async function produce(): Promise<void> {
  const producer = kafka.producer();
  producer.on(producer.events.REQUEST, tell);
  await producer.connect();
  const send = (values: readonly string[], acks: number, compression = CompressionTypes.None) =>
    producer.send({
      topic: TOPIC,
      acks,
      compression,
      messages: values.map((value) => ({ key: "key", value, partition: 0, headers: { header: "value" } })),
    });
  await send(["not acknowledged"], 0);
  await send(["acknowledged by one"], 1);
  await send(["acknowledged by all"], -1);
  await send(Array.from({ length: 50 }, (_, i) => `compressed ${i}`), -1, CompressionTypes.GZIP);
  await send(["x".repeat(300_000)], -1);
  await assert.rejects(send(["x".repeat(1_100_000)], -1), { type: "MESSAGE_TOO_LARGE" });
  await send(["last"], 1);
  await producer.disconnect();
}

async function consume(): Promise<void> {
  const consumer = kafka.consumer({ groupId: GROUP, heartbeatInterval: 100, maxWaitTimeInMs: 50 });
  const heartbeat = Promise.withResolvers<void>(), consumed = Promise.withResolvers<void>();
  consumer.on(consumer.events.REQUEST, (event) => {
    tell(event);
    if (event.payload.apiName === "Heartbeat") heartbeat.resolve();
  });
  await consumer.connect();
  await consumer.subscribe({ topic: TOPIC, fromBeginning: true });
  let count = 0;
  await consumer.run({
    autoCommit: false,
    eachMessage: () => {
      if (++count === VALUES) consumed.resolve();
      return Promise.resolve();
    },
  });
  await consumed.promise;
  await consumer.commitOffsets([{ topic: TOPIC, partition: 0, offset: String(VALUES) }]);
  await heartbeat.promise;
  await consumer.disconnect();
}

async function transactions(): Promise<void> {
  const producer = kafka.producer({ transactionalId: "live-transactions", maxInFlightRequests: 1, idempotent: true });
  producer.on(producer.events.REQUEST, tell);
  await producer.connect();
  const committed = await producer.transaction();
  await committed.send({ topic: TOPIC, messages: [{ value: "to be committed", partition: 1 }] });
  await committed.sendOffsets({
    consumerGroupId: GROUP,
    topics: [{ topic: TOPIC, partitions: [{ partition: 0, offset: "1" }] }],
  });
  await committed.commit();
  const aborted = await producer.transaction();
  await aborted.send({ topic: TOPIC, messages: [{ value: "to be aborted", partition: 1 }] });
  await aborted.abort();
  await producer.disconnect();
}

async function cleanUp(): Promise<void> {
  const admin = kafka.admin();
  admin.on(admin.events.REQUEST, tell);
  await admin.connect();
  const [{ partitions }] = await admin.fetchOffsets({ groupId: GROUP, topics: [TOPIC] });
  assert.equal(partitions.find(({ partition }) => partition === 0)?.offset, "1");
  await admin.deleteGroups([GROUP]);
  await admin.deleteTopics({ topics: [TOPIC] });
  await admin.disconnect();
}
