/** Runs the command that the arguments name. */
import { CommanderError } from "./commander.ts";
import { NativeError } from "../../ffi/errors.ts";
import { CaptureError } from "../capture/errors.ts";
import { PROGRAM } from "../core/version.ts";
import { printable } from "../export/printable.ts";
import { Failure, UsageError } from "./errors.ts";
import { explained } from "./explain.ts";
import { program } from "./program.ts";
import { writeError } from "./talk.ts";

/**
 * Runs the command that the arguments name. Whatever goes wrong is told on standard error.
 *
 * @returns the exit status: 0 done, 1 failed, 2 not understood
 */
export async function runCommandLine(args: readonly string[]): Promise<number> {
  const root = program();
  try {
    await root.parseAsync(withCommand(args), { from: "user" });
    return 0;
  } catch (error) {
    if (error instanceof CommanderError) {
      if (error.exitCode === 0) return 0; // help or the version was asked for, and shown
      return complain(explained(error, root, args), 2);
    }
    if (error instanceof UsageError) return complain(error.message, 2);
    if (error instanceof Failure || error instanceof CaptureError || error instanceof NativeError) {
      return complain(error.message, 1);
    }
    return complain(error instanceof Error ? error.stack ?? error.message : String(error), 1);
  }
}

/** Without arguments: help. `packetd --config FILE` is the agent. */
function withCommand(args: readonly string[]): string[] {
  if (args.length === 0) return ["--help"];
  return /^--config(=|$)/.test(args[0]) ? ["agent", ...args] : [...args];
}

function complain(message: string, status: number): number {
  writeError(`${PROGRAM}: ${message.split("\n").map(printable).join("\n")}\n`);
  return status;
}
