/** From what one label set of a metric counted to the series that remote write has of it: one for each sample. */
import type { Family, LabelSet } from "../process/group.ts";
import type { SampleVisitor, Series, Suffix } from "../process/series.ts";
import type { WriteRequest } from "./remote_write_request.ts";

/** Where the value of a label comes from that the label set does not have. */
const METRIC_NAME = -1, BUCKET = -2;

/** What all series of a metric have in common. */
interface Shape {
  readonly names: Readonly<Record<Suffix, string>>;
  /** Every label that its series may have, sorted by name, with the index of its value in the label set. */
  readonly labels: readonly { readonly name: string; readonly from: number }[];
  readonly bucketTexts: readonly string[];
}

export class SeriesWriter {
  readonly #request: WriteRequest;
  readonly #shapes = new WeakMap<Family, Shape>();
  #shape!: Shape;
  #values: readonly string[] = [];
  #timeMs = 0;
  #isOver = false;

  constructor(request: WriteRequest) {
    this.#request = request;
  }

  /** @param isOver whether nothing more comes of it: its last samples are followed by markers, a millisecond later */
  write(family: Family, set: LabelSet, series: Series, timeMs: number, isOver = false): void {
    this.#shape = this.#shapeOf(family);
    this.#values = set.values;
    this.#timeMs = timeMs;
    this.#isOver = isOver;
    series.samples(this.#sample);
  }

  readonly #sample: SampleVisitor = (suffix, bucket, value) => {
    const request = this.#request;
    request.open();
    for (const { name, from } of this.#shape.labels) request.label(name, this.#labelValue(from, suffix, bucket));
    request.sample(value, this.#timeMs);
    if (this.#isOver) request.staleMarker(this.#timeMs + 1);
    request.close();
  };

  #labelValue(from: number, suffix: Suffix, bucket: number): string {
    if (from >= 0) return this.#values[from];
    if (from === METRIC_NAME) return this.#shape.names[suffix];
    return bucket < 0 ? "" : this.#shape.bucketTexts[bucket];
  }

  #shapeOf(family: Family): Shape {
    const known = this.#shapes.get(family);
    if (known !== undefined) return known;
    const { name, group, bucketLabel } = family;
    const labels = [{ name: "__name__", from: METRIC_NAME }, ...group.labelNames.map((name, from) => ({ name, from }))];
    if (bucketLabel !== undefined) labels.push({ name: bucketLabel.name, from: BUCKET });
    labels.sort((a, b) => a.name < b.name ? -1 : 1);
    const shape: Shape = {
      names: { "": name, _bucket: `${name}_bucket`, _sum: `${name}_sum`, _count: `${name}_count` },
      labels,
      bucketTexts: bucketLabel?.texts ?? [],
    };
    this.#shapes.set(family, shape);
    return shape;
  }
}
