/**
 * A configuration file as a tree of nodes that know their line. Keys are split at their dots, at every depth, and what
 * is said in dotted and in nested form is one tree.
 */
import { isAlias, isMap, isScalar, isSeq, LineCounter, type Node as YamlNode, parseDocument } from "npm:yaml@2.9.1";

/** Nodes at most, aliases resolved: more is no configuration but an attack, or a mistake. */
const MAX_NODES = 20_000;
const MAX_DEPTH = 24;
const MAX_PROBLEMS = 50;

export interface MapNode {
  readonly kind: "map";
  readonly line: number;
  readonly entries: Map<string, Entry>;
}

/** A key's value, and where the key stands. */
export interface Entry {
  readonly line: number;
  readonly node: Node;
}

export interface ListNode {
  readonly kind: "list";
  readonly line: number;
  readonly items: readonly Node[];
}

export interface ScalarNode {
  readonly kind: "scalar";
  readonly line: number;
  /** Null where nothing is said. */
  readonly value: string | number | boolean | null;
  /** As it was written, variables of the environment filled in. */
  readonly text: string;
}

export type Node = MapNode | ListNode | ScalarNode;

/** Is told what is wrong, and where; a warning is what does no harm. */
export type Report = (line: number, message: string, severity?: "error" | "warning") => void;

/** The value of an environment variable; undefined where it is not set. */
export type Environment = (name: string) => string | undefined;

/** The tree of a text; undefined when it is no YAML at all. Whatever is wrong is reported. */
export function parseTree(text: string, env: Environment, report: Report): MapNode | undefined {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: false, version: "1.1", merge: true });
  for (const error of document.errors.slice(0, MAX_PROBLEMS)) {
    report(lines.linePos(error.pos[0]).line, `no YAML: ${error.message.split("\n")[0]}`);
  }
  if (document.errors.length > 0) return undefined;
  const builder = new Builder((node) => lines.linePos(node.range?.[0] ?? 0).line, document, env, report);
  const root = document.contents;
  if (root === null || isScalar(root) && root.value === null) return { kind: "map", line: 1, entries: new Map() };
  if (!isMap(root)) {
    report(1, "a configuration is a mapping of keys to values; this is none");
    return undefined;
  }
  const tree = builder.build(root, 0);
  return builder.isTooLarge ? undefined : tree as MapNode;
}

class Builder {
  isTooLarge = false;
  #nodes = 0;

  constructor(
    private readonly lineOf: (node: YamlNode) => number,
    private readonly document: ReturnType<typeof parseDocument>,
    private readonly env: Environment,
    private readonly report: Report,
  ) {}

  build(node: unknown, depth: number): Node {
    const target = isAlias(node) ? node.resolve(this.document) : node;
    const line = target === undefined || target === null ? 1 : this.lineOf(target as YamlNode);
    if (++this.#nodes > MAX_NODES || depth > MAX_DEPTH) {
      if (!this.isTooLarge) this.report(line, `more than ${MAX_NODES} values, or more than ${MAX_DEPTH} levels deep`);
      this.isTooLarge = true;
      return { kind: "scalar", line, value: null, text: "" };
    }
    if (isMap(target)) return this.#map(target.items as { key: unknown; value: unknown }[], line, depth);
    if (isSeq(target)) {
      const items = (target.items as unknown[]).map((item) => this.isTooLarge ? null : this.build(item, depth + 1));
      return { kind: "list", line, items: items.filter((item) => item !== null) };
    }
    return this.#scalar(target, line);
  }

  #map(items: readonly { key: unknown; value: unknown }[], line: number, depth: number): MapNode {
    const map: MapNode = { kind: "map", line, entries: new Map() };
    // The same key twice in one mapping: the last one wins. The same leaf in two ways of writing is an error.
    const last = new Map(items.map(({ key }, i) => [isScalar(key) ? String(key.value) : "", i]));
    for (const [i, { key, value }] of items.entries()) {
      if (this.isTooLarge) break;
      const keyLine = isScalar(key) ? this.lineOf(key) : line;
      const name = isScalar(key) ? String(key.value) : undefined;
      if (name === undefined) {
        this.report(keyLine, "a key must be a word");
        continue;
      }
      if (last.get(name) !== i) continue;
      const parts = name.split(".");
      if (parts.includes("")) {
        this.report(keyLine, `'${name}' is no key: a part of it is empty`);
        continue;
      }
      let node = this.build(value, depth + parts.length);
      for (const part of parts.slice(1).reverse()) {
        node = { kind: "map", line: keyLine, entries: new Map([[part, { line: keyLine, node }]]) };
      }
      this.#merge(map, parts[0], { line: keyLine, node }, parts[0]);
    }
    return map;
  }

  #merge(map: MapNode, key: string, entry: Entry, path: string): void {
    const known = map.entries.get(key);
    if (known === undefined || isNull(known.node)) {
      map.entries.set(key, entry);
    } else if (isNull(entry.node)) {
      return; // nothing never overrides something
    } else if (known.node.kind === "map" && entry.node.kind === "map") {
      for (const [name, inner] of entry.node.entries) this.#merge(known.node, name, inner, `${path}.${name}`);
    } else {
      this.report(entry.line, `'${path}' is set twice: here and in line ${known.line}`);
    }
  }

  #scalar(target: unknown, line: number): ScalarNode {
    if (!isScalar(target)) return { kind: "scalar", line, value: null, text: "" };
    const { value, source } = target;
    if (typeof value !== "string") {
      const isKnown = typeof value === "number" || typeof value === "boolean" || value === null;
      return { kind: "scalar", line, value: isKnown ? value : String(value), text: source ?? String(value) };
    }
    const text = this.#filled(value, line);
    return { kind: "scalar", line, value: text, text };
  }

  /** Fills in `${NAME}` and `${NAME:-default}`; `$${` stands for the text itself. */
  #filled(text: string, line: number): string {
    if (!text.includes("${")) return text;
    return text.replace(/\$\$\{|\$\{([^}]*)\}?/g, (found: string, inner: string | undefined) => {
      if (inner === undefined) return "${";
      const [, name, fallback] = /^([A-Za-z_][A-Za-z0-9_]*)(?::-(.*))?$/s.exec(inner) ?? [];
      if (name === undefined || !found.endsWith("}")) {
        this.report(
          line,
          `'${found}' names no variable; write \${NAME}, \${NAME:-default}, or $\${ for the text itself`,
        );
        return "";
      }
      const value = this.env(name);
      if (value !== undefined && (value !== "" || fallback === undefined)) return value;
      if (fallback === undefined) {
        this.report(line, `the environment has no variable ${name}; set it, or write \${${name}:-default}`);
      }
      return fallback ?? "";
    });
  }
}

export function isNull(node: Node): boolean {
  return node.kind === "scalar" && node.value === null;
}
