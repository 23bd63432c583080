/** How an agent is started that counts by the labels of the configuration that our packages install. */
import { parse } from "npm:yaml@2.9.1";
import type { Rule } from "../src/core/rule.ts";
import { packetd } from "../tests/live/captures.ts";

/** Our agent, without its arguments. */
export function agentCommand(): string[] {
  const [program, first] = packetd(
    "--allow-ffi",
    "--allow-write",
    "--allow-net",
    "--allow-env",
    "--allow-sys=inspector,ca",
  );
  return [program, ...first];
}

/**
 * YAML with all sections, which the Go packetd wants to see.
 *
 * @param port of its HTTP server, on loopback
 * @param sniffer keys of its section besides the rules
 */
export function agentConfiguration(
  port: number,
  sniffer: Readonly<Record<string, unknown>>,
  rules: readonly Rule[],
): string {
  const { processor, pipeline } = parse(Deno.readTextFileSync(new URL("../static/packetd.yaml", import.meta.url)));
  return JSON.stringify({ // which is YAML too
    server: { enabled: true, address: `127.0.0.1:${port}` },
    logger: { stdout: true },
    controller: null,
    sniffer: {
      engine: "pcap",
      protocols: { rules: rules.map(({ protocol, ports }) => ({ name: protocol, protocol, ports })) },
      ...sniffer,
    },
    processor,
    pipeline,
    metricsStorage: { enabled: true },
    exporter: null,
  });
}
