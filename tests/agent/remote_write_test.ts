/** The agent with a receiver of remote write: what it counts arrives, whatever the receiver does to it. */
import assert from "node:assert/strict";
import { TestReceiver } from "../export/remote_write_receiver.ts";
import { testWhere, withoutCapture } from "../capture/support.ts";
import { AgentProcess, freePort, Load, until, webConfig, WebServer } from "./support.ts";

const capture = new URL("../cases/http/keep-alive/input.pcap", import.meta.url).pathname;
const REQUESTS = "__name__=http_requests_total";

/** An agent that has read five round trips from a file. @param more further lines */
function fileConfig(port: number, receiver: string, more = ""): string {
  return `
server: {enabled: true, address: "127.0.0.1:${port}"}
logger.stdout: true
sniffer.file: ${capture}
sniffer.protocols.rules: [{name: web, protocol: http, ports: [80, 8080, 18080]}]
processor: [{name: roundtripstometrics, config: {}}]
pipeline: [{name: metrics/common, processors: [roundtripstometrics]}]
exporter.metrics.enabled: true
exporter.metrics.endpoint: ${receiver}
${more}
`;
}

function hasRead(agent: AgentProcess): Promise<true> {
  return until("the file is read", async () => await agent.count("http_requests_total") === 5 || undefined);
}

Deno.test("SIGTERM with data that was never pushed: the last push brings it", async () => {
  await using receiver = await TestReceiver.open();
  await using agent = await AgentProcess.start((port) =>
    fileConfig(port, receiver.url, "exporter.metrics.interval: 1h")
  );
  await hasRead(agent);
  agent.kill("SIGTERM");
  assert.equal(await agent.ended(), 0, agent.said);
  assert.deepEqual(receiver.samplesOf(REQUESTS).map(({ value }) => value), [5]);
  assert.match(agent.said, /ended in order/);
});

Deno.test("SIGTERM while the receiver does not answer: the agent ends, and says how much is lost", async () => {
  await using receiver = await TestReceiver.open(() => {});
  await using agent = await AgentProcess.start((port) =>
    fileConfig(port, receiver.url, "exporter.metrics.interval: 1s")
  );
  await hasRead(agent);
  await until("a request", () => receiver.received.length > 0 || undefined);
  agent.kill("SIGTERM");
  assert.equal(await agent.ended(), 0, agent.said);
  assert.match(agent.said, /WARN\tmetrics\t\d+ samples are lost, the exporter ended/);
});

Deno.test("a receiver that is down is told in readiness, status and metrics, without secrets, until it is up", async () => {
  const receiverPort = await freePort();
  const endpoint = `http://user:hidden@127.0.0.1:${receiverPort}/api/v1/write?token=hidden`;
  const more = "exporter.metrics.interval: 1s\nexporter.metrics.header: {X-Token: hidden}";
  await using agent = await AgentProcess.start((port) => fileConfig(port, endpoint, more));
  const readyz = () => agent.get("/readyz");
  const trouble =
    `exporter.metrics: http://127.0.0.1:${receiverPort}/api/v1/write: tcp connect error: Connection refused`;
  await until("the trouble", async () => (await readyz()).includes(trouble) || undefined);
  const response = await fetch(`http://127.0.0.1:${agent.port}/readyz`);
  assert.equal(response.status, 200);
  await response.body?.cancel();
  const status = await agent.status();
  assert.equal(status.exporters["exporter.metrics"].trouble, trouble.split(": ").slice(2).join(": "));
  assert.match(await agent.get("/metrics"), /^packetd_remote_write_receiver_up 0$/m);
  assert.doesNotMatch(JSON.stringify(status.exporters) + await readyz() + agent.said, /hidden/);
  await using receiver = await TestReceiver.open(undefined, receiverPort);
  await until("it is well", async () => !(await readyz()).includes("exporter.metrics") || undefined);
  assert.equal(receiver.received[0].headers["x-token"], "hidden");
  assert.match(await agent.get("/metrics"), /^packetd_remote_write_receiver_up 1$/m);
});

Deno.test("reloads: another receiver, none, and one again; every count arrives somewhere", async () => {
  await using first = await TestReceiver.open();
  await using second = await TestReceiver.open();
  let port = 0;
  await using agent = await AgentProcess.start((own) =>
    fileConfig(port = own, first.url, "exporter.metrics.interval: 1s")
  );
  await hasRead(agent);
  await until("a push", () => first.samplesOf(REQUESTS).length > 0 || undefined);
  agent.writeConfig(fileConfig(port, second.url, "exporter.metrics.interval: 1s"));
  await agent.post("/-/reload");
  await until("a push elsewhere", () => second.samplesOf(REQUESTS).length > 0 || undefined);
  const before = first.received.length;

  agent.writeConfig(fileConfig(port, second.url).replace("enabled: true\nexporter", "enabled: false\nexporter"));
  await agent.post("/-/reload");
  await until(
    "it is gone",
    async () => (await agent.status()).exporters["exporter.metrics"] === undefined || undefined,
  );
  const pushed = second.received.length;
  agent.writeConfig(fileConfig(port, second.url, "exporter.metrics.interval: 1s"));
  await agent.post("/-/reload");
  await until("a push again", () => second.received.length > pushed || undefined);
  agent.kill("SIGTERM");
  assert.equal(await agent.ended(), 0, agent.said);
  assert.equal(first.received.length, before);
  assert.ok(second.samplesOf(REQUESTS).every(({ value, isStale }) => value === 5 && !isStale));
});

Deno.test("without metrics there is nothing to push, which is told", async () => {
  await using receiver = await TestReceiver.open();
  await using agent = await AgentProcess.start((port) =>
    fileConfig(port, receiver.url, "metricsStorage.enabled: false")
  );
  assert.match(
    await agent.get("/readyz"),
    /exporter.metrics: there are no metrics to push: metricsStorage.enabled is false/,
  );
  assert.match(agent.said, /ERROR\texport\texporter.metrics: there are no metrics/);
});

testWhere(withoutCapture, "a receiver that takes nothing does not hold up the capture", async () => {
  await using receiver = await TestReceiver.open(() => {});
  const web = await WebServer.open();
  const more = `exporter.metrics: {enabled: true, endpoint: "${receiver.url}", interval: 1s, timeout: 1s}`;
  await using agent = await AgentProcess.start((port) => webConfig(port, web.port, more));
  const waiting = async () => (await agent.status()).exporters["exporter.metrics"].waiting.requests;
  const load = new Load(web.port, 400);
  await until("two pushes wait", async () => await waiting() >= 2 || undefined);
  await load.stop();
  await until("all are counted", async () => await agent.count("http_requests_total") === load.answered || undefined);
  await web.close();
  const { interfaces } = await agent.status();
  assert.equal(interfaces.lo.dropped, 0);
});
