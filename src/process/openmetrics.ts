/**
 * `/protocol/metrics` as OpenMetrics 1.0
 * (https://github.com/prometheus/OpenMetrics/blob/main/specification/OpenMetrics.md): the same samples, described.
 */
import type { Family } from "./group.ts";
import { CHUNK, escaped, notFinite, SampleLines } from "./samples.ts";
import type { Suffix } from "./series.ts";
import type { MetricStorage } from "./storage.ts";

export const OPENMETRICS_TYPE = "application/openmetrics-text; version=1.0.0; charset=utf-8";
export const END = "# EOF\n";

const TOTAL = "_total";

/** The whole text in chunks, so that much of it blocks nobody for long. Counting may go on between two of them. */
export function* openMetricsText(storage: MetricStorage): Generator<string> {
  const lines = new SampleLines(numberText);
  const sets = new Map(storage.groups.map((group) => [group, group.labelSets()]));
  for (const family of storage.families) {
    const shown = (sets.get(family.group) ?? []).filter((set) => family.peek(set) !== undefined);
    if (shown.length === 0) continue;
    for (const { name, type, only } of described(family)) {
      lines.line(descriptionText(name, type, family.help));
      lines.family(family, family.bucketLabel?.openMetricsTexts ?? [], only);
      for (const set of shown) {
        const series = family.peek(set); // may have expired since
        if (series !== undefined) lines.series(set, series);
        if (lines.length >= CHUNK) yield lines.take();
      }
    }
  }
  yield lines.take() + END;
}

interface Described {
  readonly name: string;
  readonly type: "counter" | "gauge" | "histogram" | "unknown";
  readonly only?: Suffix;
}

/**
 * What OpenMetrics makes of a metric. It has no type for ranges, and a family of unknown type has no suffixes: so a
 * histogram with ranges is three families.
 */
function described({ name, kind }: Family): Described[] {
  switch (kind) {
    case "counter":
      return name.endsWith(TOTAL) ? [{ name: name.slice(0, -TOTAL.length), type: kind }] : [{ name, type: "unknown" }];
    case "vmhistogram":
      return (["_bucket", "_sum", "_count"] as const).map((only) => ({ name: name + only, type: "unknown", only }));
    default:
      return [{ name, type: kind }];
  }
}

/** The lines in front of a family's samples, without the last line's end. The unit stands in the name. */
export function descriptionText(name: string, type: string, help: string): string {
  const unit = /_(seconds|bytes)$/.exec(name)?.[1];
  return `# TYPE ${name} ${type}\n${unit === undefined ? "" : `# UNIT ${name} ${unit}\n`}# HELP ${name} ${
    escaped(help)
  }`;
}

/** Text of a number: the shortest that reads back as the same. */
export function numberText(value: number): string {
  return Number.isFinite(value) ? String(value) : notFinite(value);
}
