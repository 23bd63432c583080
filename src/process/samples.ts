/** Samples as text, one line each, which both formats of `/protocol/metrics` have: `name{label="value",le="1"} 2`. */
import type { Family, LabelSet } from "./group.ts";
import type { SampleVisitor, Series, Suffix } from "./series.ts";

/** Characters after which the text so far is handed on. */
export const CHUNK = 65536;

const escapes: Readonly<Record<string, string>> = { "\\": "\\\\", '"': '\\"', "\n": "\\n" };

/** A label value between its quotes. */
export function escaped(value: string): string {
  return /["\\\n]/.test(value) ? value.replace(/["\\\n]/g, (character) => escapes[character]) : value;
}

/** Labels between their braces, without these: `a="1",b="2"`. */
export function labelsText(names: readonly string[], values: readonly string[]): string {
  let text = "";
  for (let i = 0; i < names.length; i++) text += `${i === 0 ? "" : ","}${names[i]}="${escaped(values[i])}"`;
  return text;
}

/** The number that stands for what is not finite. */
export function notFinite(value: number): string {
  return Number.isNaN(value) ? "NaN" : value > 0 ? "+Inf" : "-Inf";
}

export class SampleLines {
  readonly #number: (value: number) => string;
  #text = "";
  #names: readonly string[] = [];
  #name = "";
  #only: Suffix | undefined;
  /** What stands behind the labels of each bucket: `le="1"} `. */
  #bucketTails: readonly string[] = [];
  #bucketHead = "";
  #labels = "";

  constructor(number: (value: number) => string) {
    this.#number = number;
  }

  get length(): number {
    return this.#text.length;
  }

  /** What was written since the last call. */
  take(): string {
    const text = this.#text;
    this.#text = "";
    return text;
  }

  line(text: string): void {
    this.#text += text + "\n";
  }

  /** @param only the one suffix of which samples are written */
  family(family: Family, bucketTexts: readonly string[], only?: Suffix): void {
    this.#name = family.name;
    this.#names = family.group.labelNames;
    this.#only = only;
    this.#bucketTails = bucketTexts.map((text) => `${family.bucketLabel?.name}="${text}"} `);
  }

  /** A series of the family begun last. */
  series(set: LabelSet, series: Series): void {
    const labels = labelsText(this.#names, set.values);
    this.#bucketHead = `${this.#name}_bucket{${labels}${labels === "" ? "" : ","}`;
    this.#labels = `{${labels}} `;
    series.samples(this.#sample);
  }

  readonly #sample: SampleVisitor = (suffix, bucket, value) => {
    if (this.#only !== undefined && suffix !== this.#only) return;
    const head = bucket < 0 ? this.#name + suffix + this.#labels : this.#bucketHead + this.#bucketTails[bucket];
    this.#text += head + this.#number(value) + "\n";
  };
}
