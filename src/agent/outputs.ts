/** Where the agent's log and its lines of round trips go. */
import type { FileConfig, LoggerConfig, RoundTripsExporterConfig } from "../config/config.ts";
import { JsonLines } from "../export/json_lines.ts";
import { LineSink } from "../export/line_sink.ts";
import type { Say } from "../export/log_line.ts";
import type { LineOutput } from "../export/output.ts";
import { RotatingFile, type Rotation } from "../export/rotating_file.ts";
import { StreamOutput } from "../export/stream_output.ts";
import { ConfigError } from "./config_file.ts";

const MEGABYTE = 1024 * 1024;

/** Lines of all round trips: the exporter `roundtrips`. */
export class RoundTripLines {
  readonly sink: LineSink;
  readonly #output: LineOutput;

  private constructor(output: LineOutput) {
    this.#output = output;
    this.sink = new LineSink(new JsonLines({ showSecrets: false }), [output]);
  }

  /** Undefined when they are not wanted. @throws ConfigError when the file cannot be opened */
  static open(config: RoundTripsExporterConfig, say: Say): RoundTripLines | undefined {
    if (!config.enabled) return undefined;
    if (config.console) return new RoundTripLines(new StreamOutput(Deno.stdout, () => sayTooSlow(say)));
    try {
      return new RoundTripLines(
        new RotatingFile(config.filename, rotation(config), (text) => say("WARN", "export", text)),
      );
    } catch (error) {
      throw new ConfigError([
        `exporter.roundtrips.filename '${config.filename}' cannot be opened for writing: ${(error as Error).message}`,
      ]);
    }
  }

  get lostLines(): number {
    return this.#output.lostLines;
  }

  /** Resolves when all that was given has left. */
  async drained(): Promise<void> {
    this.sink.flush();
    await this.#output.drained();
  }

  close(): void {
    this.sink.flush();
    this.#output.close();
  }
}

/**
 * Where the log goes: a file, or standard output unless round trips go there too. A file that cannot be opened is no
 * reason not to capture: then it is standard error, and the first line says why.
 */
export function logOutput(config: LoggerConfig, roundTrips: RoundTripsExporterConfig): [LineOutput, trouble: string] {
  if (config.stdout) {
    const isTaken = roundTrips.enabled && roundTrips.console;
    return [new StreamOutput(isTaken ? Deno.stderr : Deno.stdout), ""];
  }
  try {
    return [new RotatingFile(config.filename, rotation(config), () => {}), ""];
  } catch (error) {
    const trouble = `logger.filename '${config.filename}' cannot be opened for writing: ${(error as Error).message}`;
    return [new StreamOutput(Deno.stderr), `${trouble}; the log goes to standard error`];
  }
}

function rotation({ maxSizeMb, maxBackups, maxAgeDays }: FileConfig): Rotation {
  return { maxBytes: maxSizeMb * MEGABYTE, maxBackups, maxAgeDays };
}

function sayTooSlow(say: Say): void {
  say("WARN", "export", "the reader of standard output is too slow: lines are dropped, no packets");
}
