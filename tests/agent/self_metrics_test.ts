/** What the agent tells of itself is text that Prometheus takes. */
import assert from "node:assert/strict";
import { AgentProcess } from "./support.ts";

const capture = new URL("../cases/http/keep-alive/input.pcap", import.meta.url).pathname;

Deno.test("each metric of packetd itself is described once, and has its samples together", async () => {
  await using agent = await AgentProcess.start((port) => `
server: {enabled: true, address: "127.0.0.1:${port}"}
logger.stdout: true
sniffer.file: ${capture}
sniffer.protocols.rules: [{name: web, protocol: http, ports: [80, 8080]}]
processor: [{name: roundtripstometrics, config: {}}, {name: roundtripsfilter, config: {sample: 0.5}}]
pipeline: [{name: metrics/common, processors: [roundtripsfilter, roundtripstometrics]}]
exporter.metrics: {enabled: true, endpoint: "http://127.0.0.1:9/", interval: 1h}
`);
  const lines = (await agent.get("/metrics")).trim().split("\n");
  const described = lines.filter((line) => line.startsWith("# TYPE ")).map((line) => line.split(" ")[2]);
  assert.deepEqual(described, [...new Set(described)]);
  assert.ok(described.length > 50);
  const named = lines.filter((line) => !line.startsWith("#")).map((line) => /^\w+/.exec(line)![0]);
  assert.deepEqual(named.filter((name, i) => name !== named[i - 1]), described);
});
