/** `packetd ifaces`: the interfaces that can be named to `--ifaces`. */
import { PROGRAM } from "../core/version.ts";
import { CliCommand } from "./command.ts";
import { Failure } from "./errors.ts";
import { writeOutput } from "./talk.ts";

export function ifacesCommand(): CliCommand {
  const command = new CliCommand("ifaces", "List all available interfaces", [`${PROGRAM} ifaces`]);
  command.action(async () => {
    const { interfaces } = await import("../../ffi/mod.ts");
    let text = "";
    try {
      for (const { name, addresses } of interfaces()) {
        if (addresses.length > 0) text += `- ${name}: [${addresses.join(" ")}]\n`;
      }
    } catch (error) {
      throw new Failure(`failed to list interfaces: ${(error as Error).message}`);
    }
    writeOutput(text);
  });
  return command;
}
