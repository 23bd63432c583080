/** `packetd version`: which program this is. */
import { PROGRAM } from "../core/version.ts";
import { CliCommand } from "./command.ts";
import { writeOutput } from "./talk.ts";
import { versionText } from "./version_text.ts";

export function versionCommand(): CliCommand {
  const command = new CliCommand("version", "Display version information", [`${PROGRAM} version`]);
  return command.action(() => writeOutput(`${versionText()}\n`));
}
