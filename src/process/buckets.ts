/** The buckets of `le` histograms: upper bounds, each in the bucket that it ends. */

export interface Buckets {
  /** Ascending; after the last one comes the bucket without end. */
  readonly bounds: readonly number[];
  /** Values of the label `le`, that of the bucket without end included: shortest plain decimals. */
  readonly texts: readonly string[];
  /** The same numbers as OpenMetrics has them, which are Go's: `1.0`, `1.048576e+06`. */
  readonly openMetricsTexts: readonly string[];
}

function buckets(bounds: readonly number[]): Buckets {
  return {
    bounds,
    texts: [...bounds.map(String), "+Inf"],
    openMetricsTexts: [...bounds.map(openMetricsNumber), "+Inf"],
  };
}

/** OpenMetrics 1.0, "Considerations: Canonical Numbers": `%g` with at least one digit after the point. */
function openMetricsNumber(value: number): string {
  if (value >= 1e6) {
    const [digits, exponent] = value.toExponential().split("e+");
    return `${digits}e+${exponent.padStart(2, "0")}`;
  }
  return Number.isInteger(value) ? `${value}.0` : String(value);
}

const KIB = 1024, MIB = 1024 * 1024;

export const SECONDS = buckets([0.001, 0.005, 0.01, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600]);
export const BYTES = buckets([
  ...[10, 100, 250, 500].map((size) => size * KIB),
  ...[1, 5, 10, 20, 30, 50, 80, 100, 150, 200, 500].map((size) => size * MIB),
]);
