/** `/protocol/metrics` as packetd has always shown it: samples alone, braces always, six decimals. */
import type { Kind } from "./group.ts";
import { CHUNK, notFinite, SampleLines } from "./samples.ts";
import type { MetricStorage } from "./storage.ts";

export const CONTRACT_TYPE = "text/plain; version=0.0.4; charset=utf-8";

const order: readonly Kind[] = ["counter", "gauge", "histogram", "vmhistogram"];

/** The whole text in chunks, so that much of it blocks nobody for long. Counting may go on between two of them. */
export function* contractText(storage: MetricStorage): Generator<string> {
  const lines = new SampleLines(sixDecimals);
  const sets = new Map(storage.groups.map((group) => [group, group.labelSets()]));
  for (const kind of order) {
    for (const family of storage.families) {
      if (family.kind !== kind) continue;
      lines.family(family, family.bucketLabel?.texts ?? []);
      for (const set of sets.get(family.group) ?? []) {
        const series = family.peek(set);
        if (series !== undefined) lines.series(set, series);
        if (lines.length >= CHUNK) yield lines.take();
      }
    }
  }
  if (lines.length > 0) yield lines.take();
}

/** Text of a number as C's and Go's `%f` have it: never an exponent, and of two equally near texts the even one. */
export function sixDecimals(value: number): string {
  if (Number.isSafeInteger(value)) return `${value}.000000`;
  if (!Number.isFinite(value)) return notFinite(value);
  if (Math.abs(value) >= 2 ** 53) return `${BigInt(value)}.000000`;
  // Odd multiples of 1/128 are those that lie between two texts; `toFixed` takes the greater one.
  const isBetween = Math.abs(value * 128) % 2 === 1;
  const millionths = Math.floor(Math.abs(value) * 1e6);
  if (isBetween && millionths % 2 === 0) return (Math.sign(value) * millionths / 1e6).toFixed(6);
  return value.toFixed(6);
}
