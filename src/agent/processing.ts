/** What is done with round trips by the configuration: steps and pipelines. */
import type { Config, FilterProcessorConfig } from "../config/config.ts";
import type { Instant } from "../core/time.ts";
import type { TrafficMeter } from "../core/traffic.ts";
import { FilterStep } from "../process/filter.ts";
import { MetricsStep } from "../process/metrics.ts";
import { Pipelines } from "../process/pipelines.ts";
import type { Step } from "../process/step.ts";
import type { SpanSink } from "../process/span.ts";
import { MetricStorage } from "../process/storage.ts";
import { RoundTripsToTraces } from "../process/traces.ts";
import { TransportMetrics } from "../process/transport.ts";
import { protocols } from "../protocols/mod.ts";
import { compileExpression } from "../query/mod.ts";
import { LocalAddresses } from "./local_addresses.ts";
import { serviceNames } from "./service_names.ts";

/** Where the metrics of a configuration are kept; undefined when none are. */
export function storageOf({ metricsStorage }: Config): MetricStorage | undefined {
  const { enabled, expiredNs, vmHistogram, maxSeries } = metricsStorage;
  return enabled ? new MetricStorage({ expiredSec: expiredNs / 1e9, vmHistogram, maxSeries }) : undefined;
}

/** What one configuration makes of round trips. */
interface Prepared {
  readonly storage: MetricStorage | undefined;
  readonly filters: readonly FilterStep[];
  readonly traces: RoundTripsToTraces | undefined;
  readonly pipelines: Pipelines;
  /** Counts what flows carry; undefined when that is not wanted. */
  readonly meter: TrafficMeter | undefined;
}

export class Processing {
  readonly #spans: SpanSink;
  readonly #clock: () => Instant;
  readonly #addresses = new LocalAddresses();
  #now: Prepared;

  /**
   * @param storage where metrics are kept; undefined when none are
   * @param spans takes what `roundtripstotraces` makes
   * @param clock the packets' clock
   * @throws Error for a selector or an expression that is none
   */
  constructor(config: Config, storage: MetricStorage | undefined, spans: SpanSink, clock: () => Instant) {
    this.#spans = spans;
    this.#clock = clock;
    this.#now = this.#prepared(config, storage);
  }

  get filters(): readonly FilterStep[] {
    return this.#now.filters;
  }

  /** Round trips that became no span, because the caller did not sample their trace. */
  get unsampled(): number {
    return this.#now.traces?.counts.unsampled ?? 0;
  }

  get pipelines(): Pipelines {
    return this.#now.pipelines;
  }

  get meter(): TrafficMeter | undefined {
    return this.#now.meter;
  }

  /**
   * Makes everything for another configuration. Metrics that are labelled as before go on counting.
   *
   * @throws Error for a selector or an expression that is none; nothing has changed then
   */
  prepare(config: Config): Prepared {
    return this.#prepared(config, this.#now.storage);
  }

  /** Puts in force what was prepared. */
  commit(next: Prepared): void {
    this.#now = next;
  }

  #prepared(config: Config, storage: MetricStorage | undefined): Prepared {
    const filters: FilterStep[] = [];
    let traces: RoundTripsToTraces | undefined;
    const steps = new Map<string, Step>();
    for (const processor of config.processors) {
      if (processor.name === "roundtripsfilter") {
        const filter = filterOf(processor);
        filters.push(filter);
        steps.set(processor.name, filter);
      } else if (processor.name === "roundtripstometrics") {
        if (storage === undefined) continue;
        steps.set(processor.name, new MetricsStep(storage, protocols, processor.requireLabels));
      } else if (config.exporter.traces.enabled) {
        traces = new RoundTripsToTraces(this.#spans, {
          semconv: processor.semconv,
          unanswered: processor.unanswered,
          serviceName: serviceNames(processor, config.sniffer.rules),
          isLocal: (host) => this.#addresses.has(host),
          now: this.#clock,
        });
        steps.set(processor.name, traces);
      }
    }
    const pipelines = config.pipelines.map(({ processors }) =>
      processors.map((name) => steps.get(name)).filter((step) => step !== undefined)
    );
    const { enabled, requiredLabels } = config.controller.layer4Metrics;
    const meter = enabled && storage !== undefined ? new TransportMetrics(storage, requiredLabels) : undefined;
    return { storage, filters, traces, pipelines: new Pipelines(pipelines), meter };
  }
}

function filterOf({ name, where, drop, sample }: FilterProcessorConfig): FilterStep {
  const predicate = (text: string) => text === "" ? undefined : compileExpression(text, protocols);
  return new FilterStep({ name, where: predicate(where), drop: predicate(drop), sample });
}
