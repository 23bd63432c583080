/**
 * Kafka: a broker of version 4, asked by its own tools (the newest version of each API) and by kafkajs of npm (old ones),
 * and loaded by the tools. Clients tell which requests they send: packetd must print these and no other.
 */
import { runClient } from "../client.ts";
import type { Expected, LiveTest, Scene, Stage, Step } from "../harness.ts";
import { type Broker, startBroker } from "./broker.ts";
import { operation, scripted, type Sent, told } from "./requests.ts";
import { type Run, runTools } from "./tools.ts";

const LOAD = 10_000;
const TOPIC = { Topic: "live.java" }, JS_TOPIC = { Topic: "live.js" }, SINGLE = { Topic: "live.single" };
const MISSING = { Topic: "live.missing" }, JS_GROUP = { GroupID: "live.js-group" };

async function set(stage: Stage): Promise<Scene> {
  const broker = await startBroker(stage);
  const tools = (name: string, runs: readonly Run[], script: readonly Expected[]) =>
    scripted(name, () => runTools(stage, broker, runs), script);
  const kafkajs = (name: string, part: string, script: readonly Expected[]) =>
    scripted(`kafkajs: ${name}`, () => runKafkajs(stage, broker, part), script);
  return {
    rules: [`kafka;${broker.port}`],
    steps: [...toolSteps(tools), ...kafkajsSteps(kafkajs), ...loads(tools)],
  };
}

type Does<What> = (name: string, what: What, script: readonly Expected[]) => Step;

function toolSteps(tools: Does<readonly Run[]>): Step[] {
  const create = { tool: "TopicCommand", args: "--create --topic live.java --partitions 2" };
  return [
    tools("topics made, made again, described, grown", [
      create,
      { ...create, status: 1 },
      { tool: "TopicCommand", args: "--describe --topic live.java" },
      { tool: "TopicCommand", args: "--alter --topic live.java --partitions 3" },
    ], [
      operation("CreateTopics", TOPIC),
      operation("CreateTopics", TOPIC, "TopicAlreadyExists"),
      operation("DescribeTopicPartitions", TOPIC),
      operation("DescribeConfigs", TOPIC),
      operation("ListPartitionReassignments", TOPIC),
      operation("CreatePartitions", TOPIC),
      operation("DescribeTopicPartitions", TOPIC),
    ]),
    tools(
      "records in each compression, one a request",
      ["gzip", "snappy", "lz4", "zstd"].map((codec) => ({
        tool: "ConsoleProducer",
        args: `--topic live.java --sync --compression-codec ${codec}`,
        input: "one\ntwo\nthree\n",
      })),
      Array(12).fill(operation("Produce", TOPIC)),
    ),
    tools("a member of a classic group", [consumer("live.classic", "classic")], [
      operation("JoinGroup", { GroupID: "live.classic" }, "MemberIdRequired"),
      operation("JoinGroup", { GroupID: "live.classic" }),
      operation("SyncGroup", { GroupID: "live.classic" }),
      operation("OffsetFetch", { GroupID: "live.classic", ...TOPIC }),
      operation("ListOffsets", TOPIC),
      operation("OffsetCommit", { GroupID: "live.classic", ...TOPIC }),
      operation("LeaveGroup", { GroupID: "live.classic" }),
    ]),
    tools("a member of a group of the new protocol", [consumer("live.new", "consumer")], [
      operation("OffsetFetch", { GroupID: "live.new", ...TOPIC }),
      operation("ListOffsets", TOPIC),
      operation("OffsetCommit", { GroupID: "live.new", ...TOPIC }),
    ]),
    tools("groups described and listed", [
      { tool: "consumer.group.ConsumerGroupCommand", args: "--describe --group live.new" },
      { tool: "consumer.group.ConsumerGroupCommand", args: "--list", says: /live\.classic/ },
    ], [
      operation("ConsumerGroupDescribe", { GroupID: "live.new" }),
      operation("OffsetFetch", { GroupID: "live.new" }),
      operation("DescribeTopicPartitions", TOPIC),
      operation("ListOffsets", TOPIC),
      operation("ListGroups"),
    ]),
  ];
}

/** It commits once, at its end. */
function consumer(group: string, protocol: string): Run {
  const properties = [`group.protocol=${protocol}`, "auto.commit.interval.ms=600000"];
  return {
    tool: "consumer.ConsoleConsumer",
    args: `--topic live.java --from-beginning --max-messages 12 --timeout-ms 60000 --group ${group}` +
      properties.map((property) => ` --command-property ${property}`).join(""),
    says: /^(?:(?:one|two|three)\n){12}$/,
  };
}

function kafkajsSteps(kafkajs: Does<string>): Step[] {
  return [
    kafkajs("topics made, made again, grown, described, and one that is missing", "topics", [
      operation("CreateTopics", JS_TOPIC),
      operation("CreateTopics", JS_TOPIC, "TopicAlreadyExists"),
      operation("CreatePartitions", JS_TOPIC),
      operation("DescribeConfigs", JS_TOPIC),
      operation("DeleteTopics", MISSING, "UnknownTopicOrPartition"),
      operation("Metadata", MISSING, "UnknownTopicOrPartition"),
    ]),
    kafkajs("records with acks 0, 1 and all, compressed, large, too large", "produce", [
      ...Array(4).fill(operation("Produce", JS_TOPIC)), // and the one that is not acknowledged
      operation("Produce", JS_TOPIC, "MessageSizeTooLarge"),
      operation("Produce", JS_TOPIC),
    ]),
    kafkajs("a member of a group", "consume", [
      operation("JoinGroup", JS_GROUP, "MemberIdRequired"),
      operation("JoinGroup", JS_GROUP),
      operation("SyncGroup", JS_GROUP),
      operation("OffsetFetch", { ...JS_GROUP, ...JS_TOPIC }),
      operation("ListOffsets", JS_TOPIC),
      operation("OffsetCommit", { ...JS_GROUP, ...JS_TOPIC }),
      operation("LeaveGroup", JS_GROUP),
    ]),
    kafkajs("a transaction with offsets, and one that is aborted", "transactions", [
      operation("InitProducerId"), // before it asks for the coordinator
      operation("InitProducerId"),
      operation("AddPartitionsToTxn", JS_TOPIC),
      operation("Produce", JS_TOPIC),
      operation("AddOffsetsToTxn", JS_GROUP),
      operation("TxnOffsetCommit", { ...JS_GROUP, ...JS_TOPIC }),
      operation("EndTxn"),
      operation("AddPartitionsToTxn", JS_TOPIC),
      operation("Produce", JS_TOPIC),
      operation("EndTxn"),
    ]),
    kafkajs("its group and its topic deleted", "cleanUp", [
      operation("OffsetFetch", { ...JS_GROUP, ...JS_TOPIC }),
      operation("DeleteGroups", JS_GROUP),
      operation("DeleteTopics", JS_TOPIC),
    ]),
  ];
}

async function runKafkajs(stage: Stage, { port }: Broker, part: string): Promise<Sent> {
  const output = await runClient(stage, "kafka/kafkajs.ts", [`${port}`, part]);
  const requests = output.trim().split("\n").map((line) => JSON.parse(line));
  const answered = requests.filter(({ isAnswered }) => isAnswered);
  return {
    told: answered.map(({ api, version, clientId, correlationId }) => told(api, version, clientId, correlationId)),
    oneWay: requests.length - answered.length,
  };
}

function loads(tools: Does<readonly Run[]>): Step[] {
  const group = { GroupID: "live.load" };
  const produce = (acks: string) =>
    tools(`${LOAD} records with acks=${acks}, one a request`, [{
      tool: "ProducerPerformance",
      args: `${records(LOAD)} --producer-props acks=${acks} batch.size=1`,
      says: new RegExp(`^${LOAD} records sent`, "m"),
    }], Array(LOAD).fill(operation("Produce", SINGLE)));
  return [
    tools("a topic of one partition", [{ tool: "TopicCommand", args: "--create --topic live.single" }], [
      operation("CreateTopics", SINGLE),
    ]),
    tools("a transaction", [{
      tool: "ProducerPerformance",
      args: `${records(10)} --transactional-id live --producer-props batch.size=1`,
      says: /^10 records sent/m,
    }], [operation("InitProducerId"), ...Array(10).fill(operation("Produce", SINGLE)), operation("EndTxn")]),
    produce("1"),
    produce("all"),
    tools(`${2 * LOAD} records fetched`, [{
      tool: "ConsumerPerformance",
      args: `--topic live.single --num-records ${2 * LOAD} --fetch-size 4096 --timeout 60000 --group ${group.GroupID}` +
        " --command-property auto.commit.interval.ms=600000",
    }], [
      operation("JoinGroup", group, "MemberIdRequired"),
      operation("JoinGroup", group),
      operation("SyncGroup", group),
      operation("OffsetFetch", { ...group, ...SINGLE }),
      operation("ListOffsets", SINGLE),
      operation("OffsetCommit", { ...group, ...SINGLE }),
      operation("LeaveGroup", group),
    ]),
  ];
}

function records(count: number): string {
  return `--topic live.single --num-records ${count} --record-size 100 --throughput -1`;
}

export const kafka: LiveTest = { name: "kafka", programs: { java: "openjdk-17-jre-headless", mvn: "maven" }, set };
