/** `service.name` of spans, by the rule that captured the round trip. */
import type { NamedRule, TracesProcessorConfig } from "../config/config.ts";
import type { RoundTrip } from "../core/roundtrip.ts";

/** The name for a round trip: that of its rule where one is given, else the one for all. */
export function serviceNames(
  { serviceName, serviceNames }: TracesProcessorConfig,
  rules: readonly NamedRule[],
): (roundTrip: RoundTrip) => string {
  const named = rules.filter(({ name }) => serviceNames.has(name)).reverse(); // a later rule wins, as in decoding
  if (named.length === 0) return () => serviceName;
  return ({ protocol, flow: { client, server } }) => {
    const rule = named.find((rule) =>
      rule.protocol === protocol.name && rule.ports.includes(server.port) &&
      (rule.host === "" || rule.host === server.host || rule.host === client.host)
    );
    return rule === undefined ? serviceName : serviceNames.get(rule.name)!;
  };
}
