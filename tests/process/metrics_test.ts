/** The processor `roundtripstometrics`: names, labels and numbers, with made-up round trips and recorded ones. */
import assert from "node:assert/strict";
import { commonLabels } from "../../src/core/labels.ts";
import type { Ledger } from "../../src/core/ledger.ts";
import { Lane } from "../../src/lane/lane.ts";
import { contractText } from "../../src/process/contract_text.ts";
import { MetricsStep } from "../../src/process/metrics.ts";
import { Pipelines } from "../../src/process/pipelines.ts";
import { MetricStorage } from "../../src/process/storage.ts";
import { protocols } from "../../src/protocols/mod.ts";
import { claimsOf, loadCase } from "../tools/cases.ts";
import { answered, asked, web } from "./round_trips.ts";

function storage(): MetricStorage {
  return new MetricStorage({ vmHistogram: false, expiredSec: 300, maxSeries: 50_000 });
}

/** Sums and counters, without buckets. */
function linesOf(of: MetricStorage): string[] {
  return [...contractText(of)].join("").split("\n").slice(0, -1).filter((line) => !line.includes("_bucket"));
}

Deno.test("an answered request counts in all metrics of its protocol, its measures included", () => {
  const counted = storage();
  const step = new MetricsStep(counted, [web], new Map());
  assert.ok(step.roundTrip(answered({ path: "/", status: 200, rows: 3 }, 2_500_000, 25)));
  step.roundTrip(answered({ path: "/", status: 200, rows: 0 }, 0, 0));
  step.roundTrip(answered({ path: "/", status: 404 }, 0, 0));
  assert.deepEqual(linesOf(counted), [
    "web_requests_total{} 3.000000",
    "web_response_rows{} 3.000000",
    "web_request_duration_seconds_sum{} 0.002500",
    "web_request_duration_seconds_count{} 3.000000",
    "web_request_body_bytes_sum{} 300.000000",
    "web_request_body_bytes_count{} 3.000000",
    "web_response_body_bytes_sum{} 25.000000",
    "web_response_body_bytes_count{} 3.000000",
    "web_response_pages_sum{} 3.000000",
    "web_response_pages_count{} 2.000000",
  ]);
});

Deno.test("a number that a round trip does not have makes no series", () => {
  const counted = storage();
  new MetricsStep(counted, [web], new Map()).roundTrip(answered({ path: "/", status: 200 }));
  assert.ok(linesOf(counted).every((line) => !line.includes("rows") && !line.includes("pages")));
});

Deno.test("common labels come first, then the protocol's, each in the order of the configuration and once", () => {
  const counted = storage();
  const selectors = ["response.status_code", "server.port", "request.path", "client.address", "server.port"];
  new MetricsStep(counted, [web], new Map([["web", selectors]])).roundTrip(answered({ path: "/a", status: 404 }));
  assert.equal(
    linesOf(counted)[0],
    'web_requests_total{server_port="80",client_address="10.0.0.1",status_code="404",path="/a"} 1.000000',
  );
});

Deno.test("every common selector has the name of the contract and the right end of the flow", () => {
  const counted = storage();
  const selectors = Object.keys(commonLabels);
  new MetricsStep(counted, [web], new Map([["web", selectors]])).roundTrip(answered({ path: "/a", status: 404 }));
  assert.equal(
    linesOf(counted)[0],
    'web_requests_total{client_address="10.0.0.1",client_host="10.0.0.1",client_port="40000",' +
      'server_address="10.0.0.2",server_host="10.0.0.2",server_port="80"} 1.000000',
  );
});

Deno.test("a request that nobody answered is counted apart, without what a response would say", () => {
  const counted = storage();
  const labels = new Map([["web", ["request.path", "response.status_code"]]]);
  new MetricsStep(counted, [web], labels).unanswered(asked({ path: "/never", status: 0 }));
  assert.deepEqual(linesOf(counted), ['web_requests_unanswered_total{path="/never",status_code=""} 1.000000']);
});

Deno.test("an unknown selector is an error that names those that there are", () => {
  for (const selector of ["request.host", "toString"]) {
    assert.throws(
      () => new MetricsStep(storage(), [web], new Map([["web", [selector]]])),
      new RegExp(`web has no label '${selector}'; there are: client.address, .*, request.path, response.status_code`),
    );
  }
});

Deno.test("text is only needed where labels are made of it", () => {
  const rendersText = (selectors: string[]) =>
    new MetricsStep(storage(), [web], new Map([["web", selectors]])).rendersText;
  assert.equal(rendersText(["server.port", "response.status_code"]), false);
  assert.equal(rendersText(["server.port", "request.path"]), true);
});

/** The contract's selectors and names, those of older versions included. */
const contract: Record<string, Record<string, string>> = {
  amqp: { "request.queue_name": "queue_name", "request.class": "class", "request.method": "method" },
  dns: { "request.question": "question" },
  grpc: { "request.service": "service", "response.status_code": "status_code" },
  http: {
    "request.method": "method",
    "request.path": "path",
    "request.remote_host": "remote_host",
    "response.status_code": "status_code",
  },
  http2: { "request.method": "method", "request.path": "path", "response.status_code": "status_code" },
  kafka: { "request.api": "api", "request.version": "version" },
  mongodb: { "request.command": "service", "request.source": "source", "response.ok": "ok" },
  mysql: { "request.command": "command", "response.packet_type": "packet_type" },
  postgresql: { "request.command": "command", "response.packet_type": "packet_type" },
  redis: { "request.command": "command", "response.data_type": "data_type" },
};

interface Counted {
  /** Sum over the series of a name. */
  total(name: string): number;
  readonly ledger: Ledger;
  /** `Response.Packet` of the lines that the case expects. */
  readonly packets: Record<string, number>[];
}

/** A recorded case, counted with every label that its protocol has. */
async function recorded(protocol: string, claim: string): Promise<Counted> {
  const counted = storage();
  const labels = new Map(protocols.map(({ name, labels }) => [name, Object.keys(labels)]));
  const { packets, rules, expected } = await loadCase(protocol, claim);
  const lane = new Lane(rules, new Pipelines([[new MetricsStep(counted, protocols, labels)]]));
  for (const { bytes, wireLength, sec, nsec, linkType } of packets) {
    lane.packet(bytes, 0, bytes.length, wireLength, sec, nsec, linkType);
  }
  lane.close();
  const lines = linesOf(counted);
  return {
    total: (name) =>
      lines.filter((line) => line.startsWith(`${name}{`))
        .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(" "))), 0),
    ledger: lane.ledger,
    packets: expected.map((line) => JSON.parse(line).Response.Packet),
  };
}

for (const { name, labels } of protocols) {
  Deno.test(`${name}: every label of recorded round trips can be read, and the counts are the ledger's`, async () => {
    for (const [selector, label] of Object.entries(contract[name])) {
      assert.equal(labels[selector]?.name, label, selector);
    }
    for (const claim of claimsOf(name)) {
      const { total, ledger } = await recorded(name, claim);
      for (const [protocol, { paired, unanswered }] of ledger.protocols) {
        assert.equal(total(`${protocol}_requests_total`), paired, claim);
        assert.equal(total(`${protocol}_request_duration_seconds_count`), paired, claim);
        assert.equal(total(`${protocol}_requests_unanswered_total`), unanswered, claim);
      }
    }
  });
}

function sumOf(packets: readonly Record<string, number>[], member: string): number {
  return packets.reduce((sum, packet) => sum + (packet[member] ?? 0), 0);
}

Deno.test("MySQL's rows: those that OK packets changed are summed, those of result sets are a histogram", async () => {
  const { total, packets } = await recorded("mysql", "text-queries");
  assert.ok(sumOf(packets, "AffectedRows") > 0 && sumOf(packets, "Rows") > 0);
  assert.equal(total("mysql_response_affected_rows"), sumOf(packets, "AffectedRows"));
  assert.equal(total("mysql_response_resultset_rows_sum"), sumOf(packets, "Rows"));
  assert.equal(total("mysql_response_resultset_rows_count"), packets.filter((packet) => "Rows" in packet).length);
});

Deno.test("PostgreSQL's rows are those of CommandComplete, a SELECT's too", async () => {
  const { total, packets } = await recorded("postgresql", "simple-queries");
  assert.ok(sumOf(packets, "Rows") > 0);
  assert.equal(total("postgresql_response_affected_rows"), sumOf(packets, "Rows"));
});
