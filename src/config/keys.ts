/**
 * All keys of the configuration: what each may be, what it is without being set, and what it means. Validation,
 * defaults, the reference file and the table of keys are all made from this.
 */
import { USUAL_BODIES } from "../core/bodies.ts";
import { transportLabels } from "../core/labels.ts";
import { MEMORY_BYTES } from "../core/limits.ts";
import { bool, choice, duration, type Kind, lanes, list, text, whole } from "./kinds.ts";
import { pipelines, processors } from "./processors.ts";
import { rules } from "./rules.ts";
import { selector } from "./selectors.ts";
import { address, blocks, filter, headers, mediaType, path, pattern, token, url } from "./words.ts";

/** One key. */
export interface Key<T = unknown> {
  readonly key: string;
  readonly kind: Kind<T>;
  /** Its value when it is not set; undefined for those that are then not set at all. */
  readonly fallback: T | undefined;
  readonly about: string;
  /** A new value has to wait for a restart. */
  readonly restart: boolean;
  /** What of it is shown as `***`: the whole, or a user and password in it. */
  readonly secret: "whole" | "credentials" | undefined;
}

type Extras = Partial<Pick<Key, "restart" | "secret">>;

function key<T>(key: string, kind: Kind<T>, fallback: T, about: string, extras: Extras = {}): Key<T> {
  return { key, kind, fallback, about, restart: extras.restart ?? false, secret: extras.secret };
}

function optional<T>(key: string, kind: Kind<T>, about: string, extras: Extras = {}): Key<T> {
  return { key, kind, fallback: undefined, about, restart: extras.restart ?? false, secret: extras.secret };
}

const SECOND_NS = 1e9, MINUTE_NS = 60 * SECOND_NS, MEGABYTE = 1024 * 1024;
const LEVELS = ["debug", "info", "warn", "error"] as const;
/** Bounds that nobody meets: what is beyond them is a slip of the pen. */
const MOST_MB = 1_000_000, MOST_DAYS = 36_500, MOST_FILES = 100_000, MOST_SERIES = 10_000_000;

export const KEYS = {
  loggerStdout: key("logger.stdout", bool, false, "log to standard output instead of the file"),
  loggerLevel: key("logger.level", choice(...LEVELS), "info", "the least important that is logged"),
  loggerFilename: key("logger.filename", path, "packetd.log", "log file; folders above it are made"),
  loggerMaxSize: key("logger.maxSize", whole(MOST_MB), 100, "MB at which the file is renamed and begun anew"),
  loggerMaxAge: key("logger.maxAge", whole(MOST_DAYS), 7, "days after which renamed files are deleted"),
  loggerMaxBackups: key("logger.maxBackups", whole(MOST_FILES), 10, "renamed files that are kept"),

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
  filter: key("sniffer.filter", filter, "", "only packets that this accepts, such as host 10.0.0.7"),
  blockNum: optional(
    "sniffer.blockNum",
    blocks,
    "blocks of 512 KiB in each interface's ring; 128 without it",
    {
      restart: true,
    },
  ),
  lanes: key(
    "sniffer.lanes",
    lanes,
    1,
    "threads that share the flows (Linux, engine pcap); auto: one less than the processors",
    { restart: true },
  ),
  maxMemory: key(
    "sniffer.maxMemory",
    whole(1024 * 1024),
    MEMORY_BYTES / 1024 / 1024,
    "MiB that flows may hold together; then those without a packet for longest are given up",
  ),
  file: key("sniffer.file", text, "", "read this capture file instead of interfaces", { restart: true }),
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
    token,
    "",
    "bearer token for /watch and /-/... from other hosts; empty: not at all",
    {
      secret: "whole",
    },
  ),

  layer4Enabled: key("controller.layer4Metrics.enabled", bool, false, "count packets and bytes of flows"),
  layer4Labels: key(
    "controller.layer4Metrics.requiredLabels",
    list(selector("layer4Metrics", () => Object.keys(transportLabels))),
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
    whole(16 * MEGABYTE),
    USUAL_BODIES.maxBytes,
    "bytes that are kept of each",
  ),
  bodyTypes: key(
    "controller.decoder.http.contentTypes",
    list(mediaType),
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
    whole(MOST_SERIES),
    50_000,
    "series of a metric beyond which new label sets are counted as _other",
    { restart: true },
  ),

  processors: key("processor", processors, [], "what can be done with round trips"),
  pipelines: key(
    "pipeline",
    pipelines,
    [],
    "what is done, step by step; a filter ends the steps after it",
  ),

  tracesEnabled: key("exporter.traces.enabled", bool, false, "send spans by OTLP/HTTP"),
  tracesEndpoint: key("exporter.traces.endpoint", url, "", "whole URL, http://127.0.0.1:4318/v1/traces", {
    secret: "credentials",
  }),
  tracesHeader: key("exporter.traces.header", headers, new Map(), "more request headers", { secret: "whole" }),
  tracesBatch: key("exporter.traces.batch", whole(10_000), 100, "spans in a request"),
  tracesInterval: key("exporter.traces.interval", duration(1e6), 3 * SECOND_NS, "the longest that a span waits"),
  tracesTimeout: key("exporter.traces.timeout", duration(1e6), 15 * SECOND_NS, "the longest that a request may take"),

  pushEnabled: key("exporter.metrics.enabled", bool, false, "push metrics by Prometheus remote write"),
  pushEndpoint: key("exporter.metrics.endpoint", url, "", "whole URL, http://127.0.0.1:8428/api/v1/write", {
    secret: "credentials",
  }),
  pushHeader: key("exporter.metrics.header", headers, new Map(), "more request headers", { secret: "whole" }),
  pushInterval: key("exporter.metrics.interval", duration(SECOND_NS), MINUTE_NS, "time between two pushes"),
  pushTimeout: key("exporter.metrics.timeout", duration(1e6), 15 * SECOND_NS, "the longest that a request may take"),

  linesEnabled: key("exporter.roundtrips.enabled", bool, false, "write round trips as JSON lines"),
  linesConsole: key("exporter.roundtrips.console", bool, false, "to standard output instead of the file"),
  linesFilename: key("exporter.roundtrips.filename", path, "roundtrips.log", "file; folders above it are made"),
  linesMaxSize: key(
    "exporter.roundtrips.maxSize",
    whole(MOST_MB),
    100,
    "MB at which the file is renamed and begun anew",
  ),
  linesMaxBackups: key("exporter.roundtrips.maxBackups", whole(MOST_FILES), 10, "renamed files that are kept"),
  linesMaxAge: key("exporter.roundtrips.maxAge", whole(MOST_DAYS), 7, "days after which renamed files are deleted"),
} as const;

/** All of them, in the order of the reference. */
export const allKeys: readonly Key[] = Object.values(KEYS) as readonly Key[];

/** Another spelling of a key, from an earlier version. */
interface OldKey<T> {
  readonly key: string;
  readonly kind: Kind<T>;
  /** The value of today's key; undefined where it says nothing. */
  as(value: T): unknown;
}

export const OLD_KEYS: Readonly<Record<string, OldKey<boolean>>> = {
  "sniffer.noPromiscuous": { key: "sniffer.noPromisc", kind: bool, as: (value) => value },
  "sniffer.ipv4Only": { key: "sniffer.ipVersion", kind: bool, as: (value) => value ? "v4" : undefined },
};

/** Keys in samples and documents of the Go program that never had an effect there: they warn. */
export const DEAD_KEYS: Readonly<Record<string, string>> = {
  "controller.decoder.protocols": "has no effect",
  "controller.decoder.mongodb.enableOkCode": "has no effect: ok, code and message are always decoded",
  "decoder": "has no effect: decoders are set up under controller.decoder",
  "protocol": "has no effect: rules stand under sniffer.protocols.rules",
};
