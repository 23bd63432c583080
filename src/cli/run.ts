/** The entrance of the command line: what needs no parser is answered before one is loaded. */
import { writeOutput } from "./talk.ts";
import { versionText } from "./version_text.ts";

/** From the arguments to the exit status: 0 done, 1 failed, 2 not understood. */
export async function run(args: readonly string[]): Promise<number> {
  // Who asks many machines for their version waits a third as long without the parser (`deno task bench startup`).
  if (args.length === 1 && args[0] === "--version") {
    writeOutput(`${versionText()}\n`);
    return 0;
  }
  const { runCommandLine } = await import("./command_line.ts");
  return await runCommandLine(args);
}
