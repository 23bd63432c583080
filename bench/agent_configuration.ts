/** The configuration of an agent that counts by the labels of the one that our packages install. */
import { parse } from "npm:yaml@2.9.1";
import type { Rule } from "../src/core/rule.ts";

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
