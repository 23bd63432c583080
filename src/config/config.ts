/** A whole configuration, checked, with every default filled in: what the agent is made from. */
import type { Rule } from "../core/rule.ts";

export type LogLevel = "debug" | "info" | "warn" | "error";

/** `server`: the HTTP API. */
export interface ServerConfig {
  readonly enabled: boolean;
  /** `host:port`; an empty host listens on all addresses. */
  readonly address: string;
  /** The longest that one exchange may take; 0 for no limit. */
  readonly timeoutNs: number;
  readonly pprof: boolean;
  /** Bearer token that lets clients other than loopback's use `/watch` and `/-/...`; empty lets none. */
  readonly token: string;
}

/** A file that is rotated. */
export interface FileConfig {
  readonly filename: string;
  readonly maxSizeMb: number;
  readonly maxAgeDays: number;
  readonly maxBackups: number;
}

/** `logger`. */
export interface LoggerConfig extends FileConfig {
  readonly stdout: boolean;
  readonly level: LogLevel;
}

/** A rule with the name that the configuration gives it; empty for none. */
export interface NamedRule extends Rule {
  readonly name: string;
}

/** `sniffer`: what is captured. */
export interface SnifferConfig {
  /** `any`, a regular expression, or empty for every interface that has an address. */
  readonly ifaces: string;
  readonly engine: "pcap" | "libpcap";
  readonly ipVersion: "" | "v4" | "v6";
  readonly promiscuous: boolean;
  /** Ring blocks of 512 KiB an interface; undefined where the configuration does not set it. */
  readonly blockNum: number | undefined;
  /** Threads that share the flows; `auto` is one less than the processors, and at least one. */
  readonly lanes: number | "auto";
  /** What flows may hold in memory together. */
  readonly maxMemoryBytes: number;
  /** Path of a capture file, read instead of interfaces; empty for none. */
  readonly file: string;
  /** A BPF expression that must hold as well; empty for none. */
  readonly filter: string;
  /** Whether packets that carry other packets are captured, whatever is in them. */
  readonly tunnels: boolean;
  readonly rules: readonly NamedRule[];
}

/** `controller`. */
export interface ControllerConfig {
  readonly layer4Metrics: { readonly enabled: boolean; readonly requiredLabels: readonly string[] };
  readonly connExpiredNs: number;
  readonly autoReload: boolean;
  readonly httpBody: BodyConfig;
}

/** `controller.decoder.http`: which bodies are captured. */
export interface BodyConfig {
  readonly enabled: boolean;
  readonly maxBytes: number;
  /** Media types that are kept, such as `application/json` or `text/*`. */
  readonly contentTypes: readonly string[];
}

/** `metricsStorage`. */
export interface MetricsStorageConfig {
  readonly enabled: boolean;
  readonly expiredNs: number;
  readonly vmHistogram: boolean;
  /** Series of one metric beyond which new label sets fold into one. */
  readonly maxSeries: number;
}

/** One entry of `processor`. */
export type ProcessorConfig = MetricsProcessorConfig | TracesProcessorConfig | FilterProcessorConfig;

export interface MetricsProcessorConfig {
  readonly name: "roundtripstometrics";
  /** Label selectors by protocol, in the order in which their labels stand in a series. */
  readonly requireLabels: ReadonlyMap<string, readonly string[]>;
}

export interface TracesProcessorConfig {
  readonly name: "roundtripstotraces";
  /** Names of the attributes: the contract's, or OpenTelemetry's current ones. */
  readonly semconv: "packetd" | "otel";
  readonly serviceName: string;
  /** Other service names, by the name of the rule that captured the round trip. */
  readonly serviceNames: ReadonlyMap<string, string>;
  /** Whether requests without an answer become spans with status Error. */
  readonly unanswered: boolean;
}

export interface FilterProcessorConfig {
  readonly name: "roundtripsfilter";
  /** Only round trips that this expression accepts go on; empty for all. */
  readonly where: string;
  /** Round trips that this expression accepts do not go on; empty for none. */
  readonly drop: string;
  /** Share of those that go on which is kept, above 0 and at most 1. */
  readonly sample: number;
}

/** One entry of `pipeline`: processors by name, in order. */
export interface PipelineConfig {
  readonly name: string;
  readonly processors: readonly string[];
}

export interface TracesExporterConfig {
  readonly enabled: boolean;
  readonly endpoint: string;
  readonly header: ReadonlyMap<string, string>;
  readonly batch: number;
  readonly intervalNs: number;
  readonly timeoutNs: number;
}

export interface MetricsExporterConfig {
  readonly enabled: boolean;
  readonly endpoint: string;
  readonly header: ReadonlyMap<string, string>;
  readonly intervalNs: number;
  readonly timeoutNs: number;
}

export interface RoundTripsExporterConfig extends FileConfig {
  readonly enabled: boolean;
  readonly console: boolean;
}

/** `exporter`. */
export interface ExporterConfig {
  readonly traces: TracesExporterConfig;
  readonly metrics: MetricsExporterConfig;
  readonly roundtrips: RoundTripsExporterConfig;
}

export interface Config {
  /** Every value by its key in the file, to be shown and compared. */
  readonly values: ReadonlyMap<string, unknown>;
  readonly server: ServerConfig;
  readonly logger: LoggerConfig;
  readonly sniffer: SnifferConfig;
  readonly controller: ControllerConfig;
  readonly metricsStorage: MetricsStorageConfig;
  readonly processors: readonly ProcessorConfig[];
  readonly pipelines: readonly PipelineConfig[];
  readonly exporter: ExporterConfig;
}
