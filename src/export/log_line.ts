/** The form of log lines: time, level, where from, message, separated by tabs. */
import { printable } from "./printable.ts";

export type Level = "DEBUG" | "INFO" | "WARN" | "ERROR";

/** Says something in the log: how bad, which part of the program, and what. */
export type Say = (level: Level, from: string, message: string) => void;

/** A line with its line feed. Bytes of the message that a terminal would obey are escaped. */
export function logLine(date: Date, level: Level, from: string, message: string): string {
  return `${stamp(date)}\t${level}\t${from}\t${printable(message)}\n`;
}

/** `2006-01-02 15:04:05.000` in the local zone. */
function stamp(date: Date): string {
  const local = new Date(date.getTime() - date.getTimezoneOffset() * 60_000);
  return local.toISOString().slice(0, 23).replace("T", " ");
}
