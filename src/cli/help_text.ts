/** Help as the contract lays it out, led by examples. */
import type { Option } from "./commander.ts";
import type { CliCommand } from "./command.ts";

export function helpText(command: CliCommand): string {
  const root = command.parent === null;
  const path = root ? command.name() : `${command.parent!.name()} ${command.name()}`;
  const sections = [command.description(), section("Examples", command.examples.map((line) => `# ${line}`))];
  sections.push(
    section("Usage", [`  ${path} ${root ? "[command]" : command.name() === "help" ? "[command]" : "[flags]"}`]),
  );
  if (command.aliases().length > 0) {
    sections.push(section("Aliases", [`  ${[command.name(), ...command.aliases()].join(", ")}`]));
  }
  if (root) sections.push(section("Available Commands", commandLines(command)));
  sections.push(section("Flags", flagLines(command)));
  if (root) sections.push(`Use "${path} [command] --help" for more information about a command.`);
  return sections.join("\n\n") + "\n";
}

function section(title: string, lines: readonly string[]): string {
  return [`${title}:`, ...lines].join("\n");
}

function commandLines(root: CliCommand): string[] {
  const rows = root.commands.map((command) => [command.name(), command.description()] as const);
  return columns(rows.toSorted((a, b) => (a[0] < b[0] ? -1 : 1)));
}

function flagLines(command: CliCommand): string[] {
  const options = command.createHelp().visibleOptions(command).toSorted((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
  return columns(options.map((option) => [flagText(option), option.description]));
}

function nameOf(option: Option): string {
  return option.long ?? "";
}

/** `-h, --help`, `    --ifaces regexp`: short flags stand in a column of their own. */
function flagText(option: Option): string {
  const kind = /<(.*)>/.exec(option.flags)?.[1];
  const long = kind === undefined ? nameOf(option) : `${nameOf(option)} ${kind}`;
  return option.short === undefined ? `    ${long}` : `${option.short}, ${long}`;
}

function columns(rows: readonly (readonly [string, string])[]): string[] {
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `  ${left.padEnd(width)}   ${right}`);
}
