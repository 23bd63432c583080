/** The filter that live sources are given: made from the rules, so that only what can matter is copied from the kernel. */
import { TUNNEL_ETHERTYPE, TUNNEL_PORT, TUNNEL_PORTS_OF_BOTH_WAYS, TUNNEL_PROTOCOL } from "../core/encapsulation.ts";
import type { Transport } from "../core/flow.ts";
import { ANY_PORT, type Rule } from "../core/rule.ts";
import { UsageError } from "./errors.ts";

/** Transports of a protocol; undefined if there is no such protocol. */
export type TransportsOf = (protocol: string) => readonly Transport[] | undefined;

/** Numbers of IANA's protocol registry. */
const PROTOCOL_NUMBER: Record<Transport, number> = { tcp: 6, udp: 17 };
/** IPv6 extension headers: hop-by-hop options, routing, fragment, authentication, destination options. */
const EXTENSION_HEADERS = [0, 43, 44, 51, 60];
/**
 * More ports than this of one transport are not named one by one: all of the transport passes. libpcap's compiler takes
 * time by the square, and the kernel takes at most 4096 instructions.
 */
const PORTS_NAMED = 64;

/**
 * Text of the filter in the language of pcap-filter(7); empty (everything) when no rule has a port.
 *
 * It lets through more than `tcp port 80` would, since that looks only where ports usually are: later fragments, which
 * have none, and IPv6 packets with extension headers, whose ports stand further behind. What is too much is dropped when
 * it is decoded. VLAN tags are not its concern: see `behindTags`.
 *
 * @param ipVersion restriction to one IP version; empty for both
 * @throws UsageError for an unknown protocol or a host that cannot be one
 */
export function filterText(
  rules: readonly Rule[],
  transportsOf: TransportsOf,
  ipVersion: "" | "v4" | "v6" = "",
): string {
  const portsByHost = new Map<string, Record<Transport, Set<number> | typeof ANY_PORT>>();
  for (const rule of rules) {
    const transports = transportsOf(rule.protocol);
    if (transports === undefined) throw new UsageError(`unsupported protocol (${rule.protocol})`);
    if ((rule.ports.length === 0 && rule.anyPort !== true) || transports.length === 0) continue;
    if (!/^[\w.:%-]*$/.test(rule.host)) throw new UsageError(`'${rule.host}' is no address and no name of a host`);
    let ports = portsByHost.get(rule.host);
    if (ports === undefined) portsByHost.set(rule.host, ports = { tcp: new Set(), udp: new Set() });
    for (const transport of transports) {
      const known = ports[transport];
      if (rule.anyPort === true) ports[transport] = ANY_PORT;
      else if (known !== ANY_PORT) { for (const port of rule.ports) known.add(port); }
    }
  }
  if (portsByHost.size === 0) return "";
  const text = anyOf([...portsByHost].map(([host, ports]) => hostText(host, ports, ipVersion)));
  return ipVersion === "" ? text : `${ipVersion === "v4" ? "ip" : "ip6"} and (${text})`;
}

/**
 * Text of the filter for packets that carry other packets: whatever is in them has to be looked at. Fragments of them
 * pass too.
 *
 * @param isEthernet whether packets have an Ethernet type
 */
export function tunnelText(isEthernet: boolean): string {
  const protocols = Object.values(TUNNEL_PROTOCOL);
  const parts = [
    `udp and (${Object.values(TUNNEL_PORT).map(portText).join(" or ")})`,
    protocols.map((protocol) => `ip proto ${protocol}`).join(" or "),
    `ip proto ${PROTOCOL_NUMBER.udp} and ip[6:2] & 0x1fff != 0`,
    `ip6 and (${[...EXTENSION_HEADERS, ...protocols].map((header) => `ip6[6] = ${header}`).join(" or ")})`,
  ];
  if (isEthernet) parts.push(Object.values(TUNNEL_ETHERTYPE).map((type) => `ether proto ${type}`).join(" or "));
  return anyOf(parts);
}

function portText(port: number): string {
  return TUNNEL_PORTS_OF_BOTH_WAYS.includes(port) ? `port ${port}` : `dst port ${port}`;
}

function hostText(
  host: string,
  ports: Record<Transport, Set<number> | typeof ANY_PORT>,
  ipVersion: "" | "v4" | "v6",
): string {
  const isUsed = (wanted: Set<number> | typeof ANY_PORT) => wanted === ANY_PORT || wanted.size > 0;
  const used = (["tcp", "udp"] as const).filter((transport) => isUsed(ports[transport]));
  const parts = used.map((transport) => transportText(transport, ports[transport]));
  if (ipVersion !== "v6") {
    const protocols = used.map((transport) => `ip proto ${PROTOCOL_NUMBER[transport]}`).join(" or ");
    parts.push(`(${protocols}) and ip[6:2] & 0x1fff != 0`);
  }
  if (ipVersion !== "v4") {
    parts.push(`ip6 and (${EXTENSION_HEADERS.map((header) => `ip6[6] = ${header}`).join(" or ")})`);
  }
  return host === "" ? anyOf(parts) : `host ${host} and (${anyOf(parts)})`;
}

function transportText(transport: Transport, ports: Set<number> | typeof ANY_PORT): string {
  if (ports === ANY_PORT || ports.size > PORTS_NAMED) return transport;
  return `${transport} and (${[...ports].map((port) => `port ${port}`).join(" or ")})`;
}

/** The language gives `and` and `or` the same precedence, hence all the parentheses. */
function anyOf(parts: readonly string[]): string {
  return parts.length === 1 ? parts[0] : parts.map((part) => `(${part})`).join(" or ");
}
