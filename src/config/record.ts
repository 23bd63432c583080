/** Mappings with fixed keys, as rules and processors have them. */
import { didYouMean } from "../core/near_miss.ts";
import type { Kind } from "./kinds.ts";
import { isNull, type MapNode, type Node, type Report } from "./tree.ts";

/** Reads one key of a mapping: its value, or the fallback where it is not set or wrong. */
export class Fields {
  readonly #seen = new Set<string>();

  constructor(readonly node: MapNode, readonly path: string, private readonly report: Report) {}

  read<T>(key: string, kind: Kind<T>, fallback: T): T {
    const node = this.node_(key);
    return node === undefined ? fallback : kind.read(node, `${this.path}.${key}`, this.report) ?? fallback;
  }

  /** The node under a key; undefined where nothing is said. */
  node_(key: string): Node | undefined {
    this.#seen.add(key);
    const node = this.node.entries.get(key)?.node;
    return node === undefined || isNull(node) ? undefined : node;
  }

  /** Reports every key that was not asked for. */
  end(): void {
    for (const [key, { line }] of this.node.entries) {
      if (this.#seen.has(key)) continue;
      const hint = didYouMean(key, this.#seen) || ";";
      this.report(line, `${this.path} has no key '${key}'${hint} known: ${[...this.#seen].join(", ")}`);
    }
  }
}
