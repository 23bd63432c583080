/** Agents that count by the labels of the configuration that our packages install, ours and the Go packetd. */
import { parse } from "npm:yaml@2.9.1";
import { get, status } from "../../tests/live/agent.ts";
import { packetd } from "../../tests/live/captures.ts";
import { launch, type Observer, type Said, type Traffic } from "./observer.ts";

/** Asks the agent whose HTTP server has this port. */
type Ask = (port: number, protocol: string) => Promise<Said>;

/** Blocks of 512 KiB: what the Go packetd takes, and the fewest that ours does. */
const SMALL_RING = 16;

const [program, first] = packetd(
  "--allow-ffi",
  "--allow-write",
  "--allow-net",
  "--allow-env",
  "--allow-sys=inspector,ca",
);

export const agent = observer("agent", [program, ...first], {}, askOurs);
export const agentWithSmallRing = observer("agent, 8 MB ring", [program, ...first], { blockNum: SMALL_RING }, askOurs);

/** The Go packetd that `PACKETD_GO` names; undefined where it does not. */
export function goAgent(): Observer | undefined {
  const path = Deno.env.get("PACKETD_GO");
  return path === undefined ? undefined : observer("Go packetd", [path], {}, askGo);
}

function observer(
  name: string,
  commandLine: readonly string[],
  sniffer: Readonly<Record<string, unknown>>,
  ask: Ask,
): Observer {
  return {
    name,
    async start(stage, traffic) {
      const port = await stage.freePort();
      const config = await stage.write("agent.yaml", configuration(traffic, port, sniffer));
      const service = await launch(stage, traffic, "agent", [...commandLine, "agent", "--config", config], "SIGTERM");
      await service.said("sniffer add device");
      await service.listens(port);
      return {
        pid: service.pid,
        async end() {
          const said = await ask(port, traffic.protocol);
          await service.stop();
          return said;
        },
      };
    },
  };
}

/** With all sections, which the Go packetd wants to see. */
function configuration(traffic: Traffic, port: number, sniffer: Readonly<Record<string, unknown>>): string {
  const { processor, pipeline } = parse(Deno.readTextFileSync(new URL("../../static/packetd.yaml", import.meta.url)));
  const rule = { name: traffic.protocol, protocol: traffic.protocol, ports: [traffic.port] };
  return JSON.stringify({ // which is YAML too
    server: { enabled: true, address: `127.0.0.1:${port}` },
    logger: { stdout: true },
    controller: null,
    sniffer: { ifaces: traffic.device, engine: "pcap", protocols: { rules: [rule] }, ...sniffer },
    processor,
    pipeline,
    metricsStorage: { enabled: true },
    exporter: null,
  });
}

async function askOurs(port: number, protocol: string): Promise<Said> {
  const { interfaces, packets, protocols, eventLoopLagSeconds } = await status(port);
  return {
    packets: packets.onConfiguredPorts,
    dropped: (Object.values(interfaces) as Said[]).reduce((sum, { dropped }) => sum + dropped, 0),
    paired: protocols[protocol]?.paired ?? 0,
    stallSeconds: eventLoopLagSeconds.mostInAMinute,
  };
}

/** It tells of nothing but what it counted. */
async function askGo(port: number, protocol: string): Promise<Said> {
  const series = (await get(port, "/protocol/metrics")).matchAll(
    new RegExp(`^${protocol}_requests_total(?:\\{.*\\})? (\\S+)`, "gm"),
  );
  const paired = [...series].reduce((sum, [, value]) => sum + Number(value), 0);
  return { packets: NaN, dropped: NaN, paired, stallSeconds: NaN };
}
