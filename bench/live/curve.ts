/**
 * Loss against load: packets of HTTP keep-alive connections are offered on a wire of their own, from one processor, to
 * an observer that has another one for itself, twice as many a second each time until some are lost.
 */
import type { Programs } from "../../tests/live/programs.ts";
import type { Stage } from "../../tests/live/stage.ts";
import { layVeth } from "../../tests/live/veth.ts";
import { makeHttpCapture } from "../http_capture.ts";
import { median } from "../measure.ts";
import { type Row, skipped } from "../table.ts";
import { agent, goAgent } from "./agents.ts";
import { lines, log, tcpdump } from "./commands.ts";
import type { Observer } from "./observer.ts";
import { picture } from "./picture.ts";
import type { Sent } from "./sender.ts";
import { cpuSeconds, worksNoMore } from "./usage.ts";

const GROUP = "live/curve";
/** Packets a second. */
export const FIRST_RATE = 25_000;
const SECONDS = 3;
/** Of the capture that is sent again and again. */
const ROUND_TRIPS = 50_000;
/** Where more is lost, more is not offered; nor where the sender falls behind so far. */
const LOST_SHARE = 0.01, REACHED_SHARE = 0.95;
const PICTURE = new URL("loss-against-load.svg", import.meta.url);

/** What became of a rate; medians of its runs. */
export interface Point {
  /** Packets a second that arrived at the observer's device. */
  readonly perSecond: number;
  readonly lostShare: number;
  /** NaN where nobody pairs. */
  readonly pairedShare: number;
  readonly cpuPerPacket: number;
}

export interface Curve {
  readonly name: string;
  readonly points: readonly Point[];
}

export const programs: Programs = { ip: "iproute2", taskset: "util-linux" };

export async function measureCurves(stage: Stage, runs: number): Promise<Row[]> {
  if (navigator.hardwareConcurrency < 2) return [skipped(GROUP, "needs two processors")];
  const wire = new Wire(stage, stage.path("http.pcap"));
  makeHttpCapture(wire.capture, ROUND_TRIPS);
  await layVeth(stage, [wire.sender, wire.device]);
  const curves: Curve[] = [];
  for (const observer of [tcpdump, log, agent, lines, goAgent()]) {
    if (observer !== undefined) curves.push({ name: observer.name, points: await pointsOf(wire, observer, runs) });
  }
  await Deno.writeTextFile(PICTURE, picture(curves));
  return curves.flatMap(({ name, points }) => points.map((point) => row(name, point)));
}

async function pointsOf(wire: Wire, observer: Observer, runs: number): Promise<Point[]> {
  const points: Point[] = [];
  for (let rate = FIRST_RATE;; rate *= 2) {
    const all: Point[] = [];
    for (let run = 0; run < runs; run++) all.push(await wire.offer(observer, rate));
    const middle = (of: (point: Point) => number) => median(all.map(of));
    const point = {
      perSecond: middle((point) => point.perSecond),
      lostShare: middle((point) => point.lostShare),
      pairedShare: middle((point) => point.pairedShare),
      cpuPerPacket: middle((point) => point.cpuPerPacket),
    };
    points.push(point);
    if (point.lostShare > LOST_SHARE || point.perSecond < rate * REACHED_SHARE) return points;
  }
}

/** A pair of devices, and a processor for each end. */
class Wire {
  readonly sender = `pd${Deno.pid}a`;
  readonly device = `pd${Deno.pid}b`;

  constructor(readonly stage: Stage, readonly capture: string) {}

  async offer(observer: Observer, rate: number): Promise<Point> {
    const traffic = { device: this.device, protocol: "http", port: 80, within: ["taskset", "-c", "1"] };
    const observing = await observer.start(this.stage, traffic);
    const [arrivedBefore, cpuBefore] = [this.#arrived(), cpuSeconds(observing.pid)];
    const { responses, seconds } = await this.#send(rate);
    await worksNoMore(observing.pid);
    const [arrived, cpu] = [this.#arrived() - arrivedBefore, cpuSeconds(observing.pid) - cpuBefore];
    const { dropped, paired } = await observing.end();
    return {
      perSecond: arrived / seconds,
      // The Go packetd does not tell what was dropped.
      lostShare: Number.isNaN(dropped) ? 1 - paired / responses : dropped / arrived,
      pairedShare: paired / responses,
      cpuPerPacket: cpu / arrived,
    };
  }

  async #send(rate: number): Promise<Sent> {
    const program = new URL("sender.ts", import.meta.url).pathname;
    const deno = [Deno.execPath(), "run", "--quiet", "--no-lock", "--allow-ffi", "--allow-read", program];
    const args = [this.sender, this.capture, `${rate}`, `${SECONDS}`];
    return JSON.parse(await this.stage.run("taskset", ["-c", "0", ...deno, ...args]));
  }

  #arrived(): number {
    return Number(Deno.readTextFileSync(`/sys/class/net/${this.device}/statistics/rx_packets`));
  }
}

function row(name: string, { perSecond, lostShare, pairedShare, cpuPerPacket }: Point): Row {
  const paired = Number.isNaN(pairedShare) ? "" : `, ${(pairedShare * 100).toFixed(2)} % paired`;
  return {
    group: GROUP,
    name: `${name}: ${Math.round(perSecond)} packets/s`,
    figure: `${(lostShare * 100).toFixed(3)} % lost${paired}, ${(cpuPerPacket * 1e6).toFixed(2)} CPU us a packet`,
    ratio: 1 - lostShare,
    rival: "what was offered",
  };
}
