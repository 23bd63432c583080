/** `packetd version`: which program this is. The commit and the time of the build are known to a compiled one only. */
import { PROGRAM, VERSION } from "../core/version.ts";
import { CliCommand } from "./command.ts";
import { writeOutput } from "./talk.ts";

export function versionCommand(): CliCommand {
  const command = new CliCommand("version", "Display version information", [`${PROGRAM} version`]);
  command.action(() => {
    const commit = variable("PACKETD_GIT_HASH"), time = variable("PACKETD_BUILD_TIME");
    writeOutput(`Version: v${VERSION}\nGitHash: ${commit}\nBuildTime: ${time}\n`);
  });
  return command;
}

/** The value of an environment variable where it may be read: `deno compile --env-file` bakes these in. */
function variable(name: string): string {
  const { state } = Deno.permissions.querySync({ name: "env", variable: name });
  return state === "granted" ? Deno.env.get(name) ?? "" : "";
}
