/**
 * Finds what belongs to a list of label values: one level a label. No key is made for a lookup, so that one costs no
 * garbage; the bench has the rivals (a joined string, JSON).
 */

/** What follows one value on a level. Most levels have one value only (a port, a server), which needs no map. */
class Branch<T> {
  #value = "";
  #child: Branch<T> | T | undefined = undefined;
  #others: Map<string, Branch<T> | T> | undefined = undefined;

  get(value: string): Branch<T> | T | undefined {
    if (this.#child !== undefined && value === this.#value) return this.#child;
    return this.#others?.get(value);
  }

  /** Adds a value that is not there yet. */
  add(value: string, child: Branch<T> | T): void {
    if (this.#child === undefined) {
      this.#value = value;
      this.#child = child;
    } else (this.#others ??= new Map()).set(value, child);
  }

  /** @returns whether nothing is left */
  delete(value: string): boolean {
    if (this.#child !== undefined && value === this.#value) {
      this.#value = "";
      this.#child = undefined;
    } else if (this.#others?.delete(value) && this.#others.size === 0) this.#others = undefined;
    return this.#child === undefined && this.#others === undefined;
  }
}

export class LabelTree<T extends object> {
  readonly #depth: number;
  #root: Branch<T> | T | undefined = undefined;

  /** @param depth how many values every list has */
  constructor(depth: number) {
    this.#depth = depth;
  }

  get isEmpty(): boolean {
    return this.#root === undefined;
  }

  find(values: readonly string[]): T | undefined {
    let at = this.#root;
    for (let i = 0; i < this.#depth && at !== undefined; i++) at = (at as Branch<T>).get(values[i]);
    return at as T | undefined;
  }

  /** Adds what is not there yet. */
  add(values: readonly string[], item: T): void {
    if (this.#depth === 0) {
      this.#root = item;
      return;
    }
    let at = (this.#root ??= new Branch<T>()) as Branch<T>;
    for (let i = 0; i < this.#depth - 1; i++) {
      let next = at.get(values[i]) as Branch<T> | undefined;
      if (next === undefined) at.add(values[i], next = new Branch<T>());
      at = next;
    }
    at.add(values[this.#depth - 1], item);
  }

  /** Removes what is there. */
  delete(values: readonly string[]): void {
    if (this.#depth === 0 || this.#emptied(this.#root as Branch<T>, values, 0)) this.#root = undefined;
  }

  #emptied(branch: Branch<T>, values: readonly string[], level: number): boolean {
    if (level < this.#depth - 1 && !this.#emptied(branch.get(values[level]) as Branch<T>, values, level + 1)) {
      return false;
    }
    return branch.delete(values[level]);
  }
}
