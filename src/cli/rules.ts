/** Rules on the command line: `protocol ";" ports [ ";" host ]`, or `auto` for all protocols on any port. */
import { canonicalAddress } from "../core/address.ts";
import { ANY_PORT, AUTO, type Rule } from "../core/rule.ts";
import { protocols } from "../protocols/mod.ts";
import { protocolNamed, protocolNames } from "../protocols/registry.ts";
import { didYouMean, UsageError } from "./errors.ts";

const EXAMPLE = "'http;80,8080;127.0.0.1'";

/** The rules of `--proto`; without any, every protocol on the ports that its servers use by default. */
export function rulesFrom(texts: readonly string[]): Rule[] {
  if (texts.length > 0) return texts.flatMap(parseRule);
  return protocols.map(({ name, ports }) => ({ protocol: name, ports, host: "" }));
}

/**
 * One rule, or one of each protocol for `auto`.
 *
 * @throws UsageError that names the text and says what is allowed
 */
export function parseRule(text: string): Rule[] {
  const parts = text.split(";");
  const protocol = parts[0].trim();
  if (protocol === AUTO) {
    const given = (parts[1] ?? "").trim();
    if (given !== "" && given !== ANY_PORT) {
      throw new UsageError(
        `invalid ports '${given}' in --proto '${text}': auto looks on any port, as in 'auto' or 'auto;any;127.0.0.1'`,
      );
    }
    const host = canonicalHost((parts[2] ?? "").trim(), text);
    return protocolNames.map((name) => ({ protocol: name, ports: [], anyPort: true, host }));
  }
  if (parts.length < 2) {
    throw new UsageError(`invalid --proto input '${text}', expected 'protocol;ports[;host]' (${EXAMPLE})`);
  }
  if (protocolNamed(protocol) === undefined) {
    const hint = didYouMean(protocol, [...protocolNames, AUTO]) || ";";
    throw new UsageError(
      `unsupported protocol (${protocol}) in --proto '${text}'${hint} known: ${protocolNames.join(", ")}, ${AUTO}`,
    );
  }
  const given = parts[1].split(",");
  const ports = given.filter((port) => port.trim() !== ANY_PORT).map((port) => parsePort(port, text));
  const host = canonicalHost((parts[2] ?? "").trim(), text);
  return [ports.length < given.length ? { protocol, ports, anyPort: true, host } : { protocol, ports, host }];
}

function parsePort(port: string, text: string): number {
  const value = /^\d{1,5}$/.test(port) ? Number(port) : NaN;
  if (!(value <= 65535)) {
    throw new UsageError(
      `invalid port '${port}' in --proto '${text}', ports are 0 to 65535 or ${ANY_PORT}, as in ${EXAMPLE}`,
    );
  }
  return value;
}

/** An IPv6 address in the one form that packets' addresses are compared in; other hosts as they are. */
function canonicalHost(host: string, text: string): string {
  if (!/^[\w.:%-]*$/.test(host)) {
    throw new UsageError(
      `invalid host '${host}' in --proto '${text}', expected an address or a name, as in ${EXAMPLE}`,
    );
  }
  if (!host.includes(":")) return host;
  const address = canonicalAddress(host);
  if (address === undefined) throw new UsageError(`invalid address '${host}' in --proto '${text}'`);
  return address;
}

/** Sentences about ports that several protocols claim: what the bytes do not tell, the later rule decides. */
export function sharedPorts(rules: readonly Rule[]): string[] {
  const claims = new Map<string, Set<string>>();
  for (const rule of rules) {
    const protocol = protocolNamed(rule.protocol)!;
    for (const transport of protocol.transports) {
      for (const port of rule.ports) {
        const key = `${transport} port ${port}`;
        claims.set(key, (claims.get(key) ?? new Set()).add(protocol.name));
      }
    }
  }
  const sentences: string[] = [];
  for (const [port, names] of claims) {
    const families = new Set([...names].map((name) => protocolNamed(name)!.family ?? name));
    if (families.size < 2) continue;
    sentences.push(`${port} is in the rules of ${[...names].join(" and ")}: the first bytes of each connection decide`);
  }
  return sentences;
}
