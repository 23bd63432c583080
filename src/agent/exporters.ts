/** The exporters that send over the network: begun, changed and ended as the configuration says. */
import type { ExporterConfig, MetricsExporterConfig, TracesExporterConfig } from "../config/config.ts";
import type { Say } from "../export/log_line.ts";
import type { TracesExporter } from "../export/otlp.ts";
import type { RemoteWrite } from "../export/remote_write.ts";
import type { SelfFamily } from "../process/self_family.ts";
import type { Span, SpanSink } from "../process/span.ts";
import type { MetricStorage } from "../process/storage.ts";

/** How long an exporter that is not wanted any more may take to send what waits. */
const GRACE_MS = 5000;

export interface ExporterState {
  /** Where to, without what may be secret in it. */
  readonly endpoint: string;
  /** Why the receiver takes nothing; empty when it does. */
  readonly trouble: string;
}

export interface NetworkExporter {
  /** Lets leave what waits; what has not left after so many milliseconds is dropped and counted. */
  close(deadlineMs: number): Promise<void>;
  /** For the status page: JSON. */
  state(): ExporterState;
  /** Metrics of the exporter itself. */
  families(): SelfFamily[];
}

/** A part of the configuration, and the exporter that runs by it. */
class Place<C extends { readonly enabled: boolean }, E extends NetworkExporter> {
  exporter: E | undefined;
  /** Why there is none though there should be one; empty when all is well. */
  #trouble = "";
  readonly #open: (config: C, running: E | undefined) => Promise<E>;
  /** One change after another. */
  #turn: Promise<void> = Promise.resolve();

  /** @param open makes an exporter, or changes the one that runs. Its errors are for people */
  constructor(readonly key: string, readonly say: Say, open: (config: C, running: E | undefined) => Promise<E>) {
    this.#open = open;
  }

  /** What is not as it should be; empty when all is well. */
  get trouble(): string {
    if (this.#trouble !== "" || this.exporter === undefined) return this.#trouble;
    const { endpoint, trouble } = this.exporter.state();
    return trouble === "" ? "" : `${endpoint}: ${trouble}`;
  }

  apply(config: C): Promise<void> {
    return this.#turn = this.#turn.then(() => config.enabled ? this.#run(config) : this.#end(GRACE_MS));
  }

  close(deadlineMs: number): Promise<void> {
    return this.#turn = this.#turn.then(() => this.#end(deadlineMs));
  }

  async #run(config: C): Promise<void> {
    try {
      this.exporter = await this.#open(config, this.exporter);
      this.#trouble = "";
    } catch (error) {
      this.#trouble = (error as Error).message;
      this.say("ERROR", "export", `${this.key}: ${this.#trouble}`);
    }
  }

  async #end(deadlineMs: number): Promise<void> {
    const { exporter } = this;
    this.exporter = undefined;
    this.#trouble = "";
    await exporter?.close(deadlineMs);
  }
}

export class Exporters implements SpanSink {
  /** Spans that came while there was no exporter for them: it is being made, or it could not be made. */
  lostSpans = 0;
  readonly #metrics: Place<MetricsExporterConfig, RemoteWrite>;
  readonly #traces: Place<TracesExporterConfig, TracesExporter>;
  /** All of them. */
  readonly #places: readonly { key: string; exporter: NetworkExporter | undefined; trouble: string }[];

  /** @param storage undefined when no metrics are kept */
  constructor(storage: MetricStorage | undefined, say: Say) {
    this.#metrics = new Place("exporter.metrics", say, async (config, running) => {
      if (storage === undefined) throw new Error("there are no metrics to push: metricsStorage.enabled is false");
      if (running === undefined) {
        const { RemoteWrite } = await import("../export/remote_write.ts");
        return new RemoteWrite(storage, config, say);
      }
      running.reconfigure(config);
      return running;
    });
    this.#traces = new Place("exporter.traces", say, async (config, running) => {
      const { TracesExporter } = await import("../export/otlp.ts");
      const exporter = new TracesExporter(config, say);
      void running?.close(GRACE_MS);
      return exporter;
    });
    this.#places = [this.#metrics, this.#traces];
  }

  async start(config: ExporterConfig): Promise<void> {
    await Promise.all([this.#metrics.apply(config.metrics), this.#traces.apply(config.traces)]);
  }

  span(span: Span): void {
    if (this.#traces.exporter === undefined) this.lostSpans++;
    else this.#traces.exporter.span(span);
  }

  /** Takes spans that were gathered elsewhere: see {@link TracesExporter.gathered}. */
  gatheredSpans(request: Uint8Array<ArrayBuffer>, spans: number, tooLong: number): void {
    if (this.#traces.exporter === undefined) this.lostSpans += spans + tooLong;
    else this.#traces.exporter.gathered(request, spans, tooLong);
  }

  /** @param changes whether anything under a key of the configuration is another now */
  reconfigure(config: ExporterConfig, changes: (key: string) => boolean): void {
    if (changes(this.#metrics.key)) void this.#metrics.apply(config.metrics);
    if (changes(this.#traces.key)) void this.#traces.apply(config.traces);
  }

  /** Lets leave what can within so many milliseconds. */
  async close(deadlineMs: number): Promise<void> {
    await Promise.all([this.#metrics.close(deadlineMs), this.#traces.close(deadlineMs)]);
  }

  /** State of each that runs, by its key in the configuration. */
  states(): Record<string, ExporterState> {
    return Object.fromEntries(
      this.#places.flatMap(({ key, exporter }) => exporter === undefined ? [] : [[key, exporter.state()]]),
    );
  }

  /** What is not as it should be, one sentence each. */
  troubles(): string[] {
    return this.#places.filter(({ trouble }) => trouble !== "").map(({ key, trouble }) => `${key}: ${trouble}`);
  }

  families(): SelfFamily[] {
    return this.#places.flatMap(({ exporter }) => exporter?.families() ?? []);
  }
}
