/** `sniffer.protocols.rules`: which protocol is spoken on which ports. */
import { canonicalAddress } from "../core/address.ts";
import { didYouMean } from "../core/near_miss.ts";
import { protocolNames } from "../protocols/registry.ts";
import { ANY_PORT, AUTO } from "../core/rule.ts";
import type { NamedRule } from "./config.ts";
import { checkedText, type Kind, list, port, text } from "./kinds.ts";
import { quoted, type Reading } from "./reading.ts";
import { Fields, option } from "./record.ts";
import { isNull, itemsOf, joined, type Node } from "./tree.ts";

/** What becomes of a rule that is wrong. */
export const LEFT_OUT = "this rule is left out";
const EXAMPLE = "{protocol: http, ports: [80]}";

const spoken = [...protocolNames, AUTO];

const protocol = checkedText("protocol", (given) => {
  if (spoken.includes(given)) return undefined;
  return `is no protocol${didYouMean(given, spoken) || ";"} there are ${spoken.join(", ")}`;
});

/** A port, or `any`. */
const portOrAny: Kind<number | typeof ANY_PORT> = {
  name: "port",
  yaml: String,
  read: (node, key, reading, instead) =>
    node.kind === "scalar" && node.text.trim() === ANY_PORT ? ANY_PORT : port.read(node, key, reading, instead),
};

const host = checkedText("host", (given) => {
  if (given === "" || canonicalAddress(given) !== undefined) return undefined;
  if (/^[\w.-]+$/.test(given) && !/^[\d.]+$/.test(given)) return undefined;
  return "is neither an address nor the name of a host";
});

/** The keys of a rule. */
export const RULE = {
  name: option(text, "", "for the names of services in spans"),
  protocol: option(protocol, "", `what is spoken: ${protocolNames.join(", ")}; ${AUTO}: all of them, on any port`),
  ports: option(list(portOrAny), [], `ports of the servers; ${ANY_PORT}: all others too, where the bytes are certain`),
  host: option(host, "", "only what this host sends and receives: an address, or a name; empty: all hosts"),
} as const;

export const rules: Kind<readonly NamedRule[]> = {
  name: "list of rules",
  yaml: (values) => JSON.stringify(values),
  read(node, key, reading) {
    const items = itemsOf(node);
    if (items === undefined) {
      reading.error(node.line, key, `is a list of rules, such as [${EXAMPLE}]`, "nothing is decoded");
      return undefined;
    }
    return items.flatMap((item, i) => readRule(item, `${key}[${i}]`, reading));
  },
};

/** A rule of which a part is wrong is left out as a whole: it would decode something else than what was meant. */
function readRule(node: Node, path: string, reading: Reading): readonly NamedRule[] {
  if (node.kind !== "map") {
    const message = isNull(node) ? "is empty" : `is a rule, such as ${EXAMPLE}`;
    reading.error(node.line, path, message, LEFT_OUT);
    return [];
  }
  const fields = new Fields(node, path, reading);
  const name = fields.read("name", RULE.name);
  const named = fields.required("protocol", RULE.protocol, LEFT_OUT);
  const found = fields.read("ports", RULE.ports);
  const given = fields.required("host", RULE.host, LEFT_OUT);
  fields.dead("port", "has no effect: write ports: [...]");
  fields.end("port");
  const isAuto = named === AUTO;
  const ports = found.filter((one) => one !== ANY_PORT);
  if (named === "") reading.error(node.line, path, `names no protocol: ${EXAMPLE}`, LEFT_OUT);
  if (isAuto && ports.length > 0) {
    reading.error(node.line, joined(path, "ports"), `${AUTO} looks on any port: write ports: [${ANY_PORT}]`, LEFT_OUT);
    return [];
  }
  if (fields.under("ports") === undefined && !isAuto) reading.warn(node.line, path, "has no ports: it decodes nothing");
  if (named === undefined || named === "" || given === undefined) return [];
  const anywhere = isAuto || found.includes(ANY_PORT) ? { anyPort: true } : {};
  // An address stands in the one form that packets' addresses are compared in.
  const host = canonicalAddress(given) ?? given;
  return (isAuto ? protocolNames : [named]).map((protocol) => ({ name, protocol, ports, ...anywhere, host }));
}

/** What is wrong with rules for a capture file, which tells addresses only; undefined when nothing is. */
export function wrongInFile(rule: NamedRule): string | undefined {
  if (rule.host === "" || canonicalAddress(rule.host) !== undefined) return undefined;
  return `${quoted(rule.host)} is a name, which a capture file (sniffer.file) does not tell: write its address`;
}
