/** Other configurations while the agent works. */
import assert from "node:assert/strict";
import { testWhere, withoutCapture } from "../capture/support.ts";
import { AgentProcess, freePort, Load, until, webConfig, WebServer } from "./support.ts";

testWhere(
  withoutCapture,
  "reloads under load lose no round trip: the client's count is the metric's count",
  async () => {
    const web = await WebServer.open();
    await using agent = await AgentProcess.start((port) => webConfig(port, web.port, "controller.autoReload: true"));
    const load = new Load(web.port, 5000);
    const pause = () => new Promise((resolve) => setTimeout(resolve, 300));
    // Rules, filter, interfaces, time-outs, transport metrics, logger: each time something else changes.
    const changes = [
      `sniffer.filter: "tcp port ${web.port}"`,
      "controller.layer4Metrics.enabled: true",
      "logger.level: warn",
      "controller.connExpired: 2m",
      `exporter.roundtrips: {enabled: true, filename: lines.log}`,
      `sniffer.noTunnels: true`,
    ];
    for (const [i, change] of changes.entries()) {
      agent.writeConfig(webConfig(agent.port, web.port, change));
      if (i % 2 === 0) assert.match(await agent.post("/-/reload"), new RegExp(change.split(/[ :]/)[0]));
      else agent.kill("SIGHUP");
      await pause();
    }
    agent.writeConfig(webConfig(agent.port, web.port).replace("ports: [", "ports: [1, 2, "));
    await agent.post("/-/reload");
    await pause();
    await load.stop();
    await web.close();
    await until("all is counted", async () => await agent.count("http_requests_total") === load.answered || undefined);
    const { protocols: { http }, interfaces, reloads } = await agent.status();
    assert.ok(load.answered > 5000, `${load.answered}`);
    assert.deepEqual([http.requests, http.paired, http.lost, http.midStreamFlows], [
      load.answered,
      load.answered,
      0,
      0,
    ]);
    assert.equal(interfaces.lo.dropped, 0);
    assert.equal(reloads.refused, 0);
    assert.ok(reloads.done >= changes.length);
  },
);

testWhere(withoutCapture, "a configuration that is wrong changes nothing, and is told", async () => {
  const web = await WebServer.open();
  await using agent = await AgentProcess.start((port) => webConfig(port, web.port));
  const load = new Load(web.port, 500);
  for (
    const [text, said] of [
      ["sniffer: [", /no YAML/],
      ["logger.level: loud", /'loud' is not known; it is one of debug, info, warn, error/],
      [webConfig(agent.port, web.port, "sniffer.filter: 'tcp prt 80'"), /sniffer\.filter: 'tcp prt 80' cannot be used/],
      [
        webConfig(agent.port, web.port, "exporter.roundtrips: {enabled: true, filename: /proc/no/such}"),
        /cannot be opened/,
      ],
    ] as const
  ) {
    agent.writeConfig(text);
    assert.match(await agent.post("/-/reload"), said);
    assert.match(await agent.get("/readyz"), /the last reload was refused/);
  }
  agent.writeConfig(webConfig(agent.port, web.port));
  await agent.post("/-/reload");
  assert.doesNotMatch(await agent.get("/readyz"), /refused/);
  await load.stop();
  await web.close();
  await until("all is counted", async () => await agent.count("http_requests_total") === load.answered || undefined);
  const { reloads } = await agent.status();
  assert.deepEqual([reloads.refused, reloads.trouble], [4, []]);
  assert.match(agent.said, /ERROR\treload\tfailed to reload config: .*loud/);
});

testWhere(
  withoutCapture,
  "what needs a restart is named and waits; labels, and the server's address, change at once",
  async () => {
    const web = await WebServer.open(), other = await freePort();
    await using agent = await AgentProcess.start((port) => webConfig(port, web.port));
    agent.writeConfig(webConfig(agent.port, web.port, "metricsStorage.vmHistogram: true"));
    assert.match(await agent.post("/-/reload"), /metricsStorage\.vmHistogram changes with the next restart/);
    assert.match(await agent.get("/readyz"), /metricsStorage\.vmHistogram changes with the next restart/);
    const labelled = "config: {http: {requireLabels: [request.method]}}";
    agent.writeConfig(webConfig(other, web.port).replace("config: {}", labelled));
    await agent.post("/-/reload");
    const load = new Load(web.port, 500, 1);
    await until("some are answered", () => load.answered > 10 || undefined);
    await load.stop();
    await web.close();
    await until("they are counted by their label, at the new address", async () => {
      const text = await fetch(`http://127.0.0.1:${other}/protocol/metrics`).then(
        (response) => response.text(),
        () => "",
      );
      return text.includes(`http_requests_total{method="GET"} ${load.answered}.000000`) || undefined;
    });
  },
);

testWhere(
  withoutCapture,
  "a link that is turned to another folder reloads by itself, as Kubernetes mounts do it",
  async () => {
    const web = await WebServer.open();
    await using agent = await AgentProcess.start((port, folder) => {
      const text = webConfig(port, web.port, "controller.autoReload: true");
      for (const [name, more] of [["old", ""], ["new", "logger.level: debug"]]) {
        Deno.mkdirSync(`${folder}/${name}`);
        Deno.writeTextFileSync(`${folder}/${name}/packetd.yaml`, `${text}\n${more}\n`);
      }
      return text;
    });
    const link = async (to: string) => {
      await Deno.symlink(to, `${agent.folder}/next`);
      await Deno.rename(`${agent.folder}/next`, `${agent.folder}/data`);
    };
    await link("old");
    await Deno.remove(agent.config);
    await Deno.symlink("data/packetd.yaml", agent.config);
    await until("the link is followed", async () => (await agent.status()).reloads.done >= 1 || undefined);
    await link("new");
    await until(
      "the swap is noticed",
      async () => (await agent.status()).configuration["logger.level"] === "debug" || undefined,
    );
    await web.close();
  },
);
