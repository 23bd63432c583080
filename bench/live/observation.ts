/** One run of a load beside one observer, or alone. */
import type { Stage } from "../../tests/live/stage.ts";
import type { Load, Served } from "./load.ts";
import { type Observer, type Said, SILENT } from "./observer.ts";
import { cpuSeconds, peakBytes, worksNoMore } from "./usage.ts";

export interface Observation extends Said {
  /** Of the load, by its generator. */
  readonly requests: number;
  readonly perSecond: number;
  /** Of the observer, while the load ran and until it had worked it off. */
  readonly cpuSeconds: number;
  readonly peakBytes: number;
  /** Share of the requests that the generator counted. More than 1 when there are more than there can be. */
  readonly pairedShare: number;
}

const NOBODY = { ...SILENT, cpuSeconds: NaN, peakBytes: NaN };

export async function observe(
  stage: Stage,
  { protocol, port }: Served,
  load: Load,
  observer: Observer | undefined,
): Promise<Observation> {
  if (observer === undefined) return { ...await load.run(), ...NOBODY, pairedShare: NaN };
  const observing = await observer.start(stage, { device: "lo", protocol, port });
  const { pid } = observing;
  const before = cpuSeconds(pid);
  const counted = await load.run();
  await worksNoMore(pid);
  const used = { cpuSeconds: cpuSeconds(pid) - before, peakBytes: peakBytes(pid) };
  const said = await observing.end();
  return { ...counted, ...used, ...said, pairedShare: shareOf(counted.requests, said.paired, load) };
}

/** Requests under way when the generator stopped may be paired without being counted; no others may. */
function shareOf(requests: number, paired: number, { aside = 0, underWay = 0 }: Load): number {
  const own = paired - aside;
  return own > requests && own <= requests + underWay ? 1 : own / requests;
}
