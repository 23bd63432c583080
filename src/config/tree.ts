/**
 * A configuration file as a tree of nodes that know their line. Keys are split at their dots, at every depth, and what
 * is said in dotted and in nested form is one tree.
 */
import type { Reading } from "./reading.ts";

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
  /** As it was written, variables of the environment filled in. */
  readonly text: string;
  /** Whether nothing is said: `key:`, `key: ~`, `key: null`. */
  readonly isNull: boolean;
}

export type Node = MapNode | ListNode | ScalarNode;

export function isNull(node: Node): boolean {
  return node.kind === "scalar" && node.isNull;
}

/**
 * Says in a mapping what a dotted key says.
 *
 * @param parts the key, split at its dots
 * @param path key of the mapping itself, for messages; empty for the whole file
 */
export function put(map: MapNode, parts: readonly string[], entry: Entry, path: string, reading: Reading): void {
  const [first, ...rest] = parts;
  let { node } = entry;
  for (const part of rest.reverse()) {
    node = { kind: "map", line: entry.line, entries: new Map([[part, { line: entry.line, node }]]) };
  }
  merge(map, first, { line: entry.line, node }, joined(path, first), reading);
}

function merge(map: MapNode, name: string, entry: Entry, key: string, reading: Reading): void {
  const known = map.entries.get(name);
  if (known === undefined || isNull(known.node)) {
    map.entries.set(name, entry);
  } else if (isNull(entry.node)) {
    return; // nothing never overrides something
  } else if (known.node.kind === "map" && entry.node.kind === "map") {
    for (const [inner, one] of entry.node.entries) merge(known.node, inner, one, joined(key, inner), reading);
  } else {
    reading.refuse(entry.line, key, `is set twice, here and in line ${known.line}: leave one of them`);
  }
}

/** The node of a key; undefined where nothing is said. */
export function find(tree: MapNode, key: string): Node | undefined {
  const node = entryOf(tree, key)?.node;
  return node === undefined || isNull(node) ? undefined : node;
}

/** The line of a key, or of the innermost section of it that is there. */
export function lineOf(tree: MapNode, key: string): number {
  for (let parts = key.split("."); parts.length > 0; parts = parts.slice(0, -1)) {
    const entry = entryOf(tree, parts.join("."));
    if (entry !== undefined) return entry.line;
  }
  return 1;
}

function entryOf(tree: MapNode, key: string): Entry | undefined {
  let entry: Entry | undefined = { line: tree.line, node: tree };
  for (const part of key.split(".")) entry = entry?.node.kind === "map" ? entry.node.entries.get(part) : undefined;
  return entry;
}

/** The items of a list, which may also be written as a mapping of their positions; undefined for what is no list. */
export function itemsOf(node: Node): readonly Node[] | undefined {
  if (node.kind === "list") return node.items;
  if (node.kind === "scalar" || node.entries.size === 0) return undefined;
  const entries = [...node.entries];
  if (!entries.every(([name]) => /^\d{1,4}$/.test(name))) return undefined;
  return entries.toSorted(([a], [b]) => Number(a) - Number(b)).map(([, entry]) => entry.node);
}

export function joined(path: string, name: string): string {
  return path === "" ? name : `${path}.${name}`;
}
