/** `packetd config`: prints the reference configuration, or checks a configuration. */
import { PROGRAM } from "../core/version.ts";
import { printable } from "../export/printable.ts";
import { CliCommand } from "./command.ts";
import { Failure, UsageError } from "./errors.ts";
import { writeError, writeOutput } from "./talk.ts";

export function configCommand(): CliCommand {
  const command = new CliCommand("config", "Prints the reference configuration", [
    `${PROGRAM} config > ${PROGRAM}.yaml`,
    `${PROGRAM} config --check ${PROGRAM}.yaml`,
  ]);
  command.option("--check <path>", "Check a configuration instead: say all that is wrong with it, line by line");
  command.option("--lenient", "With --check: what can be left out only warns, as for agent --lenient");
  command.action(async ({ check, lenient = false }: { check?: string; lenient?: boolean }) => {
    if (check !== undefined) return await checkFile(check, lenient);
    if (lenient) throw new UsageError("--lenient goes with --check FILE");
    const { referenceText } = await import("../config/reference.ts");
    writeOutput(referenceText() + "\n");
  });
  return command;
}

async function checkFile(path: string, lenient: boolean): Promise<void> {
  const { ConfigError } = await import("../agent/config_file.ts");
  const { loadConfigFile } = await import("../agent/load.ts");
  try {
    const { warnings } = loadConfigFile(path, lenient);
    for (const warning of warnings) writeError(`warning: ${printable(warning)}\n`);
    writeOutput(`${path} can be used${warnings.length === 0 ? "" : ", in spite of the warnings"}\n`);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const { lines } = error;
    throw new Failure(lines.length === 1 ? lines[0] : `${path} cannot be used\n${lines.join("\n")}`);
  }
}
