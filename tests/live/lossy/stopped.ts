/** An agent whose ring is the smallest there is, and which is stopped for a while as the load goes on. */
import { packetd } from "../captures.ts";
import { type Score, type Stage } from "../harness.ts";
import { type Line, readLines } from "../lines.ts";
import { pause, until } from "../stage.ts";
import { packetsOf } from "../../tools/replay.ts";
import { read, unexplained, wrongPairs } from "./damage.ts";
import { loads } from "./loads.ts";
import { DEVICE, type Network } from "./network.ts";
import { Recorder, rules } from "./side.ts";

/** 8 MB. Blocks are handed over every 20 ms, full or not: 16 of them last a third of a second. */
const FEWEST_BLOCKS = 16;
/** It is stopped more than once: not all loads are under way at the same time. */
const STOPS = 3, BEFORE_MS = 500, STOPPED_MS = 700;
const QUIET_MS = 10_000;
const PORT = 9091;

/** Stops the agent while clients ask, and holds its account against theirs and against a complete recording. */
export async function checkStopped(stage: Stage, score: Score, network: Network): Promise<void> {
  const recorder = await Recorder.start(stage, network, "client", "tcpdump-agent");
  const output = stage.path("agent.jsonl");
  const config = await stage.write("packetd.yaml", configuration(output));
  const rights = ["--allow-ffi", "--allow-write", "--allow-net", "--allow-env", "--allow-sys=inspector,ca"];
  const [command, first] = packetd(...rights);
  const commandLine = [command, ...first, "agent", "--config", config];
  const agent = await network.start("client", "agent", commandLine, { env: { TZ: "UTC" } });
  await agent.said("server listening on");
  await agent.said(`sniffer add device (${DEVICE})`);

  const asking = Promise.all(loads.map((load) => load.ask(stage, network)));
  for (let i = 0; i < STOPS; i++) {
    await pause(BEFORE_MS);
    agent.kill("SIGSTOP");
    await pause(STOPPED_MS);
    agent.kill("SIGCONT");
  }
  const counts = await asking;
  // deno-lint-ignore no-explicit-any -- a status is read field by field
  let status: any, recorded = NaN;
  // Ends of connections still go to and fro when their clients are gone.
  await until("the agent has read all that its ring held", async () => {
    status = JSON.parse(await network.run("client", "curl", "--silent", `http://127.0.0.1:${PORT}/-/status`));
    recorded = (await packetsOf(recorder.file)).length;
    return status.packets.seen + status.interfaces[DEVICE].dropped === recorded;
  }, QUIET_MS).catch(() => {}); // what differs is said below
  const tcpdumpLost = await recorder.stop();
  const whole = read(await packetsOf(recorder.file), rules).lines;
  await agent.stop();
  const lines = readLines(await Deno.readTextFile(output));

  const { seen } = status.packets, { dropped } = status.interfaces[DEVICE];
  const check = (name: string, faults: readonly string[]) =>
    score.check(`${stage.name}: stopped agent: ${name}`, faults);
  check("tcpdump lost no packet", tcpdumpLost === 0 ? [] : [`it lost ${tcpdumpLost}`]);
  check(
    `packets are read (${seen}) or dropped by the kernel (${dropped})`,
    dropped > 0 && seen + dropped === recorded ? [] : [`tcpdump recorded ${recorded}`],
  );
  for (const [i, load] of loads.entries()) {
    const losses = status.protocols[load.protocol];
    const own = lines.filter((line) => load.port === line.Response?.Port);
    check(`${load.protocol}: ${losses.paired} of ${counts[i]} are paired, the rest is explained`, [
      ...unexplained(counts[i], losses, "kernel"),
      ...wrongPairs(load, own, ofLoad(whole, load.port)),
      // What waited behind holes is decoded at the end.
      ...(own.length >= losses.paired && own.length <= losses.paired + losses.pending
        ? []
        : [`${own.length} are written`]),
    ]);
  }
}

function ofLoad(lines: readonly Line[], port: number): Line[] {
  return lines.filter(({ Response }) => Response?.Port === port);
}

function configuration(output: string): string {
  return JSON.stringify({ // which is YAML too
    server: { enabled: true, address: `127.0.0.1:${PORT}` },
    logger: { stdout: true },
    sniffer: {
      ifaces: DEVICE,
      blockNum: FEWEST_BLOCKS,
      protocols: {
        rules: loads.map(({ protocol, port }) => ({ name: protocol, protocol, ports: [port] })),
      },
    },
    exporter: { roundtrips: { enabled: true, filename: output } },
  });
}
