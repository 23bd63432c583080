/** Kafka's command line tools; their clients log each request that they send. */
import type { Stage } from "../harness.ts";
import type { Broker } from "./broker.ts";
import { type Sent, told } from "./requests.ts";

/** A run of a tool of the package org.apache.kafka.tools. */
export interface Run {
  readonly tool: string;
  /** Separated by spaces. */
  readonly args: string;
  /** What it reads; nothing when it is not given. */
  readonly input?: string;
  /** How it ends; 0 when it is not given. */
  readonly status?: number;
  /** What it must print. */
  readonly says?: RegExp;
}

/** Runs tools one after another. */
export async function runTools(stage: Stage, broker: Broker, runs: readonly Run[]): Promise<Sent> {
  const sent: string[] = [];
  for (const run of runs) sent.push(...await runTool(stage, broker, run));
  return { told: sent, oneWay: 0 };
}

async function runTool(stage: Stage, broker: Broker, run: Run): Promise<string[]> {
  const { tool, args, input = "", status = 0, says } = run;
  const log = await stage.write("requests.log", ""), lines = await stage.write("input", input);
  const logs = ["defaultLogLevel=warn", "log.org.apache.kafka.clients.NetworkClient=debug", `logFile=${log}`];
  const java = [
    ...["java", "-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-cp", broker.classPath],
    ...logs.map((setting) => `-Dorg.slf4j.simpleLogger.${setting}`),
    ...[`org.apache.kafka.tools.${tool}`, "--bootstrap-server", `127.0.0.1:${broker.port}`, ...args.split(" ")],
  ];
  const output = await stage.run("sh", ["-c", 'input=$1; shift; exec "$@" <"$input"', "sh", lines, ...java], [status]);
  if (says !== undefined && !says.test(output)) throw new Error(`${tool} ${args} said: ${output}`);
  return sentOf(await Deno.readTextFile(log));
}

function sentOf(log: string): string[] {
  const pattern =
    /Sending \w+ request with header RequestHeader\(apiKey=(\w+), apiVersion=(\d+), clientId=(.*?), correlationId=(\d+),/g;
  return [...log.matchAll(pattern)]
    .map(([, api, version, clientId, id]) => told(nameOf(api), Number(version), clientId, Number(id)));
}

/** CREATE_TOPICS as CreateTopics. */
function nameOf(constant: string): string {
  return constant.toLowerCase().replace(/(?:^|_)(.)/g, (_, letter) => letter.toUpperCase());
}
