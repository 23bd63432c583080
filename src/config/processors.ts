/** `processor` and `pipeline`: what is done with round trips, and in which order. */
import { didYouMean } from "../core/near_miss.ts";
import { protocols } from "../protocols/mod.ts";
import type { PipelineConfig, ProcessorConfig } from "./config.ts";
import { bool, checkedText, choice, type Kind, list, share, text, texts } from "./kinds.ts";
import { quoted, type Reading } from "./reading.ts";
import { Fields, option, type Options } from "./record.ts";
import { selector, selectorsOf } from "./selectors.ts";
import { isNull, itemsOf, type MapNode, type Node } from "./tree.ts";
import { expression } from "./words.ts";

/** The key of each protocol's mapping that names its labels. */
const LABELS = "requireLabels";

/** What the processors can be told, but for the labels of metrics. */
export const OPTIONS = {
  roundtripstotraces: {
    semconv: option(
      choice("packetd", "otel"),
      "packetd",
      "names of the attributes: those that packetd has always had, or OpenTelemetry's current ones",
    ),
    serviceName: option(
      checkedText("text", (given) => given === "" ? "names no service" : undefined),
      "packetd",
      "service.name of the spans",
    ),
    serviceNames: option(
      texts(text, () => undefined),
      new Map(),
      "other service names, by the name of the rule that captured the round trip",
    ),
    unanswered: option(bool, false, "make spans, with status Error, of requests that were not answered"),
  },
  roundtripsfilter: {
    where: option(expression, "", "only round trips that this accepts go on; empty: all"),
    drop: option(expression, "", "round trips that this accepts do not go on; empty: none"),
    sample: option(share, 1, "the share of those that go on which is kept"),
  },
} as const satisfies Record<string, Options>;

/** What each processor does. */
export const PROCESSORS: { readonly [N in ProcessorConfig["name"]]: string } = {
  roundtripstometrics: "counts round trips, their durations and sizes, by the labels that are asked for",
  roundtripstotraces: "makes a span of each round trip",
  roundtripsfilter: "keeps round trips from the steps after it",
};

const NAMES = Object.keys(PROCESSORS) as ProcessorConfig["name"][];
const EMPTY: MapNode = { kind: "map", line: 0, entries: new Map() };

function readProcessor(name: ProcessorConfig["name"], fields: Fields, reading: Reading): ProcessorConfig {
  if (name === "roundtripstometrics") return { name, requireLabels: readLabels(fields, reading) };
  if (name === "roundtripstotraces") return { name, ...fields.readAll(OPTIONS[name]) };
  return { name, ...fields.readAll(OPTIONS[name]) };
}

function readLabels(fields: Fields, reading: Reading): ReadonlyMap<string, readonly string[]> {
  const labels = new Map<string, readonly string[]>();
  for (const protocol of protocols) {
    const node = fields.under(protocol.name), path = `${fields.path}.${protocol.name}`;
    if (node === undefined) continue;
    if (node.kind !== "map") {
      reading.error(node.line, path, `is a mapping, such as {${LABELS}: [server.port]}`);
      continue;
    }
    const inner = new Fields(node, path, reading);
    const known = selector(protocol.name, () => [...selectorsOf(protocol).keys()]);
    labels.set(protocol.name, inner.read(LABELS, option(list(known), [], "")));
    inner.dead("expired", "has no effect: metricsStorage.expired is what counts");
    inner.end("expired");
  }
  return labels;
}

export const processors: Kind<readonly ProcessorConfig[]> = {
  name: "list of processors",
  yaml: (values) => JSON.stringify(values, (_, value) => value instanceof Map ? Object.fromEntries(value) : value),
  read(node, key, reading) {
    const found = new Map<string, ProcessorConfig>();
    for (const entry of entries(node, key, "{name: roundtripstometrics}", reading)) {
      const { path } = entry, { line } = entry.node;
      const given = entry.read("name", option(text, "", ""));
      const name = NAMES.find((one) => one === given);
      const config = entry.under("config") ?? EMPTY;
      entry.end();
      if (name === undefined) {
        const what = given === "" ? "names no processor" : `there is no processor ${quoted(given)}`;
        reading.error(line, path, `${what}${didYouMean(given, NAMES) || ";"} there are ${NAMES.join(", ")}`);
      } else if (found.has(name)) {
        reading.error(line, path, `${name} stands in the list for the second time: each processor is one`);
      } else if (config.kind !== "map") {
        reading.error(config.line, `${path}.config`, "is a mapping of options");
      } else {
        const fields = new Fields(config, `${path}.config`, reading);
        found.set(name, readProcessor(name, fields, reading));
        fields.end();
      }
    }
    return [...found.values()];
  },
};

export const pipelines: Kind<readonly PipelineConfig[]> = {
  name: "list of pipelines",
  yaml: (values) => JSON.stringify(values),
  read(node, key, reading) {
    const example = "{name: metrics/common, processors: [roundtripstometrics]}";
    return entries(node, key, example, reading).map((entry) => {
      const pipeline = entry.readAll(PIPELINE);
      entry.end();
      return pipeline;
    });
  },
};

/** The keys of a pipeline. */
export const PIPELINE = {
  name: option(text, "", "a name for people"),
  processors: option(list(text), [], "names of processors, in the order in which they get a round trip"),
} as const;

/** The entries of a list of mappings. */
function entries(node: Node, key: string, example: string, reading: Reading): Fields[] {
  const items = itemsOf(node);
  if (items === undefined) {
    reading.error(node.line, key, `is a list, such as [${example}]`);
    return [];
  }
  return items.flatMap((item, i) => {
    if (item.kind === "map") return [new Fields(item, `${key}[${i}]`, reading)];
    reading.error(item.line, `${key}[${i}]`, isNull(item) ? "is empty" : `is a mapping, such as ${example}`);
    return [];
  });
}
