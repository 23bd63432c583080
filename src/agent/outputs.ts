/** Where the agent's log and its lines of round trips go. */
import type { FileConfig, LoggerConfig, RoundTripsExporterConfig } from "../config/config.ts";
import type { Say } from "../export/log_line.ts";
import type { LineOutput } from "../export/output.ts";
import { RotatingFile, type Rotation } from "../export/rotating_file.ts";
import { StreamOutput } from "../export/stream_output.ts";
import { ConfigError } from "./config_file.ts";

const MEGABYTE = 1024 * 1024;

/** Where lines of all round trips go: the exporter `roundtrips`, if it is wanted. */
export class RoundTripLines implements LineOutput {
  /** Undefined when they are not wanted. */
  #output: LineOutput | undefined;
  /** Lines that outputs before this one lost. */
  #lostBefore = 0;

  constructor(output: LineOutput | undefined) {
    this.#output = output;
  }

  get lostLines(): number {
    return this.#lostBefore + (this.#output?.lostLines ?? 0);
  }

  get closed(): boolean {
    return this.#output === undefined || this.#output.closed;
  }

  write(bytes: Uint8Array, lines: number): void {
    this.#output?.write(bytes, lines);
  }

  async ready(): Promise<void> {
    await this.#output?.ready();
  }

  /** From now on lines go elsewhere, or nowhere. */
  setOutput(output: LineOutput | undefined): void {
    this.close();
    this.#lostBefore = this.lostLines;
    this.#output = output;
  }

  async drained(): Promise<void> {
    await this.#output?.drained();
  }

  close(): void {
    this.#output?.close();
  }
}

/** Undefined when lines are not wanted. @throws ConfigError when the file cannot be opened */
export function lineOutput(config: RoundTripsExporterConfig, say: Say): LineOutput | undefined {
  if (!config.enabled) return undefined;
  if (config.console) return new StreamOutput(Deno.stdout, () => sayTooSlow(say));
  try {
    return new RotatingFile(config.filename, rotation(config), (text) => say("WARN", "export", text));
  } catch (error) {
    throw new ConfigError([
      `exporter.roundtrips.filename '${config.filename}' cannot be opened for writing: ${(error as Error).message}`,
    ]);
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
