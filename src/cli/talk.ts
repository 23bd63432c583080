/** What the command line says: results to standard output, everything else to standard error. */
import { type Level, logLine } from "../export/log_line.ts";

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

/** One log line on standard error. */
export function log(level: Level, from: string, message: string): void {
  writeError(logLine(new Date(), level, from, message));
}

function writeAll(stream: { writeSync(bytes: Uint8Array): number }, text: string): void {
  const bytes = encoder.encode(text);
  try {
    for (let at = 0; at < bytes.length;) at += stream.writeSync(bytes.subarray(at));
  } catch (error) {
    if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
  }
}
