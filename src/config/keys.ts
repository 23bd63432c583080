/**
 * All keys of the configuration: what each may be, what it is without being set, and what it means. Validation,
 * defaults, the reference file and the table of keys are all made from this.
 */
import { USUAL_BODIES } from "../core/bodies.ts";
import { transportLabels } from "../core/labels.ts";
import { bool, checkedText, choice, duration, type Kind, list, text, texts, whole } from "./kinds.ts";
import { selector } from "./selectors.ts";
import { type Pipeline, pipelines, processors } from "./processors.ts";
import { rules } from "./rules.ts";

/** One key. */
export interface Key<T = unknown> {
  readonly key: string;
  readonly kind: Kind<T>;
  /** Its value when it is not set; undefined for those that are then not set at all. */
  readonly fallback: T | undefined;
  readonly about: string;
  /** A new value has to wait for a restart. */
  readonly restart: boolean;
  /** Shown as `***`. */
  readonly secret: boolean;
}

interface Extras {
  readonly restart?: boolean;
  readonly secret?: boolean;
}

function key<T>(name: string, kind: Kind<T>, fallback: T, about: string, { restart, secret }: Extras = {}): Key<T> {
  return { key: name, kind, fallback, about, restart: restart ?? false, secret: secret ?? false };
}

function optional<T>(name: string, kind: Kind<T>, about: string, { restart, secret }: Extras = {}): Key<T> {
  return { key: name, kind, fallback: undefined, about, restart: restart ?? false, secret: secret ?? false };
}

const SECOND_NS = 1e9, MINUTE_NS = 60 * SECOND_NS;
const LEVELS = ["debug", "info", "warn", "error"] as const;

const address = checkedText("address", (given) => {
  const port = /^(?:[\w.-]*|\[[0-9a-fA-F:.]+\]):(\d{1,5})$/.exec(given)?.[1];
  return port !== undefined && Number(port) <= 65535
    ? undefined
    : "is no address to listen on: write :9091 for all addresses, 127.0.0.1:9091, or [::1]:9091";
});

const url = checkedText("URL", (given) => {
  if (given === "") return undefined;
  const parsed = URL.parse(given);
  if (parsed !== null && /^https?:$/.test(parsed.protocol) && parsed.hostname !== "") return undefined;
  return "is no URL: write it whole, such as http://127.0.0.1:4318/v1/traces";
});

const pattern = checkedText("regular expression", (given) => {
  try {
    new RegExp(given);
    return undefined;
  } catch (error) {
    const reason = (error as Error).message.replace(/^Invalid regular expression: /, "");
    return `is no regular expression (${reason}): write a name such as eth0, or eth.*, or any`;
  }
});

const transportSelector = selector("layer4Metrics", () => Object.keys(transportLabels));

export const KEYS = {
  loggerStdout: key("logger.stdout", bool, false, "log to standard output instead of the file"),
  loggerLevel: key("logger.level", choice(...LEVELS), "info", "the least important that is logged"),
  loggerFilename: key("logger.filename", text("path"), "packetd.log", "log file; folders above it are made"),
  loggerMaxSize: key("logger.maxSize", whole(1), 100, "MB at which the file is renamed and begun anew"),
  loggerMaxAge: key("logger.maxAge", whole(0), 7, "days after which renamed files are deleted"),
  loggerMaxBackups: key("logger.maxBackups", whole(0), 10, "renamed files that are kept"),

  ifaces: key("sniffer.ifaces", pattern, "", "any, or a regular expression; empty: each interface that has an address"),
  engine: key(
    "sniffer.engine",
    choice("pcap", "libpcap"),
    "pcap",
    "pcap: the best that the machine has; libpcap: that, on Linux too",
    { restart: true },
  ),
  ipVersion: key("sniffer.ipVersion", choice("", "v4", "v6"), "", "only this IP version; empty: both"),
  noPromisc: key("sniffer.noPromisc", bool, false, "do not put interfaces into promiscuous mode", { restart: true }),
  noTunnels: key("sniffer.noTunnels", bool, false, "do not capture what VXLAN, Geneve, GRE and other tunnels carry"),
  filter: key("sniffer.filter", text("BPF expression"), "", "only packets that this accepts, such as host 10.0.0.7"),
  blockNum: optional(
    "sniffer.blockNum",
    whole(16, 1024),
    "blocks of 512 KiB in each interface's ring; 128 without it",
    {
      restart: true,
    },
  ),
  file: key("sniffer.file", text("path"), "", "read this capture file instead of interfaces", { restart: true }),
  rules: key(
    "sniffer.protocols.rules",
    rules,
    [],
    "what is decoded: protocol (auto: all) and ports (any: by the bytes alone), optionally name and host",
  ),

  serverEnabled: key("server.enabled", bool, false, "listen for HTTP: metrics, health, /watch, /-/..."),
  serverAddress: key("server.address", address, ":9091", "where to listen"),
  serverTimeout: key("server.timeout", duration(0), MINUTE_NS, "the longest that one exchange may take; 0: no limit"),
  serverPprof: key("server.pprof", bool, false, "offer profiles of packetd itself under /debug/pprof"),
  serverToken: key(
    "server.token",
    text(),
    "",
    "bearer token for /watch and /-/... from other hosts; empty: not at all",
    {
      secret: true,
    },
  ),

  layer4Enabled: key("controller.layer4Metrics.enabled", bool, false, "count packets and bytes of flows"),
  layer4Labels: key(
    "controller.layer4Metrics.requiredLabels",
    list(transportSelector),
    [],
    `labels of these: ${Object.keys(transportLabels).join(", ")}`,
  ),
  connExpired: key(
    "controller.connExpired",
    duration(MINUTE_NS),
    5 * MINUTE_NS,
    "a connection without a packet for this long is over",
  ),
  autoReload: key("controller.autoReload", bool, false, "reload when this file changes"),
  responseCode: key(
    "controller.decoder.mongodb.enableResponseCode",
    bool,
    true,
    "accepted without effect: ok, code and message are always decoded",
  ),
  bodyEnabled: key("controller.decoder.http.enableBodyCapture", bool, false, "keep bodies of HTTP responses"),
  bodySize: key(
    "controller.decoder.http.maxBodySize",
    whole(1, 16 * 1024 * 1024),
    USUAL_BODIES.maxBytes,
    "bytes that are kept of each",
  ),
  bodyTypes: key(
    "controller.decoder.http.contentTypes",
    list(text("media type")),
    USUAL_BODIES.contentTypes,
    "of which media types",
  ),

  metricsEnabled: key("metricsStorage.enabled", bool, true, "keep metrics", { restart: true }),
  metricsExpired: key(
    "metricsStorage.expired",
    duration(SECOND_NS),
    5 * MINUTE_NS,
    "series are deleted after this idle time",
    {
      restart: true,
    },
  ),
  vmHistogram: key("metricsStorage.vmHistogram", bool, false, "VictoriaMetrics' vmrange buckets instead of le", {
    restart: true,
  }),
  maxSeries: key(
    "metricsStorage.maxSeries",
    whole(1),
    50_000,
    "series of a metric beyond which new label sets are counted as _other",
    { restart: true },
  ),

  processors: key("processor", processors, [], "what can be done with round trips"),
  pipelines: key<readonly Pipeline[]>(
    "pipeline",
    pipelines,
    [],
    "what is done, step by step; a filter ends the steps after it",
  ),

  tracesEnabled: key("exporter.traces.enabled", bool, false, "send spans by OTLP/HTTP"),
  tracesEndpoint: key("exporter.traces.endpoint", url, "", "whole URL, http://127.0.0.1:4318/v1/traces"),
  tracesHeader: key("exporter.traces.header", texts, new Map(), "more request headers", { secret: true }),
  tracesBatch: key("exporter.traces.batch", whole(1, 10_000), 100, "spans in a request"),
  tracesInterval: key("exporter.traces.interval", duration(1e6), 3 * SECOND_NS, "the longest that a span waits"),
  tracesTimeout: key("exporter.traces.timeout", duration(1e6), 15 * SECOND_NS, "the longest that a request may take"),

  pushEnabled: key("exporter.metrics.enabled", bool, false, "push metrics by Prometheus remote write"),
  pushEndpoint: key("exporter.metrics.endpoint", url, "", "whole URL, http://127.0.0.1:8428/api/v1/write"),
  pushHeader: key("exporter.metrics.header", texts, new Map(), "more request headers", { secret: true }),
  pushInterval: key("exporter.metrics.interval", duration(SECOND_NS), MINUTE_NS, "time between two pushes"),
  pushTimeout: key("exporter.metrics.timeout", duration(1e6), 15 * SECOND_NS, "the longest that a request may take"),

  linesEnabled: key("exporter.roundtrips.enabled", bool, false, "write round trips as JSON lines"),
  linesConsole: key("exporter.roundtrips.console", bool, false, "to standard output instead of the file"),
  linesFilename: key("exporter.roundtrips.filename", text("path"), "roundtrips.log", "file; folders above it are made"),
  linesMaxSize: key("exporter.roundtrips.maxSize", whole(1), 100, "MB at which the file is renamed and begun anew"),
  linesMaxBackups: key("exporter.roundtrips.maxBackups", whole(0), 10, "renamed files that are kept"),
  linesMaxAge: key("exporter.roundtrips.maxAge", whole(0), 7, "days after which renamed files are deleted"),
} as const;

/** All of them, in the order of the reference. */
export const allKeys: readonly Key[] = Object.values(KEYS) as readonly Key[];

/** Other spellings of keys, from earlier versions: where to, and what the value becomes. */
export const OLD_KEYS: Readonly<Record<string, { readonly key: string; readonly as?: (value: unknown) => unknown }>> = {
  "sniffer.noPromiscuous": { key: "sniffer.noPromisc" },
  "sniffer.ipv4Only": { key: "sniffer.ipVersion", as: (value) => value === true ? "v4" : "" },
};

/** Keys of samples of the Go program that never had an effect there: they warn. */
export const DEAD_KEYS: readonly string[] = [
  "controller.decoder.protocols",
  "controller.decoder.mongodb.enableOkCode",
  "decoder",
];
