/** What only several keys together tell. */
import { didYouMean } from "../core/near_miss.ts";
import { assemble } from "./assemble.ts";
import type { Config, NamedRule, PipelineConfig } from "./config.ts";
import { KEYS } from "./keys.ts";
import { PROCESSORS } from "./processors.ts";
import { quoted, type Reading } from "./reading.ts";
import { LEFT_OUT, wrongInFile } from "./rules.ts";
import { find, itemsOf, lineOf, type MapNode } from "./tree.ts";

/**
 * Checks values of several keys against each other.
 *
 * @param values of all keys
 * @returns the values, without what cannot be used
 */
export function checkTogether(values: Map<string, unknown>, tree: MapNode, reading: Reading): Map<string, unknown> {
  const config = assemble(values);
  values.set(KEYS.pipelines.key, knownSteps(config, tree, reading));
  values.set(KEYS.rules.key, usableRules(config, tree, reading));
  checkServiceNames(config, tree, reading);
  checkExporters(values, tree, reading);
  return values;
}

/** The pipelines with those of their processors that there are. */
function knownSteps({ processors, pipelines }: Config, tree: MapNode, reading: Reading): PipelineConfig[] {
  const names = processors.map(({ name }) => name as string), all = Object.keys(PROCESSORS);
  return pipelines.map((pipeline, i) => {
    const known = pipeline.processors.filter((name) => names.includes(name));
    for (const name of pipeline.processors) {
      if (names.includes(name)) continue;
      const message = all.includes(name)
        ? `${name} has to stand under processor too: - name: ${name}`
        : `${quoted(name)} is no processor${didYouMean(name, all) || ";"} there are ${all.join(", ")}`;
      reading.error(lineOfText(tree, KEYS.pipelines.key, name), `pipeline[${i}].processors`, message);
    }
    return { ...pipeline, processors: known };
  });
}

/** The rules with which something can be decoded. */
function usableRules({ sniffer }: Config, tree: MapNode, reading: Reading): readonly NamedRule[] {
  const { key } = KEYS.rules;
  const node = find(tree, key);
  if (node === undefined || itemsOf(node)?.length === 0) {
    reading.warn(lineOf(tree, key), key, "there are no rules: nothing is decoded");
  }
  if (sniffer.file === "") return sniffer.rules;
  return sniffer.rules.filter((rule) => {
    const trouble = wrongInFile(rule);
    if (trouble !== undefined) reading.error(lineOfText(tree, key, rule.host), key, trouble, LEFT_OUT);
    return trouble === undefined;
  });
}

function checkServiceNames({ processors, sniffer }: Config, tree: MapNode, reading: Reading): void {
  const names = sniffer.rules.flatMap(({ name }) => name === "" ? [] : [name]);
  for (const processor of processors) {
    if (processor.name !== "roundtripstotraces") continue;
    for (const name of processor.serviceNames.keys()) {
      if (names.includes(name)) continue;
      const there = names.length === 0
        ? ", nor any name"
        : `${didYouMean(name, names) || ";"} there are ${names.join(", ")}`;
      const message = `no rule has the name ${quoted(name)}${there}`;
      reading.error(lineOfText(tree, KEYS.processors.key, name), `${processor.name}.serviceNames`, message);
    }
  }
}

/** What sends to nowhere cannot be enabled. */
function checkExporters(values: Map<string, unknown>, tree: MapNode, reading: Reading): void {
  for (
    const [enabled, endpoint] of [[KEYS.tracesEnabled, KEYS.tracesEndpoint], [KEYS.pushEnabled, KEYS.pushEndpoint]]
  ) {
    if (values.get(enabled.key) !== true || values.get(endpoint.key) !== "") continue;
    values.set(enabled.key, false);
    if (find(tree, endpoint.key) !== undefined && !reading.lenient) continue; // it is wrong, which was told
    reading.error(lineOf(tree, enabled.key), enabled.key, `needs ${endpoint.key}`, "it is not enabled");
  }
  const { exporter, metricsStorage, pipelines } = assemble(values);
  const warn = (key: string, message: string) => reading.warn(lineOf(tree, key), key, message);
  if (exporter.traces.enabled && !pipelines.some(({ processors }) => processors.includes("roundtripstotraces"))) {
    warn(KEYS.tracesEnabled.key, "sends nothing: no pipeline has roundtripstotraces");
  }
  if (exporter.metrics.enabled && !metricsStorage.enabled) {
    warn(KEYS.pushEnabled.key, "sends nothing: metricsStorage.enabled is false");
  }
}

/** The line of the first value, or name, that reads like this under a key. */
function lineOfText(tree: MapNode, key: string, text: string): number {
  const node = find(tree, key);
  const open = node === undefined ? [] : [node];
  while (open.length > 0) {
    const next = open.pop()!;
    if (next.kind === "scalar") {
      if (next.text === text) return next.line;
    } else if (next.kind === "map" && next.entries.has(text)) {
      return next.entries.get(text)!.line;
    } else {
      const inner = next.kind === "list" ? next.items : [...next.entries.values()].map((entry) => entry.node);
      open.push(...inner.toReversed());
    }
  }
  return lineOf(tree, key);
}
