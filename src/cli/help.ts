/** `packetd help [command]`. */
import { PROGRAM } from "../core/version.ts";
import { CliCommand } from "./command.ts";
import { UsageError } from "./errors.ts";
import { unknownCommand } from "./explain.ts";

export function helpCommand(root: CliCommand): CliCommand {
  const command = new CliCommand("help", "Help about any command", [`${PROGRAM} help log`]);
  command.argument("[command]").action((name: string | undefined) => {
    if (name === undefined) return root.outputHelp();
    const asked = root.commands.find((c) => c.name() === name || c.aliases().includes(name));
    if (asked === undefined) throw new UsageError(unknownCommand(name, root));
    asked.outputHelp();
  });
  return command;
}
