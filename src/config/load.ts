/** From the text of a configuration to a configuration, or to everything that is wrong with it. */
import { assemble } from "./assemble.ts";
import type { Config } from "./config.ts";
import type { Environment } from "./environment.ts";
import { allKeys, DEAD_KEYS, OLD_KEYS } from "./keys.ts";
import { readOr } from "./kinds.ts";
import { type Checks, type Problem, Reading } from "./reading.ts";
import { unknownKey } from "./record.ts";
import { checkTogether } from "./together.ts";
import { find, isNull, joined, type MapNode } from "./tree.ts";
import { parseTree } from "./yaml.ts";

export interface LoadOptions extends Checks {
  readonly env: Environment;
  /** Whatever can be left out only warns, and its key has the value that it has without being set. */
  readonly lenient: boolean;
}

export interface Loaded {
  /** Undefined where the text is no configuration at all, or has an error. */
  readonly config: Config | undefined;
  /** By line. */
  readonly problems: readonly Problem[];
}

/** Never throws, whatever the text is. */
export function loadConfig(text: string, options: LoadOptions): Loaded {
  const reading = new Reading(options, options.lenient);
  const tree = parseTree(text, options.env, reading);
  const config = tree === undefined ? undefined : assemble(checkTogether(readValues(tree, reading), tree, reading));
  return { config: reading.hasErrors ? undefined : config, problems: reading.problems() };
}

function readValues(tree: MapNode, reading: Reading): Map<string, unknown> {
  const values = new Map<string, unknown>();
  for (const one of allKeys) {
    values.set(one.key, readOr(one.kind, find(tree, one.key), one.key, reading, one.fallback));
  }
  readOldKeys(tree, values, reading);
  tellUnknown(tree, "", new Set([...values.keys(), ...Object.keys(OLD_KEYS)]), reading);
  return values;
}

function readOldKeys(tree: MapNode, values: Map<string, unknown>, reading: Reading): void {
  for (const [old, { key, kind, as }] of Object.entries(OLD_KEYS)) {
    const node = find(tree, old);
    const given = node === undefined ? undefined : kind.read(node, old, reading, "ignored");
    const value = given === undefined ? undefined : as(given);
    if (value === undefined) continue;
    const other = find(tree, key);
    if (other === undefined) {
      values.set(key, value);
    } else if (values.get(key) !== value) {
      reading.error(node!.line, old, `contradicts ${key} in line ${other.line}, which it is an old name of: leave one`);
    }
  }
}

function tellUnknown(map: MapNode, path: string, known: ReadonlySet<string>, reading: Reading): void {
  const start = path === "" ? "" : `${path}.`;
  const inner = [...known].filter((key) => key.startsWith(start));
  const siblings = new Set(inner.map((key) => key.slice(start.length).split(".")[0]));
  const named = [...siblings].filter((name) => !Object.hasOwn(OLD_KEYS, joined(path, name)));
  for (const [name, { line, node }] of map.entries) {
    const key = joined(path, name);
    if (known.has(key)) continue;
    if (Object.hasOwn(DEAD_KEYS, key)) reading.warn(line, key, DEAD_KEYS[key]);
    else if (!siblings.has(name)) reading.error(line, key, unknownKey(name, named));
    else if (node.kind === "map") tellUnknown(node, key, known, reading);
    else if (!isNull(node)) {
      const keys = inner.filter((one) => one.startsWith(`${key}.`)).map((one) => one.slice(key.length + 1));
      reading.error(line, key, `is a section with keys of its own, not a value: ${keys.join(", ")}`);
    }
  }
}
