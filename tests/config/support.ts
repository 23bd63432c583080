/** Reading configurations in tests. */
import assert from "node:assert/strict";
import type { Config } from "../../src/config/mod.ts";
import { loadConfig, type LoadOptions } from "../../src/config/mod.ts";

const variables: Readonly<Record<string, string>> = { TOKEN: "abc", PORT: "9092", EMPTY: "", WAIT: "30s" };

export const options: LoadOptions = { lenient: false, env: (name) => variables[name] };

/** What is said of every configuration without rules; the tests of other things leave rules out. */
const NO_RULES = "there are no rules: nothing is decoded";

/** What a text becomes, and what is said of it: `3 error: logger.level: ...`. */
export function load(text: string, more: Partial<LoadOptions> = {}): { config: Config | undefined; said: string[] } {
  const { config, problems } = loadConfig(text, { ...options, ...more });
  const told = problems.filter(({ message }) => message !== NO_RULES);
  return { config, said: told.map(({ line, severity, key, message }) => `${line} ${severity}: ${key}: ${message}`) };
}

/** The configuration that a text is, of which nothing is said. */
export function loaded(text: string): Config {
  const { config, said } = load(text);
  assert.deepEqual(said, []);
  return config!;
}

/** Whether exactly these things are said, in this order. */
export function says(said: readonly string[], expected: readonly RegExp[]): void {
  assert.equal(said.length, expected.length, said.join("\n"));
  for (const [i, pattern] of expected.entries()) assert.match(said[i], pattern);
}

/** A sample of the Go program's, with both styles of keys in one file. */
export const SAMPLE = `
server:
  enabled: true
  address: ":9091"

logger:
  stdout: true

controller:
  layer4Metrics:
    enabled: true

sniffer.ifaces: any
sniffer.engine: pcap
sniffer.protocols:
  rules:
    - name: "http"
      protocol: "http"
      ports: [80]

processor:
  - name: roundtripstometrics
    config:
      http:
        requireLabels:
          - "server.host"
          - "server.port"
          - "request.method"
          - "request.path"
          - "response.status_code"
  - name: roundtripstotraces
    config:

pipeline:
  - name: "metrics/common"
    processors:
      - roundtripstometrics

metricsStorage:
  enabled: true
  vmHistogram: true

exporter:
`;
