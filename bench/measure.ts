/** Runs a command as a whole process and says what it used; and what many runs come to. */
import process from "node:process";
import { childCpuSeconds } from "../ffi/usage.ts";
import { pause } from "../tests/live/stage.ts";
import { peakBytes, worksNoMore } from "./live/usage.ts";
import type { Spread } from "./table.ts";

/** How often a running process is looked at. */
const LOOK_MS = 20;
const WARM_RUNS = 3;
/** How long a service may work. */
const PATIENCE_MS = 600_000;

export interface Measured {
  readonly cpuSeconds: number;
  readonly wallSeconds: number;
  /** The largest resident set, in bytes; NaN where the system does not tell it, or of a process that was too short. */
  readonly peakBytes: number;
  readonly errorText: string;
}

/** Runs a command to its end; its output goes nowhere. Throws when it fails. */
export function measure(
  command: string,
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<Measured> {
  return run(command, args, env, async () => {});
}

/**
 * Runs a service that works something off until it has nothing left to do, and ends it with SIGTERM: the wall time is of
 * little meaning.
 *
 * @param begun resolves when it has begun to work
 * @param finish is called before its end
 */
export function measureService(
  command: string,
  args: readonly string[],
  begun: () => Promise<void>,
  finish: () => Promise<void>,
): Promise<Measured> {
  return run(command, args, {}, async (child) => {
    try {
      await begun();
      await worksNoMore(child.pid, PATIENCE_MS);
      await finish();
    } finally {
      child.kill("SIGTERM");
    }
  });
}

async function run(
  command: string,
  args: readonly string[],
  env: Record<string, string>,
  meanwhile: (child: Deno.ChildProcess) => Promise<void>,
): Promise<Measured> {
  const before = childCpuSeconds();
  const start = performance.now();
  const child = new Deno.Command(command, { args: [...args], env, stdin: "null", stdout: "null", stderr: "piped" })
    .spawn();
  let isOver = false;
  const output = child.output().finally(() => isOver = true);
  const peak = watchedPeak(child.pid, () => isOver);
  const trouble = await meanwhile(child).catch((error: Error) => error); // as when it has ended of itself
  const { success, stderr } = await output;
  const wallSeconds = (performance.now() - start) / 1000;
  const cpuSeconds = childCpuSeconds() - before;
  const errorText = new TextDecoder().decode(stderr);
  if (!success) throw new Error(`${command} ${args.join(" ")} failed: ${errorText.trim()}`);
  if (trouble !== undefined) throw trouble;
  return { cpuSeconds, wallSeconds, peakBytes: await peak, errorText };
}

async function watchedPeak(pid: number, isOver: () => boolean): Promise<number> {
  let peak = NaN;
  while (!isOver()) {
    try {
      const bytes = peakBytes(pid);
      if (!Number.isNaN(bytes)) peak = bytes; // that of a process that has just ended is not told
    } catch {
      return peak; // it is gone, or there is no /proc
    }
    await pause(LOOK_MS);
  }
  return peak;
}

/** Whether a program can be started. */
export async function isInstalled(command: string): Promise<boolean> {
  try {
    await new Deno.Command(command, { args: ["--version"], stdin: "null", stdout: "null", stderr: "null" }).output();
    return true;
  } catch {
    return false;
  }
}

/** Nanoseconds of processor time that a call takes, in all threads: others on the machine do not count. */
export function timed(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) * 1e3;
}

/**
 * What two pieces of work take, in turns, after they were done often enough to be compiled.
 *
 * @param ours,rivals do it and return what it took
 */
export function inTurns(runs: number, ours: () => number, rivals: () => number): [ours: number[], rivals: number[]] {
  const mine: number[] = [], others: number[] = [];
  for (let i = 0; i < WARM_RUNS + runs; i++) {
    const [a, b] = [ours(), rivals()];
    if (i < WARM_RUNS) continue;
    mine.push(a);
    others.push(b);
  }
  return [mine, others];
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** What pairs come to: of each, what was measured of ours and of the rival, one after another. */
export function compared(ours: readonly number[], rivals: readonly number[]): { ratio: number; spread: Spread } {
  const ratios = ours.map((value, i) => value / rivals[i]);
  return { ratio: median(ratios), spread: [Math.min(...ratios), Math.max(...ratios)] };
}
