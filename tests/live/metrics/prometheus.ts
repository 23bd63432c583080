/** Prometheus: takes what the agent pushes, and scrapes both of its endpoints. */
import { SECONDS } from "../../../src/process/buckets.ts";
import { cached } from "../cached.ts";
import type { Score, Stage, SystemTest } from "../harness.ts";
import { get } from "../agent.ts";
import { observe } from "./observed.ts";
import { anyOf, Database, notGone, protocolOf, unlikePrinted, unlikeQuantiles } from "./queries.ts";

const OPENMETRICS = { Accept: "application/openmetrics-text; version=1.0.0" };

async function start(stage: Stage, agentPort: number): Promise<Database> {
  const port = await stage.freePort();
  const job = (name: string, path: string) =>
    `  - {job_name: ${name}, metrics_path: ${path}, static_configs: [{targets: ["127.0.0.1:${agentPort}"]}]}\n`;
  const config = await stage.write(
    "prometheus.yml",
    `global: {scrape_interval: 1s, scrape_timeout: 1s}
scrape_configs:
${job("traffic", "/protocol/metrics")}${job("self", "/metrics")}`,
  );
  const server = await stage.start("prometheus", "prometheus", [
    `--config.file=${config}`,
    `--storage.tsdb.path=${stage.path("tsdb")}`,
    `--web.listen-address=127.0.0.1:${port}`,
    "--web.enable-remote-write-receiver",
    "--log.level=warn",
  ]);
  await server.listens(port);
  await server.ready("is ready", () => get(port, "/-/ready").then(() => true, () => false));
  return new Database(port);
}

async function check(stage: Stage, score: Score): Promise<void> {
  const agentPort = await stage.freePort();
  const database = await start(stage, agentPort);
  const endpoint = `http://127.0.0.1:${database.port}/api/v1/write`;
  const observed = await observe(stage, { port: agentPort, vmHistogram: false, endpoint });
  const say = (name: string, faults: readonly string[]) => score.check(`prometheus: ${name}`, faults);
  const sums = (metric: string, job: string) => () =>
    database.query(`sum by (__name__) ({__name__=~"(${anyOf(observed)})_${metric}", job="${job}"})`, protocolOf);

  for (const [job, how] of [["", "pushed"], ["traffic", "scraped from /protocol/metrics"]]) {
    say(`requests, ${how}, are what was printed`, await unlikePrinted(observed, sums("requests_total", job)));
    const counted = sums("request_duration_seconds_count", job);
    say(`histograms, ${how}, count as much`, await unlikePrinted(observed, counted));
    const rank = `histogram_quantile(0.5, sum by (protocol, le) (label_replace(` +
      `{__name__=~"(${anyOf(observed)})_request_duration_seconds_bucket", job="${job}"}, ` +
      `"protocol", "$1", "__name__", "([a-z0-9]+)_.*")))`;
    const medians = await database.query(rank, ({ protocol }) => protocol);
    say(`medians, ${how}, lie in the right buckets`, unlikeQuantiles(observed, 0.5, medians, bucketAround));
  }
  const paired = () => database.query('sum by (protocol) (packetd_requests_paired_total{job="self"} > 0)', byProtocol);
  say("requests, scraped from /metrics, are what was printed", await unlikePrinted(observed, paired));
  const lost = await database.query("sum(packetd_remote_write_dropped_samples_total)", () => "dropped");
  say("nothing was dropped on the way", lost.get("dropped") === 0 ? [] : [JSON.stringify([...lost])]);

  await stage.write("metrics.txt", await get(agentPort, "/metrics"));
  const lint = await stage.run("sh", ["-c", `promtool check metrics <"$1" 2>&1`, "sh", stage.path("metrics.txt")], [
    0,
    1,
    3,
  ]);
  say("promtool finds nothing wrong with /metrics", lint === "" ? [] : [lint]);
  for (const path of ["/protocol/metrics", "/metrics"]) {
    const file = await stage.write(`${path.replaceAll("/", "-")}.om`, await get(agentPort, path, OPENMETRICS));
    say(`${path} is OpenMetrics to prometheus-client's parser`, await unparsed(stage, file));
  }

  await fetch(`http://127.0.0.1:${agentPort}/-/reset`, { method: "POST" }).then((response) => response.body?.cancel());
  say("what is reset ends at once, where it was pushed", await notGone(sums("requests_total", "")));
}

function byProtocol({ protocol }: Readonly<Record<string, string>>): string {
  return protocol;
}

/** The bucket of a value, and its neighbour where the value is so near to it that another clock may tell otherwise. */
function bucketAround(seconds: number): readonly [number, number] {
  const { bounds } = SECONDS;
  return [bounds.findLast((bound) => bound < seconds * 0.9) ?? 0, bounds.find((bound) => bound >= seconds * 1.1)!];
}

async function unparsed(stage: Stage, file: string): Promise<string[]> {
  const requirements = new URL("requirements.txt", import.meta.url).pathname;
  const venv = await cached("prometheus-client", [requirements], async (folder) => {
    await stage.run("python3", ["-m", "venv", folder]);
    await stage.run(`${folder}/bin/python`, ["-m", "pip", "--quiet", "install", "--requirement", requirements]);
  });
  const parser = new URL("openmetrics.py", import.meta.url).pathname;
  const parsed = stage.run(`${venv}/bin/python`, [parser, file]);
  return await parsed.then(
    (families) => Number(families) > 10 ? [] : [`${families} families`],
    (error) => [error.message],
  );
}

export const prometheus: SystemTest = {
  name: "prometheus",
  programs: {
    prometheus: "prometheus",
    promtool: "prometheus",
    tcpreplay: "tcpreplay",
    ip: "iproute2",
    python3: "python3-venv",
  },
  check,
};
