/** What a running process has used, as Linux tells it in /proc (proc(5)). */
import { pause } from "../../tests/live/stage.ts";

/** A process that uses less than this in so long has nothing left to do. */
const IDLE_SECONDS = 0.01, WATCHED_MS = 150;
const PATIENCE_MS = 10_000;

/** Seconds of processor time of all its threads; the kernel counts them in nanoseconds. */
export function cpuSeconds(pid: number): number {
  let nanos = 0;
  for (const { name } of Deno.readDirSync(`/proc/${pid}/task`)) {
    nanos += Number(Deno.readTextFileSync(`/proc/${pid}/task/${name}/schedstat`).split(" ")[0]);
  }
  return nanos / 1e9;
}

/** Most memory that it had resident at a time, in bytes. A ring that is mapped counts. */
export function peakBytes(pid: number): number {
  return Number(/VmHWM:\s+(\d+) kB/.exec(Deno.readTextFileSync(`/proc/${pid}/status`))?.[1]) * 1024;
}

/** Waits until it has worked off what came in, so that this is part of its processor time. */
export async function worksNoMore(pid: number, patienceMs = PATIENCE_MS): Promise<void> {
  const limit = performance.now() + patienceMs;
  for (let before = cpuSeconds(pid); performance.now() < limit;) {
    await pause(WATCHED_MS);
    const now = cpuSeconds(pid);
    if (now - before < IDLE_SECONDS) return;
    before = now;
  }
}
