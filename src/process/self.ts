/** Metrics of packetd itself, as `/metrics` shows them: in the text format of Prometheus, or in OpenMetrics. */
import type { FilterStep } from "./filter.ts";
import { descriptionText, END, numberText } from "./openmetrics.ts";
import { labelsText } from "./samples.ts";
import type { MetricStorage } from "./storage.ts";

/** https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format */
export const PROMETHEUS_TYPE = "text/plain; version=0.0.4; charset=utf-8";

export interface SelfSample {
  readonly labels?: Readonly<Record<string, string>>;
  readonly value: number;
}

/** One metric. The name of a counter ends in `_total`, no other's does. */
export interface SelfFamily {
  readonly name: string;
  readonly type: "counter" | "gauge";
  readonly help: string;
  readonly samples: readonly SelfSample[];
}

/** Text of all families, in the order in which they are given. */
export function selfMetricsText(families: readonly SelfFamily[], format: "prometheus" | "openmetrics"): string {
  let text = "";
  for (const { name, type, help, samples } of families) {
    if (samples.length === 0) continue;
    text += format === "openmetrics"
      ? descriptionText(type === "counter" ? name.replace(/_total$/, "") : name, type, help)
      : `# HELP ${name} ${help.replaceAll("\\", "\\\\").replaceAll("\n", "\\n")}\n# TYPE ${name} ${type}`;
    text += "\n";
    for (const { labels = {}, value } of samples) {
      const inner = labelsText(Object.keys(labels), Object.values(labels));
      text += `${name}${inner === "" ? "" : `{${inner}}`} ${numberText(value)}\n`;
    }
  }
  return format === "openmetrics" ? text + END : text;
}

/** The account of the protocol metrics: how much is held, and what the ceilings cost. */
export function storageFamilies({ groups }: MetricStorage): SelfFamily[] {
  const perGroup = (value: (group: MetricStorage["groups"][number]) => number) =>
    groups.map((group) => ({ labels: { group: group.name }, value: value(group) }));
  return [
    {
      name: "packetd_metric_label_sets",
      type: "gauge",
      help: "Label sets that the metrics of a group have now",
      samples: perGroup((group) => group.size),
    },
    {
      name: "packetd_metric_folded_total",
      type: "counter",
      help: "Times that a new label set found no room (metricsStorage.maxSeries) and was counted as _other",
      samples: perGroup((group) => group.folded),
    },
    {
      name: "packetd_metric_cut_label_values_total",
      type: "counter",
      help: "Label values that were too long and were cut",
      samples: perGroup((group) => group.cut),
    },
  ];
}

/** The account of filters: the share that a filter keeps is kept / accepted. */
export function filterFamilies(filters: readonly FilterStep[]): SelfFamily[] {
  const perFilter = (value: (filter: FilterStep) => number) =>
    filters.map((filter) => ({ labels: { filter: filter.name }, value: value(filter) }));
  return [
    {
      name: "packetd_filter_seen_round_trips_total",
      type: "counter",
      help: "Round trips and unanswered requests that reached a filter",
      samples: perFilter((filter) => filter.seen),
    },
    {
      name: "packetd_filter_accepted_round_trips_total",
      type: "counter",
      help: "Of those, the ones that its conditions accepted",
      samples: perFilter((filter) => filter.accepted),
    },
    {
      name: "packetd_filter_kept_round_trips_total",
      type: "counter",
      help: "Of those, the ones that its sampling kept",
      samples: perFilter((filter) => filter.kept),
    },
  ];
}
