/**
 * Recorded packets sent over a cable between two network namespaces, with agents at its end: with one lane, with two and
 * three, and with libpcap. All must give the same round trips, which are those that the packets give when they are read from memory; with
 * what is in tunnels and in fragments too.
 */
import { protocols } from "../../../src/protocols/mod.ts";
import type { Rule } from "../../../src/core/rule.ts";
import { packetsOf, replay } from "../../tools/replay.ts";
import { PcapWriter } from "../../tools/pcap_writer.ts";
import { packetd } from "../captures.ts";
import { otherRoundTrips } from "../compare.ts";
import type { Score, Stage, SystemTest } from "../harness.ts";
import { type Line, readAccount, readLines } from "../lines.ts";
import { say, type Service } from "../stage.ts";
import { framesOf, type Shape } from "./frames.ts";
import { recordings } from "./recordings.ts";

const SHAPES: readonly Shape[] = ["plain", "in VXLAN", "in fragments"];
/** Settings of each agent. */
const AGENTS = {
  "one lane": "lanes: 1",
  "two lanes": "lanes: 2",
  "three lanes": "lanes: 3",
  libpcap: "engine: libpcap",
} as const;
const DEVICE = "wire", ETHERNET = 1;
/** Packets sent in a second, and how far they are apart in the file that is sent. */
const PER_SECOND = 4_000, APART_NS = 1e9 / PER_SECOND;
const START_SEC = 1_700_000_000;

async function check(stage: Stage, score: Score): Promise<void> {
  const prefix = `pd${Deno.pid}-`, [from, to] = [`${prefix}from`, `${prefix}to`];
  try {
    await lay(stage, from, to);
  } catch (error) {
    say(`${stage.name}: skipped: no cable can be laid here: ${(error as Error).message.trim()} (needs root, iproute2)`);
    return;
  }
  for (const shape of SHAPES) await play(stage, score, from, to, shape);
}

/** Two namespaces with a cable between them. */
async function lay(stage: Stage, from: string, to: string): Promise<void> {
  for (const name of [from, to]) {
    await stage.run("ip", ["netns", "add", name]);
    stage.atEnd(() => stage.run("ip", ["netns", "delete", name]));
    // The kernel would send packets of its own.
    await stage.run("ip", ["netns", "exec", name, "sysctl", "-qew", "net.ipv6.conf.default.disable_ipv6=1"]);
  }
  await stage.run("ip", ["link", "add", DEVICE, "netns", from, "type", "veth", "peer", "name", DEVICE, "netns", to]);
  for (const name of [from, to]) await stage.run("ip", ["-n", name, "link", "set", DEVICE, "mtu", "65535", "up"]);
}

async function play(stage: Stage, score: Score, from: string, to: string, shape: Shape): Promise<void> {
  const { file, rules } = await recorded(stage, shape);
  const known = replay(await packetsOf(file), rules);
  const agents = await Promise.all(
    Object.entries(AGENTS).map(([name, settings]) => Agent.start(stage, to, name, shape, settings, rules)),
  );
  await stage.run("ip", ["netns", "exec", from, "tcpreplay", "--intf1", DEVICE, "--pps", `${PER_SECOND}`, file]);
  const check = (name: string, faults: readonly string[]) => score.check(`${stage.name}: ${shape}: ${name}`, faults);
  const expected = readLines(known.lines.join("\n"));
  check(`${expected.length} round trips are known`, expected.length > 1000 ? [] : ["these are few"]);
  for (const agent of agents) {
    const { lines, dropped } = await agent.stop();
    check(`${agent.name}: the same round trips`, [
      ...otherRoundTrips(lines, expected),
      ...otherRoundTrips(expected, lines).map((fault) => `missing: ${fault}`),
      ...(dropped === 0 ? [] : [`the kernel dropped ${dropped} packets`]),
    ]);
  }
}

/** All recordings in one file, and the rules for all of them. */
async function recorded(stage: Stage, shape: Shape): Promise<{ file: string; rules: Rule[] }> {
  const file = stage.path(`${shape.replaceAll(" ", "-")}.pcap`);
  using output = await Deno.open(file, { write: true, create: true });
  const writer = new PcapWriter((bytes) => output.writeSync(bytes), ETHERNET);
  const ports = new Map<string, Set<number>>();
  let number = 0, sent = 0;
  for await (const { packets, rules } of recordings()) {
    for (const rule of rules) {
      const known = ports.get(rule.protocol) ?? new Set();
      ports.set(rule.protocol, new Set([...known, ...rule.ports]));
    }
    for (const frame of framesOf(packets, ++number, shape)) {
      const ns = sent++ * APART_NS;
      writer.packet(frame, START_SEC + Math.trunc(ns / 1e9), ns % 1e9);
    }
  }
  writer.end();
  const rules = protocols.map(({ name }) => ({ protocol: name, ports: [...ports.get(name) ?? []], host: "" }));
  return { file, rules };
}

class Agent {
  private constructor(readonly name: string, readonly service: Service, readonly output: string) {}

  static async start(
    stage: Stage,
    namespace: string,
    name: string,
    shape: Shape,
    settings: string,
    rules: readonly Rule[],
  ) {
    const file = `${name} ${shape}`.replaceAll(" ", "-"), output = stage.path(`${file}.jsonl`);
    const config = await stage.write(
      `${file}.yaml`,
      `logger.stdout: true
sniffer: {ifaces: ${DEVICE}, ${settings}, protocols: {rules: ${JSON.stringify(rules)}}}
exporter.roundtrips: {enabled: true, filename: ${output}}
`,
    );
    const [command, first] = packetd("--allow-ffi", "--allow-write", "--allow-env");
    const args = ["netns", "exec", namespace, command, ...first, "agent", "--config", config];
    const service = await stage.start(file, "ip", args, { env: { TZ: "UTC" } });
    await service.said(settings.startsWith("lanes") && !settings.endsWith("1") ? "lanes share" : "sniffer add device");
    return new Agent(name, service, output);
  }

  /** Ends it after all that was sent. @returns the round trips that were answered, and packets that it lost */
  async stop(): Promise<{ lines: Line[]; dropped: number }> {
    await this.service.stop();
    const { dropped } = readAccount(await Deno.readTextFile(this.service.log));
    const lines = readLines(await Deno.readTextFile(this.output));
    return { lines: lines.filter(({ Response }) => Response !== null), dropped };
  }
}

export const lanes: SystemTest = {
  name: "lanes",
  programs: { ip: "iproute2", sysctl: "procps", tcpreplay: "tcpreplay" },
  check,
};
