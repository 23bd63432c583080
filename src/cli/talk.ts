/**
 * What the command line says: results to standard output, everything else to standard error. Log lines have the form
 * of the configuration's console log: time, level, where from, message, separated by tabs.
 */
import { printable } from "../export/printable.ts";

const encoder = new TextEncoder();

/** Text for standard output, all of it at once. A reader that went away is no error. */
export function writeOutput(text: string): void {
  writeAll(Deno.stdout, text);
}

/** Text for standard error. Nothing can be done, or said, when that fails. */
export function writeError(text: string): void {
  try {
    writeAll(Deno.stderr, text);
  } catch { /* nobody is left to be told */ }
}

export type Level = "DEBUG" | "INFO" | "WARN" | "ERROR";

/** One log line on standard error. */
export function log(level: Level, from: string, message: string): void {
  writeError(`${stamp(new Date())}\t${level}\t${from}\t${printable(message)}\n`);
}

/** `2006-01-02 15:04:05.000` in the local zone. */
function stamp(date: Date): string {
  const local = new Date(date.getTime() - date.getTimezoneOffset() * 60_000);
  return local.toISOString().slice(0, 23).replace("T", " ");
}

function writeAll(stream: { writeSync(bytes: Uint8Array): number }, text: string): void {
  const bytes = encoder.encode(text);
  try {
    for (let at = 0; at < bytes.length;) at += stream.writeSync(bytes.subarray(at));
  } catch (error) {
    if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
  }
}
