/** An agent with two lanes does what one with one does. */
import assert from "node:assert/strict";
import { loadConfig } from "../../src/config/mod.ts";
import { Lanes } from "../../src/agent/lanes.ts";
import { Exporters } from "../../src/agent/exporters.ts";
import { Stop } from "../../src/lane/stop.ts";
import { testWhere, withoutCapture } from "../capture/support.ts";
import { Receiver } from "../export/otlp_receiver.ts";
import { AgentProcess, Load, until, webConfig, WebServer } from "./support.ts";

const LANES = "sniffer.lanes: 2";

/** Asks for so many things of a web server over 16 connections. @returns how many were answered */
async function ask(web: WebServer, atLeast: number): Promise<number> {
  const load = new Load(web.port, 1000, 16, (n) => `/${n}`);
  await until("some are answered", () => load.answered > atLeast || undefined);
  await load.stop();
  return load.answered;
}

function isCounted(agent: AgentProcess, answered: number): Promise<true> {
  return until("all are counted", async () => await agent.count("http_requests_total") === answered || undefined);
}

testWhere(withoutCapture, "two lanes count and print every round trip once, and end in order", async () => {
  const web = await WebServer.open();
  await using agent = await AgentProcess.start((port, folder) =>
    webConfig(
      port,
      web.port,
      `${LANES}\nexporter.roundtrips: {enabled: true, filename: "${folder}/lines"}\ncontroller.layer4Metrics.enabled: true`,
    )
  );
  const answered = await ask(web, 1000);
  await web.close();
  await isCounted(agent, answered);
  const { protocols, roundTrips, interfaces, flows } = await agent.status();
  assert.equal(roundTrips, answered);
  assert.deepEqual([protocols.http.requests, protocols.http.paired], [answered, answered]);
  assert.equal(flows.seen, 16);
  const metrics = await agent.get("/protocol/metrics");
  assert.equal(Number(/^layer4_packets_total{} (\S+)$/m.exec(metrics)?.[1]), interfaces.lo.packets);
  assert.match(metrics, new RegExp(`^http_request_duration_seconds_count{} ${answered}\\.0+$`, "m"));
  assert.match(await agent.get("/metrics"), /^packetd_sniffer_ring_fill_ratio{iface="lo"} [\d.]+$/m);
  agent.kill("SIGTERM");
  assert.equal(await agent.ended(), 0);
  const lines = (await Deno.readTextFile(`${agent.folder}/lines`)).trim().split("\n").map((line) => JSON.parse(line));
  assert.equal(lines.length, answered);
  assert.equal(new Set(lines.map(({ Request }) => Request.Path)).size, answered);
  assert.match(agent.said, new RegExp(`http: ${answered} requests, ${answered} paired, 0 unanswered`));
  assert.equal(agent.said.split("sniffer add device (lo)").length, 2, "what all lanes say alike is said once");
});

testWhere(withoutCapture, "what waits in the lanes leaves when the agent ends", async () => {
  const web = await WebServer.open();
  const receiver = new Receiver(() => new Response(null));
  await using agent = await AgentProcess.start((port, folder) =>
    webConfig(
      port,
      web.port,
      `${LANES}\nexporter.roundtrips: {enabled: true, filename: "${folder}/lines"}\n` +
        `exporter.traces: {enabled: true, endpoint: "${receiver.url}", interval: 1h}`,
    ).replace("processor: [", "processor: [{name: roundtripstotraces, config: {}}, ")
      .replace("processors: [", "processors: [roundtripstotraces, ")
  );
  const answered = await ask(web, 300);
  agent.kill("SIGTERM");
  assert.equal(await agent.ended(), 0);
  await web.close();
  await receiver.close();
  assert.equal(receiver.spans.length, answered);
  assert.equal((await Deno.readTextFile(`${agent.folder}/lines`)).trim().split("\n").length, answered);
  assert.match(agent.said, new RegExp(`http: ${answered} requests, ${answered} paired, 0 unanswered`));
});

testWhere(withoutCapture, "who watches sees what he asked for, of all lanes", async () => {
  const web = await WebServer.open();
  await using agent = await AgentProcess.start((port) => webConfig(port, web.port, LANES));
  const load = new Load(web.port, 500, 16, (n) => `/${n}`);
  const seen = await agent.get(`/watch?max_message=300&timeout=1m&where=${encodeURIComponent('path ~ "0$"')}`);
  const paths = seen.trim().split("\n").map((line) => JSON.parse(line).Request.Path);
  assert.equal(paths.length, 300);
  assert.equal(new Set(paths).size, 300);
  assert.ok(paths.every((path) => path.endsWith("0")));
  assert.equal((await agent.status()).watchers, 0);
  await load.stop();
  await web.close();
});

testWhere(
  withoutCapture,
  "a reload reaches the lanes; filters sample, and a ceiling of series holds for all",
  async () => {
    const web = await WebServer.open();
    let text = "";
    await using agent = await AgentProcess.start((port) =>
      text = webConfig(port, web.port, `${LANES}\nmetricsStorage.maxSeries: 50`)
    );
    const first = await ask(web, 200);
    await isCounted(agent, first);
    agent.writeConfig(
      text.replace(
        "processor: [{name: roundtripstometrics, config: {}}]",
        () =>
          "processor: [{name: roundtripsfilter, config: {sample: 0.5}}, " +
          "{name: roundtripstometrics, config: {http: {requireLabels: [request.path]}}}]",
      )
        .replace("processors: [", "processors: [roundtripsfilter, "),
    );
    await agent.post("/-/reload");
    const second = await ask(web, 500);
    await web.close();
    const kept = await until("all are filtered", async () => {
      const metrics = await agent.get("/metrics");
      const count = (name: string) =>
        Number(new RegExp(`packetd_filter_${name}_round_trips_total{.*} (\\d+)`).exec(metrics)?.[1]);
      return count("seen") === second ? count("kept") : undefined;
    });
    assert.ok(Math.abs(kept - second / 2) <= 4, `${kept} of ${second}`);
    const counted = await agent.get("/protocol/metrics");
    const series = [...counted.matchAll(/^http_requests_total{path="(.*)"} (\d+)/gm)];
    assert.equal(series.length, 51);
    assert.ok(series.some(([, path]) => path === "_other"));
    assert.equal(series.reduce((sum, [, , count]) => sum + Number(count), 0), kept);
  },
);

Deno.test("a lane that cannot go on ends the agent with a reason", async () => {
  const { config } = loadConfig("", {
    lenient: true,
    env: () => "",
    checkExpression: () => undefined,
    checkFilter: () => undefined,
  });
  const dying =
    `onmessage = () => { postMessage({ kind: "opened", figures: {} }); setTimeout(() => { throw new Error("it broke") }, 20); }`;
  const say = () => {};
  const exporters = new Exporters(undefined, say);
  const lines = { lostLines: 0, closed: false, write() {}, ready: async () => {}, drained: async () => {}, close() {} };
  const outlets = { storage: undefined, spans: exporters, lines, say, unchanged: say };
  const lanes = await Lanes.open(config!, outlets, 2, new URL(`data:text/javascript,${encodeURIComponent(dying)}`));
  await assert.rejects(lanes.run(new Stop(), () => {}), /^CaptureError: lane \d has ended: .*it broke/);
  lanes.close();
});
