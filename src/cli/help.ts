/** `packetd help [command]`, and `packetd help expressions`. */
import { PROGRAM } from "../core/version.ts";
import { CliCommand } from "./command.ts";
import { UsageError } from "./errors.ts";
import { unknownCommand } from "./explain.ts";
import { writeOutput } from "./talk.ts";

/** What `--where` takes: a topic of help that is no command. */
const EXPRESSIONS = "expressions";

export function helpCommand(root: CliCommand): CliCommand {
  const command = new CliCommand("help", "Help about any command", [
    `${PROGRAM} help log`,
    `${PROGRAM} help ${EXPRESSIONS}`,
  ]);
  command.argument("[command]").action(async (name: string | undefined) => {
    if (name === undefined) return root.outputHelp();
    if (name === EXPRESSIONS) return await helpWithExpressions();
    const asked = root.commands.find((c) => c.name() === name || c.aliases().includes(name));
    if (asked === undefined) throw new UsageError(unknownCommand(name, root));
    asked.outputHelp();
  });
  return command;
}

async function helpWithExpressions(): Promise<void> {
  const { expressionHelp } = await import("../query/mod.ts");
  const { protocols } = await import("../protocols/mod.ts");
  writeOutput(expressionHelp(protocols));
}
