/** The commands. Only their names and flags stand here: what a command does is loaded when it runs. */
import { PROGRAM } from "../core/version.ts";
import { agentCommand } from "./agent.ts";
import { CliCommand } from "./command.ts";
import { configCommand } from "./config.ts";
import { helpCommand } from "./help.ts";
import { ifacesCommand } from "./ifaces.ts";
import { logCommand } from "./log.ts";
import { statsCommand } from "./stats.ts";
import { versionCommand } from "./version.ts";
import { versionText } from "./version_text.ts";

const DESCRIPTION = `# ${PROGRAM} is a passive network traffic capture and analysis tool`;

/** The whole command line, ready to parse. */
export function program(): CliCommand {
  const root = new CliCommand(PROGRAM, DESCRIPTION, [
    `${PROGRAM} log --pcap.file app.pcap --format text`,
    `${PROGRAM} log --proto 'http;80,8080' --proto 'dns;53' --ifaces any --console`,
    `${PROGRAM} stats --pcap.file app.pcap --sort p99`,
    `${PROGRAM} agent --config ${PROGRAM}.yaml`,
  ]);
  root.version(versionText(), "--version", "Display version information");
  for (
    const command of [
      agentCommand(),
      configCommand(),
      helpCommand(root),
      ifacesCommand(),
      logCommand(),
      statsCommand(),
      versionCommand(),
    ]
  ) {
    root.addCommand(command);
  }
  return root;
}
