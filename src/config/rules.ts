/** `sniffer.protocols.rules`: which protocol is spoken on which ports. */
import { canonicalAddress } from "../core/address.ts";
import { didYouMean } from "../core/near_miss.ts";
import { protocolNames } from "../protocols/registry.ts";
import type { NamedRule } from "./config.ts";
import { checkedText, type Kind, list, text, whole } from "./kinds.ts";
import { Fields } from "./record.ts";
import type { Node, Report } from "./tree.ts";

const protocol = checkedText("protocol", (given) => {
  if (protocolNames.includes(given)) return undefined;
  return `is no protocol${didYouMean(given, protocolNames) || ";"} known: ${protocolNames.join(", ")}`;
});

const host = checkedText("host", (given) => {
  if (/^[\w.:%-]*$/.test(given) && (!given.includes(":") || canonicalAddress(given) !== undefined)) return undefined;
  return "is no address and no name of a host";
});

const ports = list(whole(0, 65535));

export const rules: Kind<readonly NamedRule[]> = {
  name: "list of rules",
  yaml: (values) => JSON.stringify(values),
  read(node, key, report) {
    if (node.kind !== "list") {
      report(node.line, `${key} is a list of rules, each with protocol and ports: - {protocol: http, ports: [80]}`);
      return undefined;
    }
    return node.items.flatMap((item, i) => readRule(item, `${key}[${i}]`, report) ?? []);
  },
};

function readRule(node: Node, path: string, report: Report): NamedRule | undefined {
  if (node.kind !== "map") {
    report(node.line, `${path} is a mapping: {protocol: http, ports: [80]}`);
    return undefined;
  }
  const fields = new Fields(node, path, report);
  const given = fields.read("host", host, "");
  const rule = {
    name: fields.read("name", text(), ""),
    protocol: fields.read("protocol", protocol, ""),
    ports: fields.read("ports", ports, []),
    // An IPv6 address in the one form that packets' addresses are compared in.
    host: given.includes(":") ? canonicalAddress(given) ?? "" : given,
  };
  const singular = fields.node_("port");
  fields.end();
  if (singular !== undefined) report(singular.line, `${path}.port has no effect: write ports: [...]`, "warning");
  if (fields.node_("protocol") === undefined) {
    report(node.line, `${path} names no protocol: ${protocolNames.join(", ")}`);
  }
  if (fields.node_("ports") === undefined) report(node.line, `${path} has no ports: it decodes nothing`, "warning");
  return rule.protocol === "" ? undefined : rule;
}
