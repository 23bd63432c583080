/** An agent and a `packetd log` that hear the same packets: what the one counts must be what the other prints. */
import { parseDuration } from "../../../src/core/duration.ts";
import { protocols } from "../../../src/protocols/mod.ts";
import { status } from "../agent.ts";
import { packetd } from "../captures.ts";
import { readLines } from "../lines.ts";
import type { Stage } from "../harness.ts";
import { serverPort } from "../recordings.ts";
import { until } from "../stage.ts";
import { Wire } from "./wire.ts";

/** What `packetd log` printed of one protocol. */
export interface Printed {
  readonly count: number;
  /** Ascending. */
  readonly seconds: readonly number[];
}

export interface Observed {
  /** Of the agent's HTTP server. */
  readonly port: number;
  /** By protocol. */
  readonly printed: ReadonlyMap<string, Printed>;
}

export interface AgentOptions {
  /** Of its HTTP server. */
  readonly port: number;
  readonly vmHistogram: boolean;
  /** Where it pushes its metrics. */
  readonly endpoint: string;
}

/** Starts both, sends the recorded traffic, and returns when the agent has counted as much as there is. */
export async function observe(stage: Stage, options: AgentOptions): Promise<Observed> {
  const wire = await Wire.open(stage);
  const config = await stage.write("packetd.yaml", configuration(wire, options));
  const rights = ["--allow-ffi", "--allow-write", "--allow-net", "--allow-env", "--allow-sys=inspector,ca"];
  const [command, first] = packetd(...rights);
  const agent = await stage.start("agent", command, [...first, "agent", "--config", config]);
  const rules = wire.rules.flatMap(({ protocol, ports }) => ["--proto", `${protocol};${ports.join(",")}`]);
  const [, logFirst] = packetd("--allow-ffi");
  const log = await stage.start("log", command, [...logFirst, "log", "--ifaces", wire.device, ...rules], {
    outputFile: "log.jsonl",
    stopSignal: "SIGINT",
  });
  await agent.said("server listening on");
  for (const one of [agent, log]) await one.said(`sniffer add device (${wire.device})`);
  await wire.replay();
  await until(`${wire.roundTrips} round trips`, async () => (await status(options.port)).roundTrips >= wire.roundTrips);
  const output = stage.path("log.jsonl");
  await until("as many lines", async () => (await Deno.readTextFile(output)).split("\n").length > wire.roundTrips);
  const { code } = await log.stop();
  if (code !== 0) throw new Error(`packetd log ended with status ${code}: ${await Deno.readTextFile(log.log)}`);
  const lines = readLines(await Deno.readTextFile(output));
  const printed = wire.rules.map(({ protocol, ports }): [string, Printed] => {
    const own = lines.filter((line) => ports.includes(serverPort(line)));
    const seconds = own.map(({ Duration }) => parseDuration(Duration!)! / 1e9).sort((a, b) => a - b);
    return [protocol, { count: own.length, seconds }];
  });
  return { port: options.port, printed: new Map(printed) };
}

/** With every label that a protocol has. */
function configuration({ device, rules }: Wire, { port, vmHistogram, endpoint }: AgentOptions): string {
  const labels = protocols.map(({ name, labels }) => [name, { requireLabels: Object.keys(labels) }]);
  return JSON.stringify({ // which is YAML too
    server: { enabled: true, address: `127.0.0.1:${port}` },
    logger: { stdout: true },
    sniffer: { ifaces: device, protocols: { rules: rules.map((rule) => ({ name: rule.protocol, ...rule })) } },
    metricsStorage: { vmHistogram },
    processor: [{ name: "roundtripstometrics", config: Object.fromEntries(labels) }],
    pipeline: [{ name: "metrics", processors: ["roundtripstometrics"] }],
    exporter: { metrics: { enabled: true, endpoint, interval: "1s" } },
  });
}
