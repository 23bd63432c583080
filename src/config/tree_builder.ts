/** From the nodes of the YAML library to those of a tree: aliases, merge keys, dotted keys and variables resolved. */
import { type Document, isAlias, isMap, isNode, isPair, isScalar, isSeq, type Node as YamlNode } from "npm:yaml@2.9.1";
import { type Environment, filled } from "./environment.ts";
import { quoted, type Reading } from "./reading.ts";
import { joined, type MapNode, type Node, put, type ScalarNode } from "./tree.ts";

/** More nodes with aliases resolved, or deeper nesting: no configuration, but a mistake or an attack. */
const MAX_NODES = 20_000;
const MAX_DEPTH = 24;

/** How YAML writes that nothing is said. */
const NULLS: readonly string[] = ["", "~", "null", "Null", "NULL"];

/** A pair of a mapping, its key as text. */
interface Pair {
  readonly name: string;
  readonly line: number;
  readonly value: unknown;
}

/** Whether a scalar says nothing. @param type how it is written; undefined where it is not written at all */
export function isNothing(value: unknown, type: string | undefined): boolean {
  return value === null || (type === undefined || type === "PLAIN") && NULLS.includes(String(value));
}

export class TreeBuilder {
  isTooLarge = false;
  #nodes = 0;
  readonly #anchors: ReadonlyMap<string, readonly YamlNode[]>;

  constructor(
    document: Document,
    private readonly lineAt: (offset: number) => number,
    private readonly env: Environment,
    private readonly reading: Reading,
  ) {
    this.#anchors = anchorsOf(document);
  }

  build(node: unknown, key: string, depth: number): Node {
    const target = this.#resolved(node, key);
    const line = this.#line(node);
    if (++this.#nodes > MAX_NODES || depth > MAX_DEPTH) {
      this.#giveUp(line);
      return { kind: "scalar", line, text: "", isNull: true };
    }
    if (isMap(target)) return this.#map(target.items, line, key, depth);
    if (isSeq(target)) {
      const items: Node[] = [];
      for (const [i, item] of target.items.entries()) {
        if (!this.isTooLarge) items.push(this.build(item, `${key}[${i}]`, depth + 1));
      }
      return { kind: "list", line, items };
    }
    return this.#scalar(target, line, key);
  }

  #map(items: readonly { key: unknown; value: unknown }[], line: number, path: string, depth: number): MapNode {
    const map: MapNode = { kind: "map", line, entries: new Map() };
    for (const { name, line, value } of this.#pairs(items, path, depth)) {
      if (this.isTooLarge) break;
      const parts = name.split("."), key = joined(path, name);
      if (parts.includes("")) {
        this.reading.refuse(line, key, "is no key: a part of it is empty");
      } else if (depth + parts.length > MAX_DEPTH) {
        this.#giveUp(line);
      } else {
        put(map, parts, { line, node: this.build(value, key, depth + parts.length) }, path, this.reading);
      }
    }
    return map;
  }

  /** What a mapping says: of a key that stands there twice the last, and what `<<` adds to that. */
  #pairs(items: readonly { key: unknown; value: unknown }[], path: string, depth: number): Pair[] {
    const pairs = new Map<string, Pair>(), added: Pair[] = [];
    for (const { key, value } of items) {
      const line = this.#line(key), word = this.#resolved(key, path);
      if (!isScalar(word)) {
        this.reading.refuse(line, path, "a key is one word, not a list or a mapping");
        continue;
      }
      const name = String(word.value ?? "");
      if (name === "<<" && word.type === "PLAIN") {
        added.push(...this.#merged(value, path, depth));
        continue;
      }
      const before = pairs.get(name);
      if (before !== undefined) {
        this.reading.warn(line, joined(path, name), `stands here for the second time: line ${before.line} is ignored`);
      }
      pairs.set(name, { name, line, value });
    }
    for (const pair of added) if (!pairs.has(pair.name)) pairs.set(pair.name, pair);
    return [...pairs.values()];
  }

  /** The pairs of the mapping, or of the list of mappings, that a merge key names (https://yaml.org/type/merge.html). */
  #merged(value: unknown, path: string, depth: number): Pair[] {
    const target = this.#resolved(value, path);
    if (++this.#nodes > MAX_NODES || depth > MAX_DEPTH) {
      this.#giveUp(this.#line(value));
      return [];
    }
    if (isSeq(target)) return target.items.flatMap((item) => this.#merged(item, path, depth + 1));
    if (isMap(target)) {
      this.#nodes += target.items.length;
      return this.#pairs(target.items, path, depth + 1);
    }
    this.reading.refuse(this.#line(value), path, "<< takes a mapping, or a list of mappings");
    return [];
  }

  #scalar(target: unknown, line: number, key: string): ScalarNode {
    if (!isScalar(target)) return { kind: "scalar", line, text: "", isNull: true };
    const written = String(target.value ?? "");
    if (!written.includes("${")) {
      return { kind: "scalar", line, text: written, isNull: isNothing(target.value, target.type) };
    }
    // What a variable gives counts as if it were written there without quotation marks.
    const text = filled(written, this.env, (message) => this.reading.error(line, key, message));
    return { kind: "scalar", line, text, isNull: NULLS.includes(text) };
  }

  /** What an alias stands for: of the anchors of its name the last one before it. */
  #resolved(node: unknown, key: string): unknown {
    if (!isAlias(node)) return node;
    const at = node.range?.[0] ?? 0;
    const target = this.#anchors.get(node.source)?.findLast(({ range }) => range![0] < at);
    if (target === undefined) {
      this.reading.refuse(this.#line(node), key, `the alias ${quoted("*" + node.source)} has no anchor before it`);
    }
    return target;
  }

  #line(node: unknown): number {
    return this.lineAt(isNode(node) ? node.range?.[0] ?? 0 : 0);
  }

  #giveUp(line: number): void {
    if (this.isTooLarge) return;
    this.isTooLarge = true;
    const what = `more than ${MAX_NODES} values, or more than ${MAX_DEPTH} levels`;
    this.reading.refuse(line, "", `${what}: that is no configuration`);
  }
}

/** All nodes with an anchor, by its name, in the order of the file. */
function anchorsOf(document: Document): ReadonlyMap<string, readonly YamlNode[]> {
  const anchors = new Map<string, YamlNode[]>();
  const open: unknown[] = [document.contents];
  while (open.length > 0) {
    const node = open.pop();
    if (isPair(node)) {
      open.push(node.value, node.key);
      continue;
    }
    if (!isNode(node) || isAlias(node)) continue;
    if (node.anchor !== undefined) {
      const known = anchors.get(node.anchor);
      if (known === undefined) anchors.set(node.anchor, [node]);
      else known.push(node);
    }
    if (isMap(node) || isSeq(node)) { for (const item of node.items.toReversed()) open.push(item); }
  }
  return anchors;
}
