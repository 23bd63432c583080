/** An agent with two lanes does what one with one does. */
import assert from "node:assert/strict";
import { testWhere, withoutCapture } from "../capture/support.ts";
import { Receiver } from "../export/otlp_receiver.ts";
import { AgentProcess, Load, until, webConfig, WebServer } from "./support.ts";

const LANES = "sniffer.lanes: 2";

testWhere(withoutCapture, "two lanes count every round trip once, and share them", async () => {
  const web = await WebServer.open();
  await using agent = await AgentProcess.start((port, folder) =>
    webConfig(
      port,
      web.port,
      `${LANES}\nexporter.roundtrips: {enabled: true, filename: "${folder}/lines"}\ncontroller.layer4Metrics.enabled: true`,
    )
  );
  const load = new Load(web.port, 1000, 16, (n) => `/${n}`);
  await until("some are answered", () => load.answered > 1000 || undefined);
  await load.stop();
  await web.close();
  await until("all are counted", async () => await agent.count("http_requests_total") === load.answered || undefined);
  const { protocols, roundTrips, interfaces, flows } = await agent.status();
  assert.equal(roundTrips, load.answered);
  assert.deepEqual([protocols.http.requests, protocols.http.paired], [load.answered, load.answered]);
  assert.equal(flows.seen, 16);
  const metrics = await agent.get("/protocol/metrics");
  const packets = Number(/^layer4_packets_total{} (\S+)$/m.exec(metrics)?.[1]);
  assert.equal(packets, interfaces.lo.packets);
  assert.match(metrics, new RegExp(`^http_request_duration_seconds_count{} ${load.answered}\\.0+$`, "m"));
  agent.kill("SIGTERM");
  assert.equal(await agent.ended(), 0);
  const lines = (await Deno.readTextFile(`${agent.folder}/lines`)).trim().split("\n").map((line) => JSON.parse(line));
  assert.equal(new Set(lines.map(({ Request }) => Request.Path)).size, load.answered);
  assert.equal(lines.length, load.answered);
  assert.match(agent.said, new RegExp(`http: ${load.answered} requests, ${load.answered} paired, 0 unanswered`));
  assert.match(agent.said, /INFO\tcapture\t2 lanes share the packets/);
});
