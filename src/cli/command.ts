/** A command of ours: the parser's, with examples, our help text, and errors that are thrown instead of printed. */
import { Command } from "./commander.ts";
import { writeOutput } from "./talk.ts";
import { helpText } from "./help_text.ts";

export class CliCommand extends Command {
  /** Shell lines that show the command at work; help begins with them. */
  readonly examples: readonly string[];

  constructor(name: string, description: string, examples: readonly string[]) {
    super(name);
    this.examples = examples;
    this.description(description)
      .helpOption("-h, --help", `help for ${name}`)
      .helpCommand(false)
      .exitOverride()
      .configureOutput({ writeOut: writeOutput, writeErr: () => {}, getOutHasColors: () => false })
      .configureHelp({ formatHelp: () => helpText(this) });
  }
}
