/** `processor` and `pipeline`: what is done with round trips, and in which order. */
import { didYouMean } from "../core/near_miss.ts";
import { protocols } from "../protocols/mod.ts";
import { protocolNamed, protocolNames } from "../protocols/registry.ts";
import type { PipelineConfig, ProcessorConfig } from "./config.ts";
import { bool, choice, type Kind, list, share, text, texts } from "./kinds.ts";
import { Fields } from "./record.ts";
import { selector, selectorsOf } from "./selectors.ts";
import { isNull, type MapNode, type Node, type Report } from "./tree.ts";

export type Pipeline = PipelineConfig;

/** How the `config` of each processor is read. */
const READERS: { readonly [N in ProcessorConfig["name"]]: (fields: Fields, report: Report) => ProcessorConfig } = {
  roundtripstometrics: (fields, report) => ({
    name: "roundtripstometrics",
    requireLabels: new Map(
      protocolNames.flatMap((name) => {
        const node = fields.node_(name);
        return node === undefined ? [] : [[name, requiredLabels(node, name, fields.path, report)] as const];
      }),
    ),
  }),
  roundtripstotraces: (fields) => ({
    name: "roundtripstotraces",
    semconv: fields.read("semconv", choice("packetd", "otel"), "packetd"),
    serviceName: fields.read("serviceName", text(), "packetd"),
    serviceNames: fields.read("serviceNames", texts, new Map()),
    unanswered: fields.read("unanswered", bool, false),
  }),
  roundtripsfilter: (fields) => ({
    name: "roundtripsfilter",
    where: fields.read("where", text("expression"), ""),
    drop: fields.read("drop", text("expression"), ""),
    sample: fields.read("sample", share, 1),
  }),
};

const NAMES = Object.keys(READERS) as ProcessorConfig["name"][];
const EMPTY: MapNode = { kind: "map", line: 0, entries: new Map() };

function requiredLabels(node: Node, protocol: string, path: string, report: Report): readonly string[] {
  if (node.kind !== "map") {
    report(node.line, `${path}.${protocol} is a mapping: {requireLabels: [server.port]}`);
    return [];
  }
  const fields = new Fields(node, `${path}.${protocol}`, report);
  const known = selector(protocol, () => selectorsOf(protocolNamed(protocol)!));
  const labels = fields.read("requireLabels", list(known), []);
  fields.node_("expired"); // of earlier versions, without effect
  fields.end();
  return labels;
}

export const processors: Kind<readonly ProcessorConfig[]> = {
  name: "list of processors",
  yaml: (values) => JSON.stringify(values),
  read(node, key, report) {
    return entries(node, key, "- {name: roundtripstometrics, config: ...}", report).map((entry) => {
      const { path } = entry;
      const given = entry.read("name", text(), "");
      const name = NAMES.find((one) => one === given);
      const config = entry.node_("config") ?? EMPTY;
      entry.end();
      if (name === undefined) {
        const hint = didYouMean(given, NAMES) || ";";
        report(entry.node.line, `${path}: there is no processor '${given}'${hint} known: ${NAMES.join(", ")}`);
        return undefined;
      }
      if (config.kind !== "map") {
        report(config.line, `${path}.config is a mapping`);
        return undefined;
      }
      const fields = new Fields(config, `${path}.config`, report);
      const processor = READERS[name](fields, report);
      fields.end();
      return processor;
    }).filter((processor) => processor !== undefined);
  },
};

export const pipelines: Kind<readonly PipelineConfig[]> = {
  name: "list of pipelines",
  yaml: (values) => JSON.stringify(values),
  read(node, key, report) {
    return entries(node, key, "- {name: metrics/common, processors: [roundtripstometrics]}", report).map((entry) => {
      const pipeline = {
        name: entry.read("name", text(), ""),
        processors: entry.read("processors", list(text("processor")), []),
      };
      entry.end();
      return pipeline;
    });
  },
};

/** The entries of a list of mappings. */
function entries(node: Node, key: string, example: string, report: Report): Fields[] {
  if (node.kind !== "list") {
    report(node.line, `${key} is a list: ${example}`);
    return [];
  }
  return node.items.flatMap((item, i) => {
    if (item.kind === "map") return [new Fields(item, `${key}[${i}]`, report)];
    if (!isNull(item)) report(item.line, `${key}[${i}] is a mapping: ${example}`);
    return [];
  });
}

/** The processors as the reference shows them, with every selector that there is. */
export function processorReference(): string[] {
  const lines = ["processor:", "  - name: roundtripstometrics", "    config:"];
  for (const protocol of protocols) {
    lines.push(`      ${protocol.name}:`, "        requireLabels:");
    for (const name of selectorsOf(protocol)) lines.push(`          # - ${name}`);
  }
  return [
    ...lines,
    "  - name: roundtripstotraces",
    "    config:",
    "      # packetd: the names that packetd has always had; otel: OpenTelemetry's current ones",
    "      semconv: packetd",
    "      # service.name of the spans, and other ones by the name of the rule that captured the round trip",
    "      serviceName: packetd",
    "      serviceNames: {}",
    "      # make spans, with status Error, of requests that were not answered",
    "      unanswered: false",
    "  # Only what `where` accepts, and `drop` does not, goes on to the steps after it; of that, a share is kept.",
    "  # The language of expressions: packetd help expressions",
    "  # - name: roundtripsfilter",
    "  #   config:",
    "  #     where: http and duration > 50ms",
    '  #     drop: path ~ "^/health"',
    "  #     sample: 1",
  ];
}
