/** From the text of a configuration to a configuration, or to everything that is wrong with it. */
import { didYouMean } from "../core/near_miss.ts";
import { assemble } from "./assemble.ts";
import type { Config } from "./config.ts";
import { allKeys, DEAD_KEYS, KEYS, OLD_KEYS } from "./keys.ts";
import { type Environment, isNull, type MapNode, type Node, parseTree } from "./tree.ts";

/** What is not as it should be. */
export interface Problem {
  readonly line: number;
  readonly message: string;
  /** A warning does no harm: the configuration can be used. */
  readonly severity: "error" | "warning";
}

export interface LoadOptions {
  readonly env: Environment;
  /** Whatever can be left out only warns, and its key has the value that it has without being set. */
  readonly lenient: boolean;
  /** What is wrong with an expression; undefined when it is right. */
  readonly checkExpression?: (text: string) => string | undefined;
}

export interface Loaded {
  /** Undefined where the text is no configuration at all, or has an error. */
  readonly config: Config | undefined;
  /** By line. */
  readonly problems: readonly Problem[];
}

/** Never throws, whatever the text is. */
export function loadConfig(text: string, options: LoadOptions): Loaded {
  const problems: Problem[] = [];
  let isLenient = false; // what is no YAML stays an error
  const report = (line: number, message: string, severity: Problem["severity"] = "error") => {
    problems.push({ line, message, severity: isLenient ? "warning" : severity });
  };
  const tree = parseTree(text, options.env, report);
  let config: Config | undefined;
  if (tree !== undefined) {
    isLenient = options.lenient;
    const values = readValues(tree, report);
    checkTogether(values, tree, report, options.checkExpression);
    config = assemble(values);
  }
  problems.sort((a, b) => a.line - b.line);
  return { config: problems.some(({ severity }) => severity === "error") ? undefined : config, problems };
}

type Report = (line: number, message: string, severity?: Problem["severity"]) => void;

function readValues(tree: MapNode, report: Report): Map<string, unknown> {
  const values = new Map<string, unknown>();
  const known = new Set<string>();
  const kinds = new Map(allKeys.map((key) => [key.key, key]));
  for (const { key, kind, fallback } of allKeys) {
    known.add(key);
    const node = find(tree, key);
    values.set(key, (node === undefined ? undefined : kind.read(node, key, report)) ?? fallback);
  }
  for (const [old, { key, as }] of Object.entries(OLD_KEYS)) {
    known.add(old);
    const node = find(tree, old);
    if (node === undefined) continue;
    const value = (as === undefined ? kinds.get(key)!.kind : KEYS.noPromisc.kind).read(node, old, report);
    if (value !== undefined && find(tree, key) === undefined) values.set(key, as === undefined ? value : as(value));
  }
  reportUnknown(tree, "", known, report);
  return values;
}

/** The node of a key; undefined where nothing is said. */
function find(tree: MapNode, key: string): Node | undefined {
  let node: Node | undefined = tree;
  for (const part of key.split(".")) node = node?.kind === "map" ? node.entries.get(part)?.node : undefined;
  return node === undefined || isNull(node) ? undefined : node;
}

function reportUnknown(map: MapNode, path: string, known: ReadonlySet<string>, report: Report): void {
  const at = path === "" ? "" : `${path}.`;
  for (const [name, { line, node }] of map.entries) {
    const key = at + name;
    if (known.has(key)) continue;
    if (DEAD_KEYS.includes(key)) {
      report(line, `${key} has no effect`, "warning");
      continue;
    }
    const siblings = new Set(
      [...known].filter((one) => one.startsWith(at)).map((one) => one.slice(at.length).split(".")[0]),
    );
    if (!siblings.has(name)) {
      const hint = didYouMean(name, siblings) || ";";
      const where = path === "" ? "a configuration" : path;
      report(line, `${where} has no key '${name}'${hint} known: ${[...siblings].join(", ")}`);
    } else if (node.kind === "map") reportUnknown(node, key, known, report);
    else if (!isNull(node)) report(line, `${key} is a section with keys of its own, not a value`);
  }
}

/** What only several keys together tell. */
function checkTogether(
  values: ReadonlyMap<string, unknown>,
  tree: MapNode,
  report: Report,
  checkExpression: LoadOptions["checkExpression"],
): void {
  const { processors, pipelines, exporter } = assemble(values);
  const lineOf = (key: string) => find(tree, key)?.line ?? 1;
  const names = new Set<string>();
  for (const processor of processors) {
    if (names.has(processor.name)) report(lineOf("processor"), `processor: '${processor.name}' stands there twice`);
    names.add(processor.name);
    if (processor.name !== "roundtripsfilter" || checkExpression === undefined) continue;
    for (const part of ["where", "drop"] as const) {
      const trouble = processor[part] === "" ? undefined : checkExpression(processor[part]);
      if (trouble !== undefined) report(lineOf("processor"), `processor ${processor.name}, ${part}: ${trouble}`);
    }
  }
  for (const pipeline of pipelines) {
    for (const name of pipeline.processors) {
      if (names.has(name)) continue;
      const hint = didYouMean(name, names);
      report(lineOf("pipeline"), `pipeline '${pipeline.name}' names '${name}', which is not under processor${hint}`);
    }
  }
  for (const [name, { enabled, endpoint }] of [["traces", exporter.traces], ["metrics", exporter.metrics]] as const) {
    if (enabled && endpoint === "") {
      report(lineOf(`exporter.${name}.enabled`), `exporter.${name} is enabled and has no endpoint`);
    }
  }
}
