/** From values by key to the configuration that the agent is made from. */
import type { Config } from "./config.ts";
import { type Key, KEYS } from "./keys.ts";

/** @param values of all keys */
export function assemble(values: ReadonlyMap<string, unknown>): Config {
  const of = <T>({ key, fallback }: Key<T>): T => (values.get(key) ?? fallback) as T;
  return {
    values,
    server: {
      enabled: of(KEYS.serverEnabled),
      address: of(KEYS.serverAddress),
      timeoutNs: of(KEYS.serverTimeout),
      pprof: of(KEYS.serverPprof),
      token: of(KEYS.serverToken),
    },
    logger: {
      stdout: of(KEYS.loggerStdout),
      level: of(KEYS.loggerLevel),
      filename: of(KEYS.loggerFilename),
      maxSizeMb: of(KEYS.loggerMaxSize),
      maxAgeDays: of(KEYS.loggerMaxAge),
      maxBackups: of(KEYS.loggerMaxBackups),
    },
    sniffer: {
      ifaces: of(KEYS.ifaces),
      engine: of(KEYS.engine),
      ipVersion: of(KEYS.ipVersion),
      promiscuous: !of(KEYS.noPromisc),
      tunnels: !of(KEYS.noTunnels),
      blockNum: of<number | undefined>(KEYS.blockNum),
      lanes: of(KEYS.lanes),
      maxMemoryBytes: of(KEYS.maxMemory) * 1024 * 1024,
      file: of(KEYS.file),
      filter: of(KEYS.filter),
      rules: of(KEYS.rules),
    },
    controller: {
      layer4Metrics: { enabled: of(KEYS.layer4Enabled), requiredLabels: of(KEYS.layer4Labels) },
      connExpiredNs: of(KEYS.connExpired),
      autoReload: of(KEYS.autoReload),
      httpBody: {
        enabled: of(KEYS.bodyEnabled),
        maxBytes: of(KEYS.bodySize),
        contentTypes: of(KEYS.bodyTypes),
      },
    },
    metricsStorage: {
      enabled: of(KEYS.metricsEnabled),
      expiredNs: of(KEYS.metricsExpired),
      vmHistogram: of(KEYS.vmHistogram),
      maxSeries: of(KEYS.maxSeries),
    },
    processors: of(KEYS.processors),
    pipelines: of(KEYS.pipelines),
    exporter: {
      traces: {
        enabled: of(KEYS.tracesEnabled),
        endpoint: of(KEYS.tracesEndpoint),
        header: of(KEYS.tracesHeader),
        batch: of(KEYS.tracesBatch),
        intervalNs: of(KEYS.tracesInterval),
        timeoutNs: of(KEYS.tracesTimeout),
      },
      metrics: {
        enabled: of(KEYS.pushEnabled),
        endpoint: of(KEYS.pushEndpoint),
        header: of(KEYS.pushHeader),
        intervalNs: of(KEYS.pushInterval),
        timeoutNs: of(KEYS.pushTimeout),
      },
      roundtrips: {
        enabled: of(KEYS.linesEnabled),
        console: of(KEYS.linesConsole),
        filename: of(KEYS.linesFilename),
        maxSizeMb: of(KEYS.linesMaxSize),
        maxAgeDays: of(KEYS.linesMaxAge),
        maxBackups: of(KEYS.linesMaxBackups),
      },
    },
  };
}
