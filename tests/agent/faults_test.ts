/** What goes wrong around an agent: capture goes on, nothing grows without bound, and every loss is counted and shown. */
import assert from "node:assert/strict";
import { createServer } from "node:net";
import { testWhere, withoutCapture } from "../capture/support.ts";
import { AgentProcess, Load, until, webConfig, WebServer } from "./support.ts";

const linesTo = (filename: string) => `exporter.roundtrips: {enabled: true, filename: "${filename}"}`;

/** Waits until an agent has counted what a load was answered. */
function counted(agent: AgentProcess, load: Load): Promise<true> {
  return until("all is counted", async () => await agent.count("http_requests_total") === load.answered || undefined);
}

testWhere(
  withoutCapture,
  "a port that is taken: the agent captures without its server, and listens when it can",
  async () => {
    const web = await WebServer.open();
    const taken = createServer();
    await using agent = await AgentProcess.start((port) => {
      taken.listen(port, "127.0.0.1");
      return webConfig(port, web.port);
    }, false);
    await until("it says so", () => /ERROR\tserver\tfailed to start server: .*/.test(agent.said) || undefined);
    const load = new Load(web.port, 500);
    await until("some are answered", () => load.answered > 100 || undefined);
    await load.stop();
    await web.close();
    taken.close();
    await until("it listens", () => agent.get("/healthz").then(() => true as const, () => undefined));
    await counted(agent, load);
  },
);

testWhere(
  withoutCapture,
  "a log file that cannot be written: the log goes to standard error, and says why",
  async () => {
    const web = await WebServer.open();
    await using agent = await AgentProcess.start((port) =>
      webConfig(port, web.port, "logger.filename: /proc/no/such/file").replace("logger.stdout: true", "")
    );
    assert.match(
      agent.said,
      /ERROR\tlogger\tlogger\.filename '\/proc\/no\/such\/file' cannot be opened .*standard error/,
    );
    await web.close();
  },
);

testWhere(withoutCapture, "a full disk costs lines, counted, and no round trip", async () => {
  const disk = await Deno.makeTempDir();
  const mount = new Deno.Command("mount", { args: ["-t", "tmpfs", "-o", "size=16k", "none", disk], stderr: "null" });
  if (!await mount.output().then(({ success }) => success, () => false)) return; // not for this user
  const web = await WebServer.open();
  try {
    await using agent = await AgentProcess.start((port) => webConfig(port, web.port, linesTo(`${disk}/lines.log`)));
    const load = new Load(web.port, 1000);
    await until("some are answered", () => load.answered > 500 || undefined);
    await load.stop();
    await counted(agent, load);
    const lost = await until("the loss is shown", async () => {
      const written = Deno.readTextFileSync(`${disk}/lines.log`).split("\n").length - 1;
      const { lost } = await agent.status();
      return lost.roundtrips > 0 && lost.roundtrips === load.answered - written ? lost.roundtrips : undefined;
    });
    assert.match(agent.said, /WARN\texport\tcannot write to \(.*lines\.log\): .*; lines are lost until it works again/);
    assert.ok((await agent.get("/metrics")).includes(`packetd_lost_output_total{to="roundtrips"} ${lost}\n`));
  } finally {
    await web.close();
    await new Deno.Command("umount", { args: [disk] }).output();
    await Deno.remove(disk);
  }
});

testWhere(
  withoutCapture,
  "SIGTERM under load: it ends in order, with whole lines and an account that adds up",
  async () => {
    const web = await WebServer.open();
    await using agent = await AgentProcess.start((port) => webConfig(port, web.port, linesTo("lines.log")));
    const load = new Load(web.port, 3000);
    await until("some are answered", () => load.answered > 1000 || undefined);
    agent.kill("SIGTERM");
    assert.equal(await agent.ended(), 0);
    await load.stop();
    await web.close();
    const lines = Deno.readTextFileSync(`${agent.folder}/lines.log`).trimEnd().split("\n").map((line) =>
      JSON.parse(line)
    );
    assert.match(agent.said, /http: (\d+) requests, (\d+) paired, \d+ unanswered/);
    const [, requests, paired] = /http: (\d+) requests, (\d+) paired/.exec(agent.said)!.map(Number);
    assert.equal(lines.length, paired);
    assert.ok(requests - paired <= 8, "no more than one request a connection was on its way");
    assert.match(agent.said, /INFO\tagent\tended in order\n/);
  },
);

testWhere(withoutCapture, "label sets without end fold into one, and memory does not grow with them", async () => {
  const web = await WebServer.open();
  const labelled = "config: {http: {requireLabels: [request.path]}}";
  await using agent = await AgentProcess.start((port) =>
    webConfig(port, web.port, "metricsStorage.maxSeries: 500").replace("config: {}", labelled)
  );
  const load = new Load(web.port, 20_000, 8, (n) => `/${n}/${"x".repeat(100)}`);
  await until("many are answered", () => load.answered > 20_000 || undefined);
  await load.stop();
  await web.close();
  const text = await until("all is counted", async () => {
    const text = await agent.get("/protocol/metrics");
    const counts = [...text.matchAll(/^http_requests_total\{.*\} (.*)$/gm)].map(([, value]) => Number(value));
    return counts.reduce((sum, count) => sum + count, 0) === load.answered ? text : undefined;
  });
  assert.equal(text.match(/^http_requests_total\{/gm)!.length, 501);
  assert.match(text, /^http_requests_total\{path="_other"\}/m);
  assert.match(await agent.get("/metrics"), /packetd_metric_folded_total\{group="http"\} [1-9]/);
});

for (const lanes of [1, 2]) {
  testWhere(
    withoutCapture,
    `an interface that goes and comes back is followed, while another one goes on: lanes ${lanes}`,
    async () => {
      const name = `pda${Deno.pid % 1e5}`;
      const ip = (...args: string[]) => new Deno.Command("ip", { args, stdout: "null", stderr: "null" }).output();
      const add = async () => {
        const { success } = await ip("link", "add", name, "type", "veth", "peer", "name", `${name}p`);
        await ip("address", "add", "169.254.78.1/32", "dev", name);
        return success;
      };
      if (!await add().catch(() => false)) return; // no ip(8), or no veth devices here
      const web = await WebServer.open();
      await using agent = await AgentProcess.start((port) =>
        webConfig(port, web.port, `sniffer: {blockNum: 16, lanes: ${lanes}}`).replace(
          "ifaces: lo",
          `ifaces: "^(lo|${name})$"`,
        )
      );
      const load = new Load(web.port, 500);
      try {
        await ip("link", "delete", name);
        await until("it goes", () => agent.said.includes(`pcap handle (${name}) closed`) || undefined);
        await add();
        await until("it comes", () => agent.said.split(`sniffer add device (${name})`).length === 3 || undefined);
      } finally {
        await ip("link", "delete", name);
      }
      await load.stop();
      await web.close();
      await counted(agent, load);
    },
  );
}

testWhere(
  withoutCapture,
  "/watch streams what is captured, to several readers, each with its own expression",
  async () => {
    const web = await WebServer.open();
    await using agent = await AgentProcess.start((port) => webConfig(port, web.port));
    const watch = (where: string) => agent.get(`/watch?max_message=20&where=${encodeURIComponent(where)}`);
    const readers = Promise.all([watch('path = "/even"'), watch('path = "/odd"'), watch("")]);
    const load = new Load(web.port, 500, 2, (n) => n % 2 === 0 ? "/even" : "/odd");
    const [even, odd, all] = (await readers).map((text) => text.trimEnd().split("\n").map((line) => JSON.parse(line)));
    await load.stop();
    await web.close();
    assert.ok(even.length === 20 && even.every(({ Request }) => Request.Path === "/even"));
    assert.ok(odd.length === 20 && odd.every(({ Request }) => Request.Path === "/odd"));
    assert.equal(all.length, 20);
    assert.equal(await agent.get("/watch?where=x"), await agent.get("/watch?where=x"));
    assert.match(await agent.get("/watch?where=pth%20%3D%201"), /^where: /);
  },
);

Deno.test("a configuration that cannot be used ends the start with everything that is wrong", async () => {
  for (
    const [text, said] of [
      [
        "logger.level: loud\nserver.adress: x\n",
        /failed to load config: .*:1: logger\.level.*\n(.*\n)?.*:2: server\.adress: there is no such key/,
      ],
      [
        "sniffer.ifaces: ^nosuch$\nsniffer.protocols.rules: [{protocol: http, ports: [80]}]",
        /failed to create controller/,
      ],
      ["sniffer.file: /no/such.pcap", /failed to create controller: .*no\/such\.pcap/],
    ] as const
  ) {
    await using agent = await AgentProcess.start(() => text, false);
    assert.equal(await agent.ended(), 1);
    assert.match(agent.said, said);
  }
});
