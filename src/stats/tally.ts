/**
 * Groups by their labels, of which no traffic makes more than a ceiling: when there are twice as many, the smaller half
 * goes into one. What is large at any time stays, whatever else comes; and no round trip is ever left out of the sum.
 */
import { owned } from "../bytes/text.ts";
import { shortened } from "../export/printable.ts";
import { LabelTree } from "../process/label_tree.ts";
import { Group } from "./group.ts";

/** Groups that are kept. */
export const GROUPS = 1000;
/** Characters of a label that are kept. */
const LABEL_CHARACTERS = 600;

export class Tally {
  /** All that found no place of its own. */
  readonly other = new Group([]);
  /** How many groups went into it; one that comes back counts anew. */
  folded = 0;
  readonly #most: number;
  readonly #tree: LabelTree<Group>;
  #groups: Group[] = [];

  /** @param dimensions how many labels every group has */
  constructor(dimensions: number, most = GROUPS) {
    this.#most = most;
    this.#tree = new LabelTree(dimensions);
  }

  get groups(): readonly Group[] {
    return this.#groups;
  }

  /** The group of these labels, which are borrowed. */
  of(labels: readonly string[]): Group {
    return this.#tree.find(labels) ?? this.#open(labels);
  }

  /** Adds what another one of the same dimensions has counted. */
  merge(tally: Tally): void {
    for (const group of tally.groups) this.of(group.labels).merge(group);
    this.other.merge(tally.other);
    this.folded += tally.folded;
  }

  #open(labels: readonly string[]): Group {
    const kept = labels.map((label) => owned(shortened(label, LABEL_CHARACTERS)));
    const known = this.#tree.find(kept);
    if (known !== undefined) return known;
    if (this.#groups.length >= 2 * this.#most) this.#fold();
    const group = new Group(kept);
    this.#tree.add(kept, group);
    this.#groups.push(group);
    return group;
  }

  /** The sort is stable: of equal ones the older stays. */
  #fold(): void {
    const ordered = this.#groups.toSorted((a, b) => b.weight - a.weight);
    this.#groups = ordered.slice(0, this.#most);
    for (const group of ordered.slice(this.#most)) {
      this.other.merge(group);
      this.#tree.delete(group.labels);
      this.folded++;
    }
  }
}
