/** From the configuration file to a configuration that is right in every respect that can be known beforehand. */
import { type Config, loadConfig, type Problem } from "../config/mod.ts";
import { protocols } from "../protocols/mod.ts";
import { compileExpression } from "../query/mod.ts";
import { ConfigError, readConfigFile } from "./config_file.ts";

export interface Loaded {
  readonly config: Config;
  /** What is not as it should be, and does no harm. */
  readonly warnings: readonly string[];
}

/**
 * @param lenient what is wrong and can be left out is a warning
 * @throws ConfigError that says all that is wrong, warnings included
 */
export function loadConfigFile(path: string, lenient: boolean): Loaded {
  const { config, problems } = loadConfig(readConfigFile(path), { lenient, env: variable, checkExpression });
  const text = ({ line, severity, message }: Problem) =>
    `${path}:${line}: ${severity === "warning" && config === undefined ? "warning: " : ""}${message}`;
  const lines = problems.map(text);
  if (config === undefined) throw new ConfigError(lines);
  return { config, warnings: lines };
}

function variable(name: string): string | undefined {
  return Deno.env.get(name);
}

function checkExpression(text: string): string | undefined {
  try {
    compileExpression(text, protocols);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}
