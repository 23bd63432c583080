/** `packetd agent`: captures for years, and feeds metrics and traces. */
import { PROGRAM } from "../core/version.ts";
import { CliCommand } from "./command.ts";

/** Where the configuration is when nobody says where. */
const DEFAULT_PATH = "packetd.yaml";

export function agentCommand(): CliCommand {
  const command = new CliCommand("agent", "Run in network monitoring agent mode", [
    `${PROGRAM} config > ${DEFAULT_PATH}`,
    `${PROGRAM} config --check ${DEFAULT_PATH}`,
    `${PROGRAM} agent --config ${DEFAULT_PATH}`,
  ]);
  command.option("--config <path>", `Path of the configuration (default ${DEFAULT_PATH})`);
  command.option("--lenient", "Begin, and reload, in spite of what is wrong where it can be left out");
  command.action(async ({ config = DEFAULT_PATH, lenient = false }: { config?: string; lenient?: boolean }) => {
    const { runAgent } = await import("./agent_run.ts");
    await runAgent(config, lenient);
  });
  return command;
}
