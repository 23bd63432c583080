/** Mappings with fixed keys, as rules and processors have them. */
import { didYouMean } from "../core/near_miss.ts";
import { type Kind, readOr } from "./kinds.ts";
import type { Reading } from "./reading.ts";
import { isNull, joined, type MapNode, type Node } from "./tree.ts";

/** A key of such a mapping. */
export interface Option<T> {
  readonly kind: Kind<T>;
  /** Its value when it is not set. */
  readonly fallback: T;
  readonly about: string;
}

export function option<T>(kind: Kind<T>, fallback: T, about: string): Option<T> {
  return { kind, fallback, about };
}

// deno-lint-ignore no-explicit-any -- the options of a mapping have kinds of many types
export type Options = Readonly<Record<string, Option<any>>>;

type ValuesOf<O extends Options> = { readonly [K in keyof O]: O[K] extends Option<infer T> ? T : never };

/** Reads one key of a mapping after the other. */
export class Fields {
  readonly #seen = new Set<string>();

  constructor(readonly node: MapNode, readonly path: string, private readonly reading: Reading) {}

  /** The value of a key; the fallback where it is not set or wrong. */
  read<T>(key: string, { kind, fallback }: Option<T>): T {
    return readOr(kind, this.under(key), joined(this.path, key), this.reading, fallback);
  }

  /** The same; undefined where it is wrong. @param instead what becomes of the mapping then, for messages */
  required<T>(key: string, { kind, fallback }: Option<T>, instead: string): T | undefined {
    const node = this.under(key);
    return node === undefined ? fallback : kind.read(node, joined(this.path, key), this.reading, instead);
  }

  readAll<O extends Options>(options: O): ValuesOf<O> {
    const values = Object.entries(options).map(([key, option]) => [key, this.read(key, option)] as const);
    return Object.fromEntries(values) as ValuesOf<O>;
  }

  /** The node under a key; undefined where nothing is said. */
  under(key: string): Node | undefined {
    this.#seen.add(key);
    const node = this.node.entries.get(key)?.node;
    return node === undefined || isNull(node) ? undefined : node;
  }

  /** A key that earlier versions had, or seemed to have. @param message why it has no effect */
  dead(key: string, message: string): void {
    const entry = this.node.entries.get(key);
    if (entry !== undefined) this.reading.warn(entry.line, joined(this.path, key), message);
  }

  /** Tells every key that was not asked for. @param dead keys that were told otherwise */
  end(...dead: string[]): void {
    for (const [key, { line }] of this.node.entries) {
      if (this.#seen.has(key) || dead.includes(key)) continue;
      this.reading.error(line, joined(this.path, key), unknownKey(key, this.#seen));
    }
  }
}

/** What is said of a key that there is not. @param known those that stand beside it */
export function unknownKey(key: string, known: Iterable<string>): string {
  const all = [...known];
  return `there is no such key${didYouMean(key, all) || ";"} there are ${all.join(", ")}`;
}
