/** What the parser did not understand, in words that name the value and say what is allowed. */
import type { Command, CommanderError } from "./commander.ts";
import { didYouMean } from "./errors.ts";

export function explained(error: CommanderError, root: Command, args: readonly string[]): string {
  const value = /'(.*)'/s.exec(error.message)?.[1] ?? "";
  const command = root.commands.find((c) => c.name() === args[0] || c.aliases().includes(args[0])) ?? root;
  const more = `see ${command === root ? "" : `${root.name()} `}${command.name()} --help`;
  switch (error.code) {
    case "commander.unknownOption":
      return unknownFlag(value, command, more);
    case "commander.unknownCommand":
      return unknownCommand(value, root);
    case "commander.optionMissingArgument": {
      const [, flag, kind] = /(--\S+) <(.*)>/.exec(value) ?? ["", value, "value"];
      return `${flag} needs a value: ${kind}; ${more}`;
    }
    case "commander.excessArguments": {
      const given = /got \d+: (.*)\.$/s.exec(error.message)?.[1] ?? "";
      return command.name() === "log" || command.name() === "stats"
        ? `${command.name()} takes only flags, but was given '${given}'; to read a file: --pcap.file ${
          given.split(", ")[0]
        }`
        : `${command.name()} does not take so many arguments: '${given}'; ${more}`;
    }
    default:
      return `${error.message.replace(/^error: /, "")}; ${more}`;
  }
}

function unknownFlag(value: string, command: Command, more: string): string {
  const flag = value.split("=")[0];
  const flags = command.options.map((option) => option.long ?? "");
  if (flags.includes(flag)) return `${flag} takes no value, but was given '${value.slice(flag.length + 1)}'; ${more}`;
  return `unknown flag: ${flag}${didYouMean(flag, [...flags, "--help"]) || `; ${more}`}`;
}

/** The message for a command that does not exist. */
export function unknownCommand(name: string, root: Command): string {
  const names = root.commands.flatMap((c) => [c.name(), ...c.aliases()]).sort();
  const hint = didYouMean(name, names) || `; the commands are ${names.join(", ")}`;
  return `unknown command "${name}" for "${root.name()}"${hint}`;
}
