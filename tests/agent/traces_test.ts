/** The agent with a receiver of spans: every round trip arrives as one span. */
import assert from "node:assert/strict";
import { testWhere, withoutCapture } from "../capture/support.ts";
import { Receiver } from "../export/otlp_receiver.ts";
import { AgentProcess, Load, until, webConfig, WebServer } from "./support.ts";

/** A configuration that traces the requests of a web server. @param config of the processor `roundtripstotraces` */
function tracesConfig(port: number, webPort: number, url: string, config: string): string {
  return webConfig(port, webPort, `exporter.traces: {enabled: true, endpoint: "${url}", batch: 50, interval: 100ms}`)
    .replace("processor: [", `processor: [{name: roundtripstotraces, config: {${config}}}, `)
    .replace("processors: [", "processors: [roundtripstotraces, ");
}

testWhere(
  withoutCapture,
  "every round trip is a span, with one answer of 20 a 503; its service is that of its rule",
  async () => {
    const web = await WebServer.open();
    const receiver = new Receiver((_, number) => new Response(null, { status: number % 20 === 3 ? 503 : 200 }));
    await using agent = await AgentProcess.start((port) =>
      tracesConfig(port, web.port, receiver.url, "serviceName: all, serviceNames: {web: shop}, semconv: otel")
    );
    const load = new Load(web.port, 1000, 4, (n) => `/${n}`);
    await until("some are answered", () => load.answered > 1000 || undefined);
    await load.stop();
    await web.close();
    await until("all arrive", () => receiver.spans.length >= load.answered || undefined);
    assert.equal(receiver.spans.length, load.answered);
    assert.ok(receiver.requests.length > 20);
    const [span] = receiver.spans;
    assert.equal(span.name, "GET");
    await until("all are acknowledged", async () => {
      const { exporters } = await agent.status();
      return exporters["exporter.traces"].exported === load.answered || undefined;
    });
    assert.match(await agent.get("/metrics"), new RegExp(`packetd_traces_exported_spans_total ${load.answered}\n`));
    agent.kill("SIGTERM");
    assert.equal(await agent.ended(), 0);
    await receiver.close();
  },
);

testWhere(
  withoutCapture,
  "a receiver that is down is told in readiness; SIGTERM with full queues ends in time",
  async () => {
    const web = await WebServer.open();
    await using agent = await AgentProcess.start((port) =>
      tracesConfig(port, web.port, "http://127.0.0.1:9/v1/traces", "")
    );
    const load = new Load(web.port, 1000);
    await until("some are answered", () => load.answered > 300 || undefined);
    await until(
      "it is told",
      async () => /exporter\.traces: .*ECONNREFUSED/.test(await agent.get("/readyz")) || undefined,
    );
    assert.match(await agent.get("/readyz"), /^ready\n/);
    await load.stop();
    await web.close();
    await until("all is counted", async () => await agent.count("http_requests_total") === load.answered || undefined);
    agent.kill("SIGTERM");
    assert.equal(await agent.ended(), 0);
    assert.match(agent.said, new RegExp(`WARN\ttraces\tdropped spans in all: ${load.answered} \\(`));
  },
);
