/** The agent's log, through LogTape: its level can be changed, and where it goes, while everything runs. */
import { configureSync, getLogger, type LogLevel, type LogRecord, resetSync } from "npm:@logtape/logtape@2.4.2";
import { type Level, logLine, type Say } from "./log_line.ts";
import type { LineOutput } from "./output.ts";
import { PROGRAM } from "../core/version.ts";

/** The levels of the configuration, from what says most to what says least, as LogTape calls them. */
const LEVELS: Readonly<Record<string, LogLevel>> = { debug: "debug", info: "info", warn: "warning", error: "error" };
/** LogTape's levels as they are printed. */
const PRINTED: Readonly<Record<LogLevel, Level>> = {
  trace: "DEBUG",
  debug: "DEBUG",
  info: "INFO",
  warning: "WARN",
  error: "ERROR",
  fatal: "ERROR",
};

const encoder = new TextEncoder();

export class Logger {
  #output: LineOutput;
  #level: LogLevel;

  /**
   * @param level one of `debug`, `info`, `warn`, `error`
   * @param output gets the lines; it is closed with the logger
   */
  constructor(level: string, output: LineOutput) {
    this.#output = output;
    this.#level = LEVELS[level] ?? "info";
    this.#configure();
  }

  /** Says something, from the named part of the program. */
  readonly say: Say = (level, from, message) => {
    const logger = getLogger([PROGRAM, from]);
    const text = message.replaceAll("{", "{{").replaceAll("}", "}}"); // braces are LogTape's placeholders
    if (level === "DEBUG") logger.debug(text);
    else if (level === "INFO") logger.info(text);
    else if (level === "WARN") logger.warn(text);
    else logger.error(text);
  };

  /** @returns false for a level that there is not; then nothing has changed */
  setLevel(level: string): boolean {
    const known = LEVELS[level.trim().toLowerCase()];
    if (known === undefined) return false;
    this.#level = known;
    this.#configure();
    return true;
  }

  /** Lines go elsewhere from now on. */
  setOutput(output: LineOutput): void {
    const before = this.#output;
    this.#output = output;
    before.close();
  }

  /** Lines that could not be written. */
  get lostLines(): number {
    return this.#output.lostLines;
  }

  async close(): Promise<void> {
    resetSync();
    await this.#output.drained();
    this.#output.close();
  }

  #configure(): void {
    const sinks = { log: (record: LogRecord) => this.#write(record) };
    configureSync({
      sinks,
      loggers: [
        { category: [PROGRAM], sinks: ["log"], lowestLevel: this.#level },
        { category: ["logtape", "meta"], sinks: ["log"], lowestLevel: "warning" },
      ],
      reset: true,
    });
  }

  #write({ category, level, message, timestamp }: LogRecord): void {
    const from = category[0] === PROGRAM ? category.slice(1).join(".") : category.join(".");
    const line = logLine(new Date(timestamp), PRINTED[level], from, message.map(String).join(""));
    this.#output.write(encoder.encode(line), 1);
  }
}
