/** Agents that count by the labels of the configuration that our packages install, ours and the Go packetd. */
import { get, status } from "../../tests/live/agent.ts";
import { agentCommand, agentConfiguration } from "../agent.ts";
import { launch, type Observer, type Said, SILENT } from "./observer.ts";

/** Asks the agent whose HTTP server has this port. */
type Ask = (port: number, protocol: string) => Promise<Said>;

/** Blocks of 512 KiB: what the Go packetd takes, and the fewest that ours does. */
const SMALL_RING = 16;

export const agent = observer("agent", agentCommand(), {}, askOurs);
export const agentWithSmallRing = observer("agent, 8 MB ring", agentCommand(), { blockNum: SMALL_RING }, askOurs);

export const GO = "Go packetd";

/** The Go packetd that `PACKETD_GO` names; undefined where it does not. */
export function goAgent(): Observer | undefined {
  const path = Deno.env.get("PACKETD_GO");
  return path === undefined ? undefined : observer(GO, [path], {}, askGo);
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
      const rule = { protocol: traffic.protocol, ports: [traffic.port], host: "" };
      const text = agentConfiguration(port, { ifaces: traffic.device, ...sniffer }, [rule]);
      const config = await stage.write("agent.yaml", text);
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

async function askOurs(port: number, protocol: string): Promise<Said> {
  const { interfaces, packets, protocols, eventLoopLagSeconds } = await status(port);
  return {
    packets: packets.onConfiguredPorts,
    dropped: (Object.values(interfaces) as Said[]).reduce((sum, { dropped }) => sum + dropped, 0),
    passedOver: protocols[protocol]?.packetsSampledOut ?? 0,
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
  return { ...SILENT, paired };
}
