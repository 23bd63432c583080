/** `sniffer.protocols.rules`: which protocol is spoken on which ports. */
import { canonicalAddress } from "../core/address.ts";
import { didYouMean } from "../core/near_miss.ts";
import { protocolNames } from "../protocols/registry.ts";
import type { NamedRule } from "./config.ts";
import { ANY_PORT, AUTO } from "../core/rule.ts";
import { checkedText, type Kind, list, text, whole } from "./kinds.ts";
import { Fields } from "./record.ts";
import type { Node, Report } from "./tree.ts";

const protocol = checkedText("protocol", (given) => {
  const known = [...protocolNames, AUTO];
  if (known.includes(given)) return undefined;
  return `is no protocol${didYouMean(given, known) || ";"} known: ${known.join(", ")}`;
});

const host = checkedText("host", (given) => {
  if (/^[\w.:%-]*$/.test(given) && (!given.includes(":") || canonicalAddress(given) !== undefined)) return undefined;
  return "is no address and no name of a host";
});

const portNumber = whole(0, 65535);

const ports = list<number | typeof ANY_PORT>({
  name: "port",
  yaml: String,
  read(node, key, report) {
    if (node.kind === "scalar" && node.text.trim() === ANY_PORT) return ANY_PORT;
    return portNumber.read(node, key, report);
  },
});

export const rules: Kind<readonly NamedRule[]> = {
  name: "list of rules",
  yaml: (values) => JSON.stringify(values),
  read(node, key, report) {
    if (node.kind !== "list") {
      report(node.line, `${key} is a list of rules, each with protocol and ports: - {protocol: http, ports: [80]}`);
      return undefined;
    }
    return node.items.flatMap((item, i) => readRule(item, `${key}[${i}]`, report));
  },
};

/** One rule, or one of each protocol for `auto`; none where it is wrong. */
function readRule(node: Node, path: string, report: Report): NamedRule[] {
  if (node.kind !== "map") {
    report(node.line, `${path} is a mapping: {protocol: http, ports: [80]}`);
    return [];
  }
  const fields = new Fields(node, path, report);
  const given = fields.read("host", host, "");
  const name = fields.read("name", text(), "");
  const named = fields.read("protocol", protocol, "");
  const givenPorts = fields.read("ports", ports, []);
  const isAuto = named === AUTO;
  const rule = {
    name,
    ports: givenPorts.filter((port) => port !== ANY_PORT),
    ...(isAuto || givenPorts.includes(ANY_PORT) ? { anyPort: true } : {}),
    // An IPv6 address in the one form that packets' addresses are compared in.
    host: given.includes(":") ? canonicalAddress(given) ?? "" : given,
  };
  const singular = fields.node_("port");
  fields.end();
  if (singular !== undefined) report(singular.line, `${path}.port has no effect: write ports: [...]`, "warning");
  if (fields.node_("protocol") === undefined) {
    report(node.line, `${path} names no protocol: ${protocolNames.join(", ")}`);
  }
  if (isAuto && rule.ports.length > 0) {
    report(node.line, `${path}.ports: ${AUTO} looks on any port: write ports: [any]`);
  }
  if (fields.node_("ports") === undefined && !isAuto) {
    report(node.line, `${path} has no ports: it decodes nothing`, "warning");
  }
  if (isAuto) return protocolNames.map((protocol) => ({ ...rule, ports: [], protocol }));
  return named === "" ? [] : [{ ...rule, protocol: named }];
}
