/** VictoriaMetrics: takes what the agent pushes, histograms with ranges among it. */
import type { Score, Stage, SystemTest } from "../harness.ts";
import { get, status } from "../agent.ts";
import { observe } from "./observed.ts";
import { anyOf, Database, notGone, protocolOf, unlikePrinted, unlikeQuantiles } from "./queries.ts";

async function start(stage: Stage): Promise<Database> {
  const port = await stage.freePort();
  const server = await stage.start("victoriametrics", "victoria-metrics", [
    `-storageDataPath=${stage.path("storage")}`,
    `-httpListenAddr=127.0.0.1:${port}`,
    "-retentionPeriod=1d",
    "-memory.allowedBytes=128MB",
    "-loggerLevel=WARN",
    // What was written is found at once.
    "-search.latencyOffset=0s",
    "-search.disableCache",
  ]);
  await server.ready("is healthy", () => get(port, "/health").then(() => true, () => false));
  return new Database(port);
}

async function check(stage: Stage, score: Score): Promise<void> {
  const database = await start(stage);
  const endpoint = `http://127.0.0.1:${database.port}/api/v1/write`;
  const observed = await observe(stage, { port: await stage.freePort(), vmHistogram: true, endpoint });
  const say = (name: string, faults: readonly string[]) => score.check(`victoriametrics: ${name}`, faults);
  const ask: typeof database.query = async (query, name) => {
    await get(database.port, "/internal/force_flush");
    return await database.query(query, name);
  };
  const sums = (metric: string) => () =>
    ask(`sum({__name__=~"(${anyOf(observed)})_${metric}"}) by (__name__)`, protocolOf);
  const ranges = `sum(label_replace({__name__=~"(${anyOf(observed)})_request_duration_seconds_bucket"}, ` +
    `"protocol", "$1", "__name__", "([a-z0-9]+)_.*")) by (protocol, vmrange)`;
  const byProtocol = ({ protocol }: Readonly<Record<string, string>>) => protocol;

  say("requests are what was printed", await unlikePrinted(observed, sums("requests_total")));
  say("histograms count as much", await unlikePrinted(observed, sums("request_duration_seconds_count")));
  const inRanges = () => ask(`sum(${ranges}) by (protocol)`, byProtocol);
  say("so do their ranges", await unlikePrinted(observed, inRanges));
  for (const quantile of [0.5, 0.9]) {
    const query = `histogram_quantile(${quantile}, prometheus_buckets(${ranges}))`;
    const found = await ask(query, byProtocol);
    say(
      `histogram_quantile(${quantile}, prometheus_buckets(...)) is right`,
      unlikeQuantiles(observed, quantile, found, around),
    );
  }
  const { samples, dropped, trouble } = (await status(observed.port)).exporters["exporter.metrics"];
  const lost = Object.values(dropped as Record<string, number>).some((count) => count > 0);
  say(
    "nothing was dropped on the way",
    samples > 0 && !lost && trouble === "" ? [] : [JSON.stringify({ dropped, trouble })],
  );

  await fetch(`http://127.0.0.1:${observed.port}/-/reset`, { method: "POST" }).then((response) =>
    response.body?.cancel()
  );
  say("what is reset ends at once", await notGone(sums("requests_total")));
}

/** A range ends 13.6 % above its beginning; beside it lies where another clock may put the value. */
function around(seconds: number): readonly [number, number] {
  return [seconds / 1.3, seconds * 1.3];
}

export const victoriametrics: SystemTest = {
  name: "victoriametrics",
  programs: { "victoria-metrics": "victoria-metrics", tcpreplay: "tcpreplay", ip: "iproute2" },
  check,
};
