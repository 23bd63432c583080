/** Metrics of packetd itself, as `/metrics` shows them: in the text format of Prometheus, or in OpenMetrics. */
import type { FilterCounts } from "./filter.ts";
import { descriptionText, END, numberText } from "./openmetrics.ts";
import { labelsText } from "./samples.ts";
import { family, type SelfFamily } from "./self_family.ts";
import type { MetricStorage } from "./storage.ts";

/** https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format */
export const PROMETHEUS_TYPE = "text/plain; version=0.0.4; charset=utf-8";

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
    family(
      "gauge",
      "metric_label_sets",
      "Label sets that the metrics of a group have now",
      perGroup((group) => group.size),
    ),
    family(
      "counter",
      "metric_folded_total",
      "Times that a new label set found no room (metricsStorage.maxSeries) and was counted as _other",
      perGroup((group) => group.folded),
    ),
    family(
      "counter",
      "metric_cut_label_values_total",
      "Label values that were too long and were cut",
      perGroup((group) => group.cut),
    ),
  ];
}

/** The account of filters: the share that a filter keeps is kept / accepted. */
export function filterFamilies(filters: readonly FilterCounts[]): SelfFamily[] {
  const perFilter = (value: (filter: FilterCounts) => number) =>
    filters.map((filter) => ({ labels: { filter: filter.name }, value: value(filter) }));
  return [
    family(
      "counter",
      "filter_seen_round_trips_total",
      "Round trips and unanswered requests that reached a filter",
      perFilter((filter) => filter.seen),
    ),
    family(
      "counter",
      "filter_accepted_round_trips_total",
      "Of those, the ones that its conditions accepted",
      perFilter((filter) => filter.accepted),
    ),
    family(
      "counter",
      "filter_kept_round_trips_total",
      "Of those, the ones that its sampling kept",
      perFilter((filter) => filter.kept),
    ),
  ];
}
