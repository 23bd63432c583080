/** A Kafka broker: one node in KRaft mode. Maven brings it, with its command line tools. */
import { cached } from "../cached.ts";
import type { Stage } from "../harness.ts";

/** A broker that runs. */
export interface Broker {
  /** Where clients ask. */
  readonly port: number;
  /** The class path of the broker and of the tools. */
  readonly classPath: string;
}

export async function startBroker(stage: Stage): Promise<Broker> {
  const pom = new URL("pom.xml", import.meta.url).pathname;
  const jars = await cached("kafka", [pom], (folder) => {
    const maven = ["mvn", "-q", "-B", "-f", pom, "dependency:copy-dependencies", `-DoutputDirectory=${folder}`];
    return stage.run("sh", ["-c", 'exec "$@" >&2', "sh", ...maven]); // it complains on standard output
  });
  const classPath = `${jars}/*`;
  const port = await stage.freePort();
  const properties = propertiesOf(stage.path("data"), port, await stage.freePort(), await stage.freePort());
  const config = await stage.write("server.properties", properties);
  const id = crypto.getRandomValues(new Uint8Array(16)).toBase64({ alphabet: "base64url", omitPadding: true });
  await stage.run("java", ["-cp", classPath, "kafka.tools.StorageTool", "format", "-t", id, "-c", config]);
  const logs = ["defaultLogLevel=warn", "log.kafka.server.KafkaRaftServer=info"];
  const broker = await stage.start("kafka", "java", [
    ...["-Xms192m", "-Xmx512m", "-XX:+UseSerialGC", "-cp", classPath],
    ...logs.map((log) => `-Dorg.slf4j.simpleLogger.${log}`),
    ...["kafka.Kafka", config],
  ]);
  await broker.said("Kafka Server started");
  return { port, classPath };
}

/** What the broker asks of itself, and of the controller, goes to ports of its own: clients have theirs to themselves. */
function propertiesOf(data: string, port: number, own: number, controller: number): string {
  return `
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:${controller}
listeners=CLIENTS://127.0.0.1:${port},BROKER://127.0.0.1:${own},CONTROLLER://127.0.0.1:${controller}
advertised.listeners=CLIENTS://127.0.0.1:${port},BROKER://127.0.0.1:${own}
inter.broker.listener.name=BROKER
controller.listener.names=CONTROLLER
listener.security.protocol.map=CLIENTS:PLAINTEXT,BROKER:PLAINTEXT,CONTROLLER:PLAINTEXT
log.dirs=${data}
auto.create.topics.enable=false
offsets.topic.replication.factor=1
offsets.topic.num.partitions=1
transaction.state.log.replication.factor=1
transaction.state.log.num.partitions=1
transaction.state.log.min.isr=1
group.initial.rebalance.delay.ms=0
num.network.threads=2
num.io.threads=2
log.cleaner.dedupe.buffer.size=2097152
`;
}
