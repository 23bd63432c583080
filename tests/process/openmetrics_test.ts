/** OpenMetrics: each line after the grammar, each family once and in one piece, and only samples that its type allows. */
import assert from "node:assert/strict";
import { MetricsStep } from "../../src/process/metrics.ts";
import { openMetricsText } from "../../src/process/openmetrics.ts";
import { selfMetricsText } from "../../src/process/self.ts";
import type { SelfFamily } from "../../src/process/self_family.ts";
import { MetricStorage } from "../../src/process/storage.ts";
import { ConnectionMetrics, TransportMetrics } from "../../src/process/transport.ts";
import { answered, asked, flow, web } from "./round_trips.ts";

const NAME = "[a-zA-Z_:][a-zA-Z0-9_:]*";
const TEXT = String.raw`(?:[^"\\\n]|\\["\\n])*`;
const LABEL = `${NAME}="${TEXT}"`;
const sampleLine = new RegExp(
  String.raw`^(${NAME})((?:\{(?:${LABEL}(?:,${LABEL})*)?\})?) (-?\d+(?:\.\d+)?(?:e[+-]?\d+)?)$`,
);
const describingLine = new RegExp(`^# (TYPE|UNIT|HELP) (${NAME}) (${TEXT})$`);

const suffixes: Record<string, readonly string[]> = {
  counter: ["_total"],
  gauge: [""],
  unknown: [""],
  histogram: ["_bucket", "_sum", "_count"],
};

/** Samples by their name with labels; throws where the text is no OpenMetrics. */
function parsed(text: string): { samples: Map<string, number>; types: Map<string, string> } {
  const samples = new Map<string, number>(), types = new Map<string, string>();
  let family = "";
  assert.ok(text.endsWith("# EOF\n"));
  for (const line of text.slice(0, -"# EOF\n".length).split("\n").slice(0, -1)) {
    const describing = describingLine.exec(line);
    if (describing !== null) {
      const [, word, name, value] = describing;
      if (word === "TYPE") {
        assert.ok(!types.has(name), `${name} in two pieces`);
        types.set(family = name, value);
      } else assert.equal(name, family);
      if (word === "UNIT") assert.ok(name.endsWith(`_${value}`), line);
      continue;
    }
    const sample = sampleLine.exec(line);
    assert.ok(sample !== null, `no sample: ${line}`);
    const [, name, labels, value] = sample;
    const allowed = suffixes[types.get(family)!].map((suffix) => family + suffix);
    assert.ok(allowed.includes(name), `${name} in ${family}`);
    assert.ok(!samples.has(name + labels), `${line} again`);
    samples.set(name + labels, Number(value));
  }
  return { samples, types };
}

function counted(vmHistogram: boolean): MetricStorage {
  const storage = new MetricStorage({ vmHistogram, expiredSec: 300, maxSeries: 50_000 });
  const step = new MetricsStep(storage, [web], new Map([["web", ["request.path", "response.status_code"]]]));
  for (const path of ["/", '/quote"back\\slash', "/new\nline", "/ä😀"]) {
    step.roundTrip(answered({ path, status: 200, rows: 3 }, 116_916_000));
    step.unanswered(asked({ path, status: 0 }));
  }
  new TransportMetrics(storage, []).direction("udp", flow.client, flow.server).packet(7);
  new ConnectionMetrics(storage).active("tcp", 3, 1000);
  return storage;
}

Deno.test("with le buckets", () => {
  const { samples, types } = parsed([...openMetricsText(counted(false))].join(""));
  assert.equal(types.get("web_requests"), "counter");
  assert.equal(types.get("web_requests_unanswered"), "counter");
  assert.equal(types.get("web_request_duration_seconds"), "histogram");
  assert.equal(types.get("web_response_rows"), "unknown");
  assert.equal(types.get("tcp_active_conns"), "gauge");
  assert.equal(samples.get(String.raw`web_requests_total{path="/quote\"back\\slash",status_code="200"}`), 1);
  assert.equal(samples.get('web_request_duration_seconds_bucket{path="/",status_code="200",le="0.1"}'), 0);
  assert.equal(samples.get('web_request_duration_seconds_bucket{path="/",status_code="200",le="1.0"}'), 1);
  assert.equal(samples.get('web_request_body_bytes_bucket{path="/",status_code="200",le="1.048576e+06"}'), 1);
  assert.equal(samples.get('web_request_duration_seconds_sum{path="/",status_code="200"}'), 0.116916);
  assert.equal(samples.get('web_response_rows{path="/",status_code="200"}'), 3);
  assert.equal(samples.get('web_requests_unanswered_total{path="/",status_code=""}'), 1);
});

Deno.test("with ranges, which have no type: each of their names is a family of unknown type", () => {
  const { samples, types } = parsed([...openMetricsText(counted(true))].join(""));
  for (const suffix of suffixes.histogram) assert.equal(types.get(`web_request_duration_seconds${suffix}`), "unknown");
  const labels = 'path="/",status_code="200"';
  assert.equal(samples.get(`web_request_duration_seconds_bucket{${labels},vmrange="1.136e-01...1.292e-01"}`), 1);
  assert.equal(samples.get(`web_request_duration_seconds_count{${labels}}`), 1);
});

Deno.test("without any series", () => {
  const storage = new MetricStorage({ vmHistogram: false, expiredSec: 300, maxSeries: 50_000 });
  new MetricsStep(storage, [web], new Map());
  assert.equal([...openMetricsText(storage)].join(""), "# EOF\n");
});

Deno.test("metrics of packetd itself", () => {
  const families: SelfFamily[] = [
    { name: "packetd_uptime", type: "gauge", help: "Seconds since the start", samples: [{ value: 13.5 }] },
    {
      name: "packetd_sniffer_received_packets_total",
      type: "counter",
      help: 'Packets "received"\\\n',
      samples: [{ labels: { iface: 'a"b' }, value: 1e22 }, { labels: { iface: "lo" }, value: 1.5e-7 }],
    },
    { name: "packetd_nothing", type: "gauge", help: "Nothing", samples: [] },
  ];
  const { samples, types } = parsed(selfMetricsText(families, "openmetrics"));
  assert.deepEqual([...types], [["packetd_uptime", "gauge"], ["packetd_sniffer_received_packets", "counter"]]);
  assert.equal(samples.get(String.raw`packetd_sniffer_received_packets_total{iface="a\"b"}`), 1e22);
  assert.equal(
    selfMetricsText(families, "prometheus"),
    String.raw`# HELP packetd_uptime Seconds since the start
# TYPE packetd_uptime gauge
packetd_uptime 13.5
# HELP packetd_sniffer_received_packets_total Packets "received"\\\n
# TYPE packetd_sniffer_received_packets_total counter
packetd_sniffer_received_packets_total{iface="a\"b"} 1e+22
packetd_sniffer_received_packets_total{iface="lo"} 1.5e-7
`,
  );
});
