/** Runs a command as a whole process and says what it used. */
import { childUsage } from "../ffi/usage.ts";

export interface Measured {
  readonly cpuSeconds: number;
  readonly wallSeconds: number;
  /** The largest resident set, in bytes; NaN where an earlier child was larger, so that it cannot be told. */
  readonly peakBytes: number;
  readonly errorText: string;
}

/** Runs a command to its end; its output goes nowhere. Throws when it fails. */
export async function measure(
  command: string,
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<Measured> {
  const before = childUsage();
  const start = performance.now();
  const child = new Deno.Command(command, { args: [...args], env, stdin: "null", stdout: "null", stderr: "piped" });
  const { success, stderr } = await child.output();
  const wallSeconds = (performance.now() - start) / 1000;
  const after = childUsage();
  const errorText = new TextDecoder().decode(stderr);
  if (!success) throw new Error(`${command} ${args.join(" ")} failed: ${errorText.trim()}`);
  return {
    cpuSeconds: after.cpuSeconds - before.cpuSeconds,
    wallSeconds,
    peakBytes: after.peakBytes > before.peakBytes ? after.peakBytes : NaN,
    errorText,
  };
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

/** Nanoseconds that a call takes. */
export function timed(work: () => void): number {
  const start = performance.now();
  work();
  return (performance.now() - start) * 1e6;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
