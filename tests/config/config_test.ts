/** Configurations: how they are read, what is wrong with them, and the documents that are made from the keys. */
import assert from "node:assert/strict";
import { differences, loadConfig, maskedConfig, referenceText, withoutRestart } from "../../src/config/mod.ts";
import { allKeys } from "../../src/config/keys.ts";
import { seeded } from "../tools/random.ts";
import { documents } from "./documents.ts";

const variables: Readonly<Record<string, string>> = { TOKEN: "abc", PORT: "9092", EMPTY: "" };
const options = { lenient: false, env: (name: string) => variables[name] };

function load(text: string, lenient = false) {
  const { config, problems } = loadConfig(text, { ...options, lenient });
  return { config, said: problems.map(({ line, severity, message }) => `${line} ${severity}: ${message}`) };
}

function loaded(text: string) {
  const { config, said } = load(text);
  assert.deepEqual(said, []);
  return config!;
}

/** A sample of the Go program's, with both styles of keys in one file. */
const SAMPLE = `
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

Deno.test("the sample of the Go program loads unchanged", () => {
  const config = loaded(SAMPLE);
  assert.deepEqual(config.sniffer.rules, [{ name: "http", protocol: "http", ports: [80], host: "" }]);
  assert.deepEqual([config.sniffer.ifaces, config.server.address, config.metricsStorage.vmHistogram], [
    "any",
    ":9091",
    true,
  ]);
  const [metrics, traces] = config.processors;
  assert.ok(metrics.name === "roundtripstometrics" && traces.name === "roundtripstotraces");
  assert.equal(metrics.requireLabels.get("http")!.length, 5);
  assert.equal(config.exporter.traces.enabled, false);
});

Deno.test("nothing at all is a configuration: every key has its value without being set", () => {
  const config = loaded("");
  for (const { key, fallback } of allKeys) assert.deepEqual(config.values.get(key), fallback, key);
  assert.equal(config.server.timeoutNs, 60e9);
});

Deno.test("the reference loads as it is, and changes nothing but what it shows as examples", () => {
  const changed = differences(loaded(""), loaded(referenceText())).map(({ key }) => key);
  assert.deepEqual(changed, ["processor", "pipeline"]);
});

Deno.test("the documents are those that the keys make; `deno task reference` writes them", () => {
  for (const [path, text] of Object.entries(documents())) {
    assert.equal(Deno.readTextFileSync(new URL(`../../${path}`, import.meta.url)), text, path);
  }
});

Deno.test("dotted and nested keys are one tree, null overrides nothing, and a leaf has one value", () => {
  const config = loaded(
    "sniffer:\n  ifaces: lo\nsniffer.engine: libpcap\nsniffer.filter:\nlogger: {level: warn}\nlogger:\n",
  );
  assert.deepEqual([config.sniffer.ifaces, config.sniffer.engine], ["lo", "libpcap"]);
  assert.equal(loaded("logger.level: warn\nlogger:\n").logger.level, "warn");
  assert.deepEqual(load("sniffer.ifaces: lo\nsniffer:\n  ifaces: any\n").said, [
    "3 error: 'sniffer.ifaces' is set twice: here and in line 1",
  ]);
  const last = loaded("server.address: ':1'\nserver.enabled: true\nserver.address: ':2'\n");
  assert.deepEqual([last.server.address, last.server.enabled], [":2", true]);
});

Deno.test("durations, numbers and booleans are read as people write them", () => {
  const read = (text: string) => loaded(text).controller.connExpiredNs / 1e9;
  assert.deepEqual(["90", "1h30m", "'2m'", "90s"].map((text) => read(`controller.connExpired: ${text}`)), [
    90,
    5400,
    120,
    90,
  ]);
  for (const text of ["yes", "'true'", "on", "True"]) assert.ok(loaded(`server.enabled: ${text}`).server.enabled, text);
  assert.equal(loaded("exporter.traces.batch: '20'").exporter.traces.batch, 20);
});

Deno.test("variables of the environment are filled in", () => {
  const config = loaded('server: {token: "${TOKEN}", address: ":${PORT}"}\nlogger.filename: ${EMPTY:-a}$${TOKEN}\n');
  assert.deepEqual([config.server.token, config.server.address, config.logger.filename], ["abc", ":9092", "a${TOKEN}"]);
  assert.match(
    load("\nserver.token: ${MISSING}").said[0],
    /^2 error: the environment has no variable MISSING; set it, or/,
  );
  assert.match(load("server.token: ${1x}").said[0], /names no variable/);
  assert.equal(loaded("exporter.traces.batch: ${BATCH:-7}").exporter.traces.batch, 7);
});

Deno.test("all that is wrong is said at once, each with its line, the value, what is allowed and the near miss", () => {
  const { config, said } = load(`server: {enabled: maybe, adress: ":9091"}
sniffer:
  ifaces: "["
  protocols.rules:
    - {protocol: htp, ports: [80, 70000]}
    - {protocol: http, port: 80}
controller.connExpired: 10
processor:
  - name: roundtripstometrics
    config: {http: {requireLabels: [request.pth]}}
  - name: roundtripsfiltr
pipeline: [{name: a, processors: [roundtripstometric]}]
exporter.traces: {enabled: true, endpoint: "collector:4318"}
logger.level: loud
decoder.protocols: 3
`);
  assert.equal(config, undefined);
  const expected = [
    /^1 error: server\.enabled: 'maybe' is not true or false$/,
    /^1 error: server has no key 'adress'; did you mean address\? known: enabled, address, /,
    /^3 error: sniffer\.ifaces: '\[' is no regular expression/,
    /^5 error: sniffer\.protocols\.rules\[0\]\.protocol: 'htp' is no protocol; did you mean http\?/,
    /^5 error: .*ports\[1\]: '70000' is not a whole number from 0 to 65535$/,
    /^6 warning: .*\[1\]\.port has no effect: write ports: \[\.\.\.\]$/,
    /^6 warning: .*\[1\] has no ports: it decodes nothing$/,
    /^7 error: controller\.connExpired: '10' is not a duration of at least 1m/,
    /^10 error: .*'request\.pth' is no label of http; did you mean request\.path\?/,
    /^11 error: processor\[1\]: there is no processor 'roundtripsfiltr'; did you mean roundtripsfilter\?/,
    /^12 error: pipeline 'a' names 'roundtripstometric', .* did you mean roundtripstometrics\?$/,
    /^13 error: exporter\.traces\.endpoint: 'collector:4318' is no URL: write it whole, such as http/,
    /^13 error: exporter\.traces is enabled and has no endpoint$/,
    /^14 error: logger\.level: 'loud' is none of debug, info, warn, error$/,
    /^15 warning: decoder has no effect$/,
  ];
  assert.equal(said.length, expected.length, said.join("\n"));
  for (const [i, pattern] of expected.entries()) assert.match(said[i], pattern);
});

Deno.test("lenient: what can be left out warns, and has the value that it has without being set", () => {
  const { config, said } = load("server.timeout: soon\nserver.addres: x\nlogger.level: warn\n", true);
  assert.equal(config!.server.timeoutNs, 60e9);
  assert.equal(config!.logger.level, "warn");
  assert.deepEqual(said.map((line) => line.split(":")[0]), ["1 warning", "2 warning"]);
  assert.equal(load("a: [", true).config, undefined, "what is no YAML cannot be used");
});

Deno.test("old spellings mean what they meant, dead ones warn", () => {
  assert.equal(loaded("sniffer.ipv4Only: true").sniffer.ipVersion, "v4");
  assert.equal(loaded("sniffer.noPromiscuous: true").sniffer.promiscuous, false);
  assert.deepEqual(load("controller.decoder.mongodb.enableOkCode: true").said, [
    "1 warning: controller.decoder.mongodb.enableOkCode has no effect",
  ]);
});

Deno.test("an expression that is wrong is said with its message", () => {
  const text = "processor: [{name: roundtripsfilter, config: {where: 'x y'}}]";
  const { problems } = loadConfig(text, { ...options, checkExpression: (text) => `${text} is nothing` });
  assert.deepEqual(problems.map(({ message }) => message), ["processor roundtripsfilter, where: x y is nothing"]);
});

Deno.test("secrets are shown to nobody", () => {
  const config = loaded(`
server.token: s3cret
exporter.traces.header: {Authorization: s3cret, X-A.b: s3cret}
exporter.metrics.endpoint: http://me:s3cret@127.0.0.1:1/write
`);
  assert.deepEqual([...config.exporter.traces.header.keys()], ["Authorization", "X-A.b"]);
  assert.ok(!JSON.stringify(maskedConfig(config)).includes("s3cret"));
  assert.ok(!JSON.stringify(differences(loaded(""), config)).includes("s3cret"));
});

Deno.test("what has to wait for a restart keeps its old value, the rest changes", () => {
  const before = loaded("sniffer.engine: pcap\nlogger.level: info\n");
  const after = loaded("sniffer.engine: libpcap\nlogger.level: warn\n");
  assert.deepEqual(differences(before, after), [
    { key: "logger.level", before: "info", after: "warn", restart: false },
    { key: "sniffer.engine", before: "pcap", after: "libpcap", restart: true },
  ]);
  const mixed = withoutRestart(before, after);
  assert.deepEqual([mixed.sniffer.engine, mixed.logger.level], ["pcap", "warn"]);
});

Deno.test("no text throws, hangs or grows: bombs, depths, aliases, binary, damaged samples", () => {
  const bomb = [
    "a: &a [x,x,x,x,x,x,x,x,x]",
    ..."bcdefghi".split("").map((name, i) => {
      const before = "abcdefghi"[i];
      return `${name}: &${name} [${new Array(9).fill(`*${before}`).join(",")}]`;
    }),
  ].join("\n");
  const texts = [
    bomb,
    "x: &x {y: *x}",
    "[".repeat(5000),
    "a: ".repeat(5000),
    `${"a.".repeat(2000)}b: 1`,
    "? [a, b]\n: c",
    "\u0000\u0001\ufffe",
    "- 1\n- 2",
    "just text",
    "a: !!binary x\nb: !unknown y",
    "1: 2\nnull: 3\n: 4\n.: 5",
  ];
  for (const text of texts) assert.ok(load(text).said.length > 0, text.slice(0, 40));
  const random = seeded(6);
  for (let round = 0; round < 400; round++) {
    const characters = [...SAMPLE];
    for (let i = 0; i < 3; i++) {
      characters[Math.floor(random() * characters.length)] = ":-[]{}\"'&*#%@\n\t x1"[Math.floor(random() * 18)];
    }
    load(characters.join(""), round % 2 === 0);
  }
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
    /'all' is not a whole number/,
  );
});
