/** What a configuration shows of itself, and what one changes of another. */
import assert from "node:assert/strict";
import { differences, maskedConfig, withoutRestart } from "../../src/config/mod.ts";
import { load, loaded } from "./support.ts";

Deno.test("secrets are shown to nobody", () => {
  const config = loaded(`
server.token: s3cret
exporter.traces.header: {Authorization: s3cret, X-A.b: s3cret}
exporter.traces.endpoint: https://s3cret@127.0.0.1:1/v1?token=s3cret&a=b
exporter.metrics.endpoint: http://me:s3cret@127.0.0.1:1/write
`);
  assert.deepEqual([...config.exporter.traces.header.keys()], ["Authorization", "X-A.b"]);
  const shown = maskedConfig(config);
  assert.equal(shown["server.token"], "***");
  assert.deepEqual(shown["exporter.traces.header"], { Authorization: "***", "X-A.b": "***" });
  assert.equal(shown["exporter.traces.endpoint"], "https://***@127.0.0.1:1/v1?token=***&a=b");
  assert.equal(shown["exporter.metrics.endpoint"], "http://***@127.0.0.1:1/write");
  assert.ok(!JSON.stringify(shown).includes("s3cret"));
  assert.ok(!JSON.stringify(differences(loaded(""), config)).includes("s3cret"));
  assert.equal(maskedConfig(loaded(""))["server.token"], "", "that there is none is no secret");
});

Deno.test("secrets are not shown where they are wrong either", () => {
  const texts = [
    "server.token: s3cret with spaces",
    'exporter.traces.header: {A: "s3cret\\n"}',
    "exporter.traces.endpoint: ftp://me:s3cret@host",
    "exporter.traces.endpoint: me:s3cret@host",
    "exporter.traces.endpoint: http:me:s3cret@host",
    "exporter.traces.endpoint: ' http://me:s3cret@host'",
    "exporter.traces.endpoint: htt p://me:s3cret@host",
    "exporter.traces.endpoint: ftp://host?token=s3cret",
  ];
  for (const text of texts) {
    const { config, said } = load(text);
    assert.equal(config, undefined, text);
    assert.ok(!said.join().includes("s3cret"), said.join("\n"));
  }
});

Deno.test("what has to wait for a restart keeps its old value, the rest changes", () => {
  const before = loaded("sniffer.engine: pcap\nlogger.level: info\n");
  const after = loaded(
    "sniffer.engine: libpcap\nlogger.level: warn\nsniffer.protocols.rules: [{protocol: dns, ports: 53}]",
  );
  assert.deepEqual(differences(before, after), [
    { key: "logger.level", before: "info", after: "warn", restart: false },
    { key: "sniffer.engine", before: "pcap", after: "libpcap", restart: true },
    {
      key: "sniffer.protocols.rules",
      before: "[]",
      after: '[{"name":"","protocol":"dns","ports":[53],"host":""}]',
      restart: false,
    },
  ]);
  const mixed = withoutRestart(before, after);
  assert.deepEqual([mixed.sniffer.engine, mixed.logger.level, mixed.sniffer.rules.length], ["pcap", "warn", 1]);
  assert.deepEqual(differences(before, before), []);
});

Deno.test("labels and service names that change are seen", () => {
  const of = (config: string) => loaded(`processor: [{name: roundtripstometrics, config: ${config}}]`);
  const [change] = differences(of("{}"), of("{http: {requireLabels: [request.path]}}"));
  assert.equal(change.after, '[{"name":"roundtripstometrics","requireLabels":{"http":["request.path"]}}]');
});
