/** Metrics of packets and connections. */
import assert from "node:assert/strict";
import { contractText } from "../../src/process/contract_text.ts";
import { MetricStorage } from "../../src/process/storage.ts";
import { ConnectionMetrics, TransportMetrics } from "../../src/process/transport.ts";
import { flow } from "./round_trips.ts";

function storage(): MetricStorage {
  return new MetricStorage({ vmHistogram: false, expiredSec: 300, maxSeries: 50_000 });
}

function linesOf(of: MetricStorage): string[] {
  return [...contractText(of)].join("").split("\n").slice(0, -1);
}

Deno.test("each direction counts from its own point of view, under the names of its transport and of both", () => {
  const counted = storage();
  const metrics = new TransportMetrics(counted, ["destination.port", "source.host"]);
  const up = metrics.direction("tcp", flow.client, flow.server);
  up.packet(100);
  up.packet(0);
  up.skipped();
  metrics.direction("tcp", flow.server, flow.client).packet(50);
  metrics.direction("udp", flow.client, flow.server).packet(7);
  const [there, back] = ['{dst_port="80",src_host="10.0.0.1"}', '{dst_port="40000",src_host="10.0.0.2"}'];
  assert.deepEqual(linesOf(counted), [
    `layer4_packets_total${there} 3.000000`,
    `layer4_packets_total${back} 1.000000`,
    `layer4_bytes_total${there} 107.000000`,
    `layer4_bytes_total${back} 50.000000`,
    `tcp_received_packets_total${there} 2.000000`,
    `tcp_received_packets_total${back} 1.000000`,
    `tcp_received_bytes_total${there} 100.000000`,
    `tcp_received_bytes_total${back} 50.000000`,
    `tcp_skipped_packets_total${there} 1.000000`,
    `tcp_skipped_packets_total${back} 0.000000`,
    `udp_received_packets_total${there} 1.000000`,
    `udp_received_bytes_total${there} 7.000000`,
  ]);
});

Deno.test("without labels all packets are one series", () => {
  const counted = storage();
  const metrics = new TransportMetrics(counted, []);
  for (const [from, to] of [[flow.client, flow.server], [flow.server, flow.client]]) {
    metrics.direction("tcp", from, to).packet(12);
  }
  assert.ok(linesOf(counted).includes("layer4_packets_total{} 2.000000"));
});

Deno.test("a flow that was silent until its series expired counts on from 0", () => {
  const counted = storage();
  const direction = new TransportMetrics(counted, ["source.port"]).direction("tcp", flow.client, flow.server);
  direction.packet(100);
  counted.sweep(2000);
  assert.deepEqual(linesOf(counted), []);
  direction.packet(1);
  direction.packet(1);
  assert.ok(linesOf(counted).includes('layer4_bytes_total{src_port="40000"} 2.000000'));
});

Deno.test("an unknown selector is an error that names those that there are", () => {
  assert.throws(
    () => new TransportMetrics(storage(), ["source.address"]),
    /layer4Metrics has no label 'source.address'; there are: source.host, source.port, destination.host, /,
  );
});

Deno.test("connections are gauges and counters without labels, there once they were told", () => {
  const counted = storage();
  const connections = new ConnectionMetrics(counted);
  assert.deepEqual(linesOf(counted), []);
  connections.active("tcp", 5, 1000);
  connections.active("tcp", 3, 1000);
  connections.expired("udp", 0, 1000);
  assert.deepEqual(linesOf(counted), ["udp_remove_expired_conns_total{} 0.000000", "tcp_active_conns{} 3.000000"]);
  counted.sweep(2000);
  connections.expired("udp", 2, 2000);
  connections.expired("udp", 2, 2001);
  assert.deepEqual(linesOf(counted), ["udp_remove_expired_conns_total{} 4.000000"]);
});
