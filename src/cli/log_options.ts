/** The flags of `packetd log` as values: every text is checked here, before anything is opened. */
import { type BodyCapture, USUAL_BODIES } from "../core/bodies.ts";
import { BODY_BYTES_TOTAL } from "../core/limits.ts";
import type { Rotation } from "../export/rotating_file.ts";
import { type CaptureOptions, captureOptions } from "./capture_options.ts";
import { UsageError } from "./errors.ts";
import { Flags } from "./flags.ts";

export interface LogOptions extends CaptureOptions {
  readonly format: "json" | "text" | "none";
  readonly console: boolean;
  /** Empty for none. */
  readonly logFile: string;
  readonly rotation: Rotation;
  readonly unanswered: boolean;
  readonly showSecrets: boolean;
  /** Undefined where no bodies are wanted. */
  readonly bodies: BodyCapture | undefined;
  /** Infinity for no end. */
  readonly count: number;
}

const MEGABYTE = 1024 * 1024;

/** @throws UsageError that names the flag, its value, and what is allowed */
export function logOptions(given: Record<string, unknown>): LogOptions {
  const flags = new Flags(given);
  const logFile = flags.text("log.file", "roundtrips.file");
  const format = flags.choice("format", ["json", "text", "none"]);
  if (format === "none" && logFile !== "") {
    throw new UsageError(`--format none writes no lines: leave out --log.file ${logFile}, or choose json or text`);
  }
  return {
    ...captureOptions(flags),
    format,
    console: flags.isOn("console") || logFile === "",
    logFile,
    rotation: {
      maxBytes: flags.whole("a whole number of MB", 100, "log.size", "roundtrips.size") * MEGABYTE,
      maxBackups: flags.whole("a whole number", 10, "log.backups", "roundtrips.backups"),
      maxAgeDays: flags.whole("a whole number of days", 7, "log.age", "roundtrips.age"),
    },
    unanswered: flags.isOn("unanswered"),
    showSecrets: flags.isOn("show-secrets"),
    bodies: bodies(flags, format),
    count: flags.whole("a whole number", Infinity, "count"),
  };
}

function bodies(flags: Flags, format: LogOptions["format"]): BodyCapture | undefined {
  const size = flags.text("body.size");
  if (!flags.isOn("body")) {
    if (size !== "") throw new UsageError(`--body.size ${size} needs --body: without it no body is printed`);
    return undefined;
  }
  if (format !== "json") throw new UsageError(`--format ${format} prints no bodies: leave out --body, or choose json`);
  const maxBytes = flags.whole("a whole number of bytes", USUAL_BODIES.maxBytes, "body.size");
  if (maxBytes > BODY_BYTES_TOTAL) {
    throw new UsageError(`--body.size '${size}' is more than all bodies together may have: ${BODY_BYTES_TOTAL} bytes`);
  }
  return { ...USUAL_BODIES, maxBytes };
}
