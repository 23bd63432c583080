/** Configurations that are right: what they mean, and the documents that are made from the keys. */
import assert from "node:assert/strict";
import type { Config } from "../../src/config/config.ts";
import { differences } from "../../src/config/mod.ts";
import { referenceText } from "../../src/config/reference.ts";
import { protocols } from "../../src/protocols/mod.ts";
import { documents } from "./documents.ts";
import { load, loaded, SAMPLE, says } from "./support.ts";

Deno.test("the sample of the Go program loads unchanged, and nothing is said of it", () => {
  const config = loaded(SAMPLE);
  assert.deepEqual(config.sniffer.rules, [{ name: "http", protocol: "http", ports: [80], host: "" }]);
  assert.deepEqual(
    [config.sniffer.ifaces, config.sniffer.engine, config.server.address, config.logger.stdout],
    ["any", "pcap", ":9091", true],
  );
  assert.ok(config.server.enabled && config.controller.layer4Metrics.enabled);
  assert.deepEqual([config.metricsStorage.enabled, config.metricsStorage.vmHistogram], [true, true]);
  const [metrics, traces] = config.processors;
  assert.ok(metrics.name === "roundtripstometrics" && traces.name === "roundtripstotraces");
  assert.deepEqual([...metrics.requireLabels], [
    ["http", ["server.host", "server.port", "request.method", "request.path", "response.status_code"]],
  ]);
  assert.deepEqual(config.pipelines, [{ name: "metrics/common", processors: ["roundtripstometrics"] }]);
});

const defaults: Omit<Config, "values"> = {
  server: { enabled: false, address: ":9091", timeoutNs: 60e9, pprof: false, token: "" },
  logger: { stdout: false, level: "info", filename: "packetd.log", maxSizeMb: 100, maxAgeDays: 7, maxBackups: 10 },
  sniffer: {
    ifaces: "",
    engine: "pcap",
    ipVersion: "",
    promiscuous: true,
    blockNum: undefined,
    lanes: 1,
    maxMemoryBytes: 256 * 1024 * 1024,
    file: "",
    filter: "",
    tunnels: true,
    rules: [],
  },
  controller: {
    layer4Metrics: { enabled: false, requiredLabels: [] },
    connExpiredNs: 300e9,
    autoReload: false,
    httpBody: {
      enabled: false,
      maxBytes: 102400,
      contentTypes: ["application/json", "text/json", "text/plain", "text/html"],
    },
  },
  metricsStorage: { enabled: true, expiredNs: 300e9, vmHistogram: false, maxSeries: 50_000 },
  processors: [],
  pipelines: [],
  exporter: {
    traces: { enabled: false, endpoint: "", header: new Map(), batch: 100, intervalNs: 3e9, timeoutNs: 15e9 },
    metrics: { enabled: false, endpoint: "", header: new Map(), intervalNs: 60e9, timeoutNs: 15e9 },
    roundtrips: {
      enabled: false,
      console: false,
      filename: "roundtrips.log",
      maxSizeMb: 100,
      maxAgeDays: 7,
      maxBackups: 10,
    },
  },
};

Deno.test("nothing at all, and empty sections, are the values without being set", () => {
  const sections =
    "server:\nlogger:\nsniffer: ~\ncontroller: null\nprocessor:\npipeline:\nmetricsStorage:\nexporter:\n";
  for (const text of ["", "\n# nothing\n", "---\n", "null", "{}", sections]) {
    const { values: _, ...config } = loaded(text);
    assert.deepEqual(config, defaults, text);
  }
});

Deno.test("the reference loads as it is, and sets nothing but processors and pipelines", () => {
  const changed = differences(loaded(""), loaded(referenceText())).map(({ key }) => key);
  assert.deepEqual(changed, ["processor", "pipeline"]);
});

Deno.test("the reference loads with all that is commented out in it", () => {
  const config = loaded(referenceText().replace(/^( *)# (?=- | {2}|blockNum:)/gm, "$1"));
  assert.deepEqual(
    new Set(config.sniffer.rules.map(({ protocol }) => protocol)),
    new Set(protocols.map(({ name }) => name)),
  );
  assert.equal(config.sniffer.blockNum, 128);
  const [metrics, , filter] = config.processors;
  assert.ok(metrics.name === "roundtripstometrics" && filter.name === "roundtripsfilter");
  for (const { name, labels } of protocols) {
    assert.deepEqual(metrics.requireLabels.get(name)!.slice(6), Object.keys(labels), name);
  }
  assert.equal(filter.where, "http and duration > 50ms");
});

Deno.test("the documents are those that the keys make; `deno task reference` writes them", () => {
  for (const [path, text] of Object.entries(documents())) {
    assert.equal(Deno.readTextFileSync(new URL(`../../${path}`, import.meta.url)), text, path);
  }
});

Deno.test("dotted and nested keys are one tree, in any order, and null overrides nothing", () => {
  const texts = [
    "sniffer:\n  ifaces: lo\nsniffer.engine: libpcap\nsniffer.protocols.rules:\nsniffer.protocols:\nlogger.level: warn\nlogger:\n",
    "logger:\nlogger.level: warn\nsniffer.ifaces:\nsniffer: {engine: libpcap, ifaces: lo, protocols: ~}\n",
    "logger: {level: warn}\nsniffer.ifaces: lo\nsniffer: {ifaces: , engine: libpcap}\n",
  ];
  for (const text of texts) {
    const { sniffer, logger } = loaded(text);
    assert.deepEqual([sniffer.ifaces, sniffer.engine, logger.level], ["lo", "libpcap", "warn"], text);
  }
});

Deno.test("a leaf set both dotted and nested is an error, even with one value, and in lenient reading too", () => {
  for (const [first, second] of [["lo", "any"], ["lo", "lo"]]) {
    for (const lenient of [false, true]) {
      const { config, said } = load(`sniffer.ifaces: ${first}\n\nsniffer:\n  ifaces: ${second}\n`, { lenient });
      assert.equal(config, undefined);
      assert.deepEqual(said, ["4 error: sniffer.ifaces: is set twice, here and in line 1: leave one of them"]);
    }
  }
  const inner = "controller:\n  decoder.http.maxBodySize: 1\n  decoder: {http: {maxBodySize: 2}}\n";
  says(load(inner).said, [/^3 error: controller\.decoder\.http\.maxBodySize: is set twice, here and in line 2/]);
});

Deno.test("of a key that stands twice in one mapping the last counts, and that is told", () => {
  const { config, said } = load(
    "server: {enabled: false}\nlogger.level: warn\nserver: {address: ':1'}\nlogger.level: error\n",
  );
  assert.deepEqual([config!.server.address, config!.logger.level], [":1", "error"]);
  assert.deepEqual(said, [
    "3 warning: server: stands here for the second time: line 1 is ignored",
    "4 warning: logger.level: stands here for the second time: line 2 is ignored",
  ]);
});

Deno.test("durations, numbers, booleans and lists are read as people write them", () => {
  const values = <T>(key: string, texts: readonly string[], value: (config: Config) => T) =>
    texts.map((text) => value(loaded(`${key}: ${text}`)));
  assert.deepEqual(
    values(
      "controller.connExpired",
      ["90", "1h30m", "'2m'", "90s", '"90"'],
      (config) => config.controller.connExpiredNs,
    ),
    [90e9, 5400e9, 120e9, 90e9, 90e9],
  );
  assert.deepEqual(
    values(
      "exporter.traces.batch",
      ["20", "'20'", "20.0", "0x14", "2e1", "2_0"],
      (config) => config.exporter.traces.batch,
    ),
    [20, 20, 20, 20, 20, 20],
  );
  const yes = ["true", "'true'", "True", "yes", "on", "y", "1"];
  assert.deepEqual(values("server.enabled", yes, (config) => config.server.enabled), yes.map(() => true));
  const no = ["false", "No", "off", "n", "0"];
  assert.deepEqual(
    values("metricsStorage.enabled", no, (config) => config.metricsStorage.enabled),
    no.map(() => false),
  );
  // A text stays what was written, whatever else YAML could take it for.
  const names = ["0755", "1e3", "yes", "2024-01-02", "1:30"];
  assert.deepEqual(values("logger.filename", names, (config) => config.logger.filename), names);
  assert.equal(loaded("logger.filename: 'null'").logger.filename, "null");
  assert.equal(loaded("logger.level: WARN").logger.level, "warn");
});

Deno.test("a list may be one value, or a mapping of positions", () => {
  const rules = (text: string) => loaded(text).sniffer.rules;
  const wanted = [{ name: "", protocol: "http", ports: [80], host: "" }];
  assert.deepEqual(rules("sniffer.protocols.rules: [{protocol: http, ports: 80}]"), wanted);
  assert.deepEqual(rules("sniffer.protocols.rules.0.protocol: http\nsniffer.protocols.rules.0.ports.0: 80"), wanted);
});

Deno.test("media types are compared in lower case", () => {
  const { contentTypes } = loaded("controller.decoder.http.contentTypes: [Application/JSON, text/*, '*/*+xml']")
    .controller.httpBody;
  assert.deepEqual(contentTypes, ["application/json", "text/*", "*/*+xml"]);
});

Deno.test("hosts of rules stand in the form that packets' addresses have", () => {
  const host = (text: string) =>
    loaded(`sniffer.protocols.rules: [{protocol: dns, ports: [53], host: "${text}"}]`)
      .sniffer.rules[0].host;
  assert.deepEqual(["2001:DB8:0::1", "::ffff:10.0.0.1", "10.0.0.1", "web-1.example"].map(host), [
    "2001:db8::1",
    "10.0.0.1",
    "10.0.0.1",
    "web-1.example",
  ]);
});

Deno.test("variables of the environment are filled in, and count as if they were written there", () => {
  const config = loaded(`server: {token: "\${TOKEN}", address: ":\${PORT}", timeout: "\${WAIT}"}
logger.filename: \${EMPTY:-a}$\${TOKEN}-\${TOKEN}\${TOKEN}
logger.level: \${EMPTY}
exporter.traces: {batch: "\${BATCH:-7}", interval: "\${NOTHING:-}"}
`);
  assert.deepEqual([config.server.token, config.server.address, config.server.timeoutNs], ["abc", ":9092", 30e9]);
  assert.equal(config.logger.filename, "a${TOKEN}-abcabc");
  assert.deepEqual([config.logger.level, config.exporter.traces.batch, config.exporter.traces.intervalNs], [
    "info",
    7,
    3e9,
  ]);
});

Deno.test("anchors, aliases and merge keys are followed", () => {
  const config = loaded(`sniffer.protocols.rules:
  - &web {name: web, protocol: http, ports: &ports [80, 8080]}
  - {<<: *web, name: other, ports: [81]}
  - {protocol: http2, ports: *ports}
`);
  assert.deepEqual(config.sniffer.rules.map(({ name, protocol, ports }) => [name, protocol, ports]), [
    ["web", "http", [80, 8080]],
    ["other", "http", [81]],
    ["", "http2", [80, 8080]],
  ]);
});

Deno.test("old spellings mean what they meant", () => {
  assert.equal(loaded("sniffer.ipv4Only: true").sniffer.ipVersion, "v4");
  assert.equal(loaded("sniffer: {ipv4Only: false, ipVersion: v6}").sniffer.ipVersion, "v6");
  assert.equal(loaded("sniffer.noPromiscuous: true").sniffer.promiscuous, false);
  assert.equal(loaded("sniffer.noPromiscuous: true\nsniffer.noPromisc: true").sniffer.promiscuous, false);
  loaded("controller.decoder.mongodb.enableResponseCode: false");
});
Deno.test("any port and all protocols in rules", () => {
  const { rules } = loaded(`
sniffer.protocols.rules:
  - {protocol: redis, ports: [6379, any]}
  - {protocol: auto, host: 10.0.0.7}
`).sniffer;
  assert.deepEqual(rules[0], { name: "", protocol: "redis", ports: [6379], anyPort: true, host: "" });
  assert.deepEqual(rules[1], { name: "", protocol: rules[1].protocol, ports: [], anyPort: true, host: "10.0.0.7" });
  assert.equal(rules.length, 11);
  assert.match(load("sniffer.protocols.rules:\n  - {protocol: auto, ports: [80]}\n").said[0], /auto looks on any port/);
  assert.match(
    load("sniffer.protocols.rules:\n  - {protocol: http, ports: [all]}\n").said[0],
    /'all' is not a port/,
  );
});
