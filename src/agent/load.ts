/** From the configuration file to a configuration that is right in every respect that can be known beforehand. */
import { NativeError } from "../../ffi/errors.ts";
import { compilerFor } from "../capture/live_filter.ts";
import { type Config, loadConfig, type Problem } from "../config/mod.ts";
import { LINK } from "../core/packet.ts";
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
  const checks = { checkExpression, checkFilter };
  const { config, problems } = loadConfig(readConfigFile(path), { lenient, env: variable, ...checks });
  const lines = problems.map((problem) => problemText(path, problem, config === undefined));
  if (config === undefined) throw new ConfigError(lines);
  return { config, warnings: lines };
}

/** `packetd.yaml:3: sniffer.ifaces: is wrong`; beside errors a warning says that it is one. */
function problemText(path: string, { line, key, message, severity }: Problem, besideErrors: boolean): string {
  const kind = besideErrors && severity === "warning" ? "warning: " : "";
  return `${path}:${line}: ${kind}${key === "" ? "" : `${key}: `}${message}`;
}

/** @throws Error where the environment may not be read */
function variable(name: string): string | undefined {
  const { state } = Deno.permissions.querySync({ name: "env", variable: name });
  if (state !== "granted") throw new Error(`deno was started without --allow-env=${name}`);
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

/**
 * An expression is wrong when libpcap compiles it neither for frames nor for bare packets. Where there is no libpcap,
 * the start says so.
 */
function checkFilter(text: string): string | undefined {
  let trouble: string | undefined;
  for (const linkType of [LINK.RAW, LINK.ETHERNET]) {
    try {
      compilerFor(linkType)(text);
      return undefined;
    } catch (error) {
      if (!(error instanceof NativeError) || error.kind !== "filter") return undefined;
      trouble = error.message;
    }
  }
  return trouble;
}
