/** What is said of configurations that are wrong, or not quite right. */
import assert from "node:assert/strict";
import { load, loaded, options, says } from "./support.ts";
import { loadConfig } from "../../src/config/mod.ts";

Deno.test("all that is wrong is said at once, each with its line, the value, what is allowed and the near miss", () => {
  const text = `server: {enabled: maybe, adress: ":9091"}
sniffer:
  ifaces: "["
  protocols.rules:
    - {protocol: htp, ports: [80, 70000]}
    - {protocol: http, port: 80}
controller.connExpired: soon
processor:
  - name: roundtripstometrics
    config: {http: {requireLabels: [request.pth]}}
  - name: roundtripsfiltr
pipeline:
  - {name: a, processors: [roundtripstometrics, roundtripstometric]}
  - name: b
    processors:
      - roundtripstotraces
exporter.traces: {enabled: true, endpoint: "collector:4318"}
exporter.metrics.enabled: true
logger.level: loud
decoder.protocols: 3
`;
  const { config, said } = load(text);
  assert.equal(config, undefined);
  says(said, [
    /^1 error: server\.enabled: 'maybe' is not true or false$/,
    /^1 error: server\.adress: there is no such key; did you mean address\? there are enabled, address, /,
    /^3 error: sniffer\.ifaces: '\[' is no regular expression \(.+\): write a name such as eth0, or eth\.\*, or any$/,
    /^5 error: sniffer\.protocols\.rules\[0\]\.protocol: 'htp' is no protocol; did you mean http\? there are amqp, /,
    /^5 error: sniffer\.protocols\.rules\[0\]\.ports\[1\]: '70000' is not a port: 0 to 65535$/,
    /^6 warning: sniffer\.protocols\.rules\[1\]\.port: has no effect: write ports: \[\.\.\.\]$/,
    /^6 warning: sniffer\.protocols\.rules\[1\]: has no ports: it decodes nothing$/,
    /^7 error: controller\.connExpired: 'soon' is no duration: write 300ms, 30s, 5m or 1h30m, or a number of seconds$/,
    /^10 error: processor\[0\]\.config\.http\.requireLabels\[0\]: 'request\.pth' is no label of http; did you mean request\.path\? /,
    /^11 error: processor\[1\]: there is no processor 'roundtripsfiltr'; did you mean roundtripsfilter\? there are /,
    /^13 error: pipeline\[0\]\.processors: 'roundtripstometric' is no processor; did you mean roundtripstometrics\? /,
    /^16 error: pipeline\[1\]\.processors: roundtripstotraces has to stand under processor too: - name: roundtripstotraces$/,
    /^17 error: exporter\.traces\.endpoint: 'collector:4318' is no URL of http or https: write it whole, such as http/,
    /^18 error: exporter\.metrics\.enabled: needs exporter\.metrics\.endpoint$/,
    /^19 error: logger\.level: 'loud' is not known; it is one of debug, info, warn, error$/,
    /^20 warning: decoder: has no effect: decoders are set up under controller\.decoder$/,
  ]);
  const lenient = load(text, { lenient: true });
  assert.ok(lenient.said.every((line) => /^\d+ warning: /.test(line)), lenient.said.join("\n"));
  const { server, sniffer, controller, processors, pipelines, exporter, logger } = lenient.config!;
  assert.deepEqual([server.enabled, sniffer.ifaces, controller.connExpiredNs, logger.level], [
    false,
    "",
    300e9,
    "info",
  ]);
  assert.deepEqual(sniffer.rules, [{ name: "", protocol: "http", ports: [], host: "" }]);
  assert.deepEqual(processors.map(({ name }) => name), ["roundtripstometrics"]);
  assert.deepEqual(pipelines.map((pipeline) => pipeline.processors), [["roundtripstometrics"], []]);
  assert.ok(!exporter.traces.enabled && !exporter.metrics.enabled);
  for (
    const pattern of [
      /server\.enabled: .*; false is used$/,
      /connExpired: .*; 5m is used$/,
      /rules\[0\].*; this rule is left out$/,
      /exporter\.metrics\.enabled: .*; it is not enabled$/,
      /requireLabels\[0\]: .*; ignored$/,
    ]
  ) {
    assert.ok(lenient.said.some((line) => pattern.test(line)), `${pattern} in\n${lenient.said.join("\n")}`);
  }
});

Deno.test("single values that are wrong, and what is said of them", () => {
  const table: [string, RegExp][] = [
    ["server.address: '9091'", /^1 error: server\.address: '9091' is no address to listen on: write :9091 for all/],
    ["server.address: 'localhost:99999'", /'localhost:99999' has no port from 0 to 65535$/],
    ["server.address: '::1:80'", /is no address to listen on/],
    ["logger: 5", /^1 error: logger: is a section with keys of its own, not a value: stdout, level, /],
    ["logger.level: [debug]", /logger\.level: is one of debug, info, warn, error, not a list$/],
    ["logger.level: {a: b}", /logger\.level: is one of .*, not a mapping$/],
    ["logger.maxSize: 10MB", /logger\.maxSize: '10MB' is not a whole number from 1 to 1000000$/],
    ["logger.maxSize: 010", /'010' is not a whole number .* \(leave out the leading 0\)$/],
    ["sniffer.ipVersion: ipv4", /'ipv4' is not known; it is one of "", v4, v6$/],
    ["sniffer.engine: afpacket", /sniffer\.engine: 'afpacket' is not known; it is one of pcap, libpcap$/],
    ["sniffer.lanes: many", /sniffer\.lanes: 'many' is not a whole number from 1 to 64, or auto$/],
    ["sniffer.lanes: 0", /sniffer\.lanes: '0' is not a whole number from 1 to 64, or auto$/],
    ["sniffer.blockNum: many", /sniffer\.blockNum: 'many' is not a whole number: a multiple of 16, from 16 to 1024$/],
    ["sniffer.iface: lo", /sniffer\.iface: there is no such key; did you mean ifaces\? there are ifaces, engine, /],
    ["sniffer.protocols.rules: http", /rules: is a list of rules, such as \[\{protocol: http, ports: \[80\]\}\]$/],
    ["sniffer.protocols.rules: [http]", /rules\[0\]: is a rule, such as \{protocol: http, ports: \[80\]\}$/],
    ["sniffer.protocols.rules: [~]", /rules\[0\]: is empty$/],
    ["sniffer.protocols.rules: [{ports: [80]}]", /rules\[0\]: names no protocol: /],
    ["sniffer.protocols.rules: [{protocol: http, ports: '80,81'}]", /ports\[0\]: '80,81' is not a port: 0 to 65535$/],
    ["sniffer.protocols.rules: [{protocol: http, ports: [-1]}]", /ports\[0\]: '-1' is not a port/],
    ["sniffer.protocols.rules: [{protocol: http, ports: [80], host: 'a b'}]", /host: 'a b' is neither an address nor/],
    ["sniffer.protocols.rules: [{protocol: http, ports: [80], host: 10.0.0.300}]", /host: '10\.0\.0\.300' is neither/],
    [
      "sniffer.file: x\nsniffer.protocols.rules:\n- {protocol: http, ports: [80],\n   host: web1}",
      /^4 error: .*'web1' is a name, which a/,
    ],
    ["sniffer: {ipv4Only: true, ipVersion: v6}", /sniffer\.ipv4Only: contradicts sniffer\.ipVersion in line 1/],
    [
      "controller.layer4Metrics.requiredLabels: [source.hst]",
      /'source\.hst' is no label of layer4Metrics; did you mean source\.host\?/,
    ],
    [
      "controller.decoder.http.contentTypes: [json]",
      /contentTypes\[0\]: 'json' is no media type: write application\/json/,
    ],
    ["processor: {name: x}", /processor: is a list, such as \[\{name: roundtripstometrics\}\]$/],
    ["processor: [{config: }]", /processor\[0\]: names no processor; there are roundtripstometrics, /],
    [
      "processor: [{name: roundtripsfilter}, {name: roundtripsfilter}]",
      /processor\[1\]: roundtripsfilter stands in the list/,
    ],
    [
      "processor: [{name: roundtripsfilter, config: {sample: 2}}]",
      /sample: '2' is not a share: a number above 0 and at most 1/,
    ],
    ["processor: [{name: roundtripstotraces, config: {semconv: otl}}]", /'otl' is not known; did you mean otel\?/],
    [
      "processor: [{name: roundtripstotraces,\n  config: {serviceNames: {\n  nope: x}}}]",
      /^3 error: .*no rule has the name 'nope', nor any name$/,
    ],
    ["exporter.traces.header: [a]", /exporter\.traces\.header: is a mapping of names to text/],
    ["exporter.traces.header: {'X Y': a}", /'X Y' is no name of a header/],
    ["exporter.roundtrips.maxSise: 1", /did you mean maxSize\?/],
    ["a: *b", /a: the alias '\*b' has no anchor before it$/],
    [
      "server.token: ${MISSING}",
      /^1 error: server\.token: the environment has no variable MISSING: set it, or write \$\{MISSING:-default\}$/,
    ],
    ["\nserver.token: x${1x}", /^2 error: server\.token: \$\{ begins no variable: write \$\{NAME\}, /],
    ["server.token: ${TOKEN", /\$\{ begins no variable/],
    ["a..b: 1", /^1 error: a\.\.b: is no key: a part of it is empty$/],
    ["? [a, b]\n: c", /a key is one word/],
    ["x: {<<: 5}", /<< takes a mapping/],
  ];
  for (const [text, pattern] of table) {
    const { config, said } = load(text);
    assert.equal(config, undefined, text);
    assert.ok(said.some((line) => pattern.test(line)), `${text}\n${said.join("\n")}`);
  }
});

Deno.test("what is no YAML says where, and is an error for lenient readers too", () => {
  const table: [string, RegExp][] = [
    ["a: [", /^\d error: : no YAML: /],
    ["server:\n\tenabled: true", /^2 error: : no YAML: Tabs are not allowed/],
    ["x: |\n  a\n y: 3", /^3 error: : no YAML: /],
    ["a: 1\n--- b", /^2 error: : a second document begins here/],
    ["- 1\n- 2", /^1 error: : a configuration is a mapping of keys to values/],
    ["just text", /^1 error: : a configuration is a mapping/],
  ];
  for (const [text, pattern] of table) {
    for (const lenient of [false, true]) {
      const { config, said } = load(text, { lenient });
      assert.equal(config, undefined, text);
      assert.match(said[0], pattern);
    }
  }
});

Deno.test("values out of bounds become what the Go program made of them, and that is told", () => {
  const table: [string, RegExp][] = [
    ["controller.connExpired: 30s", /^1 warning: controller\.connExpired: '30s' is too short: 1m is used$/],
    ["controller.connExpired: 0", /'0' is no time at all: 5m is used$/],
    ["server.timeout: -1s", /'-1s' is no time at all: 1m is used$/],
    ["exporter.traces.interval: 99999h", /'99999h' is too long: 576h is used$/],
    ["logger.maxSize: 0", /logger\.maxSize: 0 is less than 1: 100 is used$/],
    ["exporter.roundtrips.maxAge: -3", /-3 is less than 1: 7 is used$/],
    ["exporter.traces.batch: 1000000", /1000000 is more than 10000: 10000 is used$/],
    ["controller.decoder.http.maxBodySize: -1", /-1 is less than 1: 102400 is used$/],
    ["sniffer.blockNum: 8", /8 is not a multiple of 16 from 16 to 1024: 16 is used$/],
    ["sniffer.blockNum: 100", /100 is not a multiple of 16 from 16 to 1024: 96 is used$/],
    ["sniffer.blockNum: 2048", /2048 is not a multiple of 16 from 16 to 1024: 1024 is used$/],
    ["logger.filename: ''", /'' names no file: "packetd\.log" is used$/],
  ];
  for (const [text, pattern] of table) {
    const { config, said } = load(text);
    assert.ok(config !== undefined, text);
    says(said, [pattern]);
  }
  assert.equal(loaded("server.timeout: 0").server.timeoutNs, 0, "no limit");
  assert.equal(load("sniffer.blockNum: 100").config!.sniffer.blockNum, 96);
  assert.deepEqual(["2", "auto", "~"].map((lanes) => load(`sniffer.lanes: ${lanes}`).config!.sniffer.lanes), [
    2,
    "auto",
    1,
  ]);
});

Deno.test("what does nothing warns", () => {
  const table: [string, RegExp][] = [
    ["controller.decoder.mongodb.enableOkCode: true", /mongodb\.enableOkCode: has no effect: ok, code and message are/],
    ["controller.decoder.protocols: {mongodb: {enableOkCode: true}}", /controller\.decoder\.protocols: has no effect$/],
    ["decoder.protocols:", /decoder: has no effect/],
    ["protocol.rules: [{port: 80}]", /protocol: has no effect: rules stand under sniffer\.protocols\.rules$/],
    ["processor: [{name: roundtripstometrics, config: {http: {expired: 1m}}}]", /http\.expired: has no effect/],
    [
      "exporter.traces: {enabled: true, endpoint: 'http://h/v1/traces'}",
      /sends nothing: no pipeline has roundtripstotraces$/,
    ],
    [
      "exporter.metrics: {enabled: true, endpoint: 'http://h/w'}\nmetricsStorage.enabled: no",
      /^1 warning: exporter\.metrics\.enabled: sends nothing: metricsStorage\.enabled is false$/,
    ],
  ];
  for (const [text, pattern] of table) {
    const { config, said } = load(text);
    assert.ok(config !== undefined, text);
    says(said, [pattern]);
  }
  const { problems } = loadConfig("server:\nsniffer:\n  ifaces: lo\n", options);
  assert.deepEqual(problems, [{
    line: 2,
    key: "sniffer.protocols.rules",
    message: "there are no rules: nothing is decoded",
    severity: "warning",
  }]);
});

Deno.test("expressions are judged by those who know them, with the line of the value", () => {
  const text = `sniffer.filter: tcp prt 80
processor:
  - name: roundtripsfilter
    config:
      where: x y
      drop: z
`;
  const checks = {
    checkExpression: (text: string) => text === "x y" ? "x is no field" : undefined,
    checkFilter: () => "syntax error",
  };
  says(load(text, checks).said, [
    /^1 error: sniffer\.filter: 'tcp prt 80' cannot be used: syntax error$/,
    /^5 error: processor\[0\]\.config\.where: 'x y' cannot be used: x is no field$/,
  ]);
  assert.equal(loaded(text).sniffer.filter, "tcp prt 80", "without judges all is right");
  assert.ok(load("sniffer.filter: ''", checks).config !== undefined, "no expression is none to judge");
});

Deno.test("an environment that may not be read is said, where it matters", () => {
  const env = () => {
    throw new Error("it is locked");
  };
  assert.ok(load("logger.level: info", { env }).config !== undefined);
  says(load("logger.level: ${LEVEL}", { env }).said, [
    /^1 error: logger\.level: the variable LEVEL cannot be read: it is locked$/,
  ]);
});
