/** The flags of `packetd log` as values: every text is checked here, before anything is opened. */
import { type BodyCapture, USUAL_BODIES } from "../core/bodies.ts";
import { BODY_BYTES_TOTAL } from "../core/limits.ts";
import type { Rule } from "../core/rule.ts";
import { parseDuration } from "../core/duration.ts";
import type { Rotation } from "../export/rotating_file.ts";
import { didYouMean, UsageError } from "./errors.ts";
import { rulesFrom } from "./rules.ts";

export interface LogOptions {
  readonly rules: readonly Rule[];
  /** Path of a capture; empty to capture live. */
  readonly file: string;
  /** `any`, or a regular expression. */
  readonly ifaces: string;
  readonly engine: "pcap" | "libpcap";
  readonly ipVersion: "" | "v4" | "v6";
  readonly promiscuous: boolean;
  readonly filter: string;
  /** Whether to capture what tunnels carry. */
  readonly tunnels: boolean;
  readonly format: "json" | "text" | "none";
  readonly console: boolean;
  /** Empty for none. */
  readonly logFile: string;
  readonly rotation: Rotation;
  readonly errorsOnly: boolean;
  /** 0 prints all. */
  readonly slowNs: number;
  readonly unanswered: boolean;
  /** An expression; empty for none. */
  readonly where: string;
  readonly showSecrets: boolean;
  /** Undefined where no bodies are wanted. */
  readonly bodies: BodyCapture | undefined;
  /** Infinity for no end. */
  readonly count: number;
  readonly durationNs: number;
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
    rules: rulesFrom((given.proto ?? []) as string[]),
    file: flags.text("pcap.file", "pcap-file"),
    ifaces: flags.regexp("ifaces", "any"),
    engine: flags.choice("engine", ["pcap", "libpcap"]),
    ipVersion: ipVersion(flags),
    promiscuous: !flags.isOff("promiscuous") && !flags.isOff("promisc"),
    filter: flags.text("filter"),
    tunnels: !flags.isOff("tunnels"),
    format,
    console: flags.isOn("console") || logFile === "",
    logFile,
    rotation: {
      maxBytes: flags.whole("a whole number of MB", 100, "log.size", "roundtrips.size") * MEGABYTE,
      maxBackups: flags.whole("a whole number", 10, "log.backups", "roundtrips.backups"),
      maxAgeDays: flags.whole("a whole number of days", 7, "log.age", "roundtrips.age"),
    },
    errorsOnly: flags.isOn("errors"),
    slowNs: flags.duration("slow", 0),
    unanswered: flags.isOn("unanswered"),
    where: flags.text("where"),
    showSecrets: flags.isOn("show-secrets"),
    bodies: bodies(flags, format),
    count: flags.whole("a whole number", Infinity, "count"),
    durationNs: flags.duration("duration", Infinity),
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

function ipVersion(flags: Flags): "" | "v4" | "v6" {
  const version = flags.choice("ipv", ["", "v4", "v6"]);
  if (!flags.isOn("ipv4")) return version;
  if (version === "v6") throw new UsageError("--ipv4 and --ipv v6 exclude each other");
  return "v4";
}

/** Reads flags by name; a flag that goes by two names may be given under either. */
class Flags {
  readonly #given: Record<string, unknown>;

  constructor(given: Record<string, unknown>) {
    this.#given = given;
  }

  isOn(name: string): boolean {
    return this.#value(name) === true;
  }

  isOff(name: string): boolean {
    return this.#value(name) === false;
  }

  text(...names: string[]): string {
    return this.#one(names)?.text ?? "";
  }

  regexp(name: string, fallback: string): string {
    const text = (this.#value(name) as string | undefined) ?? fallback;
    try {
      new RegExp(text);
    } catch (error) {
      const reason = (error as Error).message.replace(/^Invalid regular expression: /, "");
      throw new UsageError(
        `--${name} '${text}' is no regular expression (${reason}); a name such as eth0, or eth.*, or any`,
      );
    }
    return text;
  }

  choice<const C extends string>(name: string, choices: readonly C[]): C {
    const text = this.#value(name) as string | undefined;
    if (text === undefined) return choices[0];
    const choice = choices.find((c) => c === text);
    if (choice !== undefined) return choice;
    const named = choices.filter((c) => c !== "");
    throw new UsageError(
      `--${name} '${text}' is not known${didYouMean(text, named) || ";"} it is one of ${named.join(", ")}`,
    );
  }

  /** A whole number of at least 1. */
  whole(what: string, fallback: number, ...names: string[]): number {
    const one = this.#one(names);
    if (one === undefined) return fallback;
    const value = /^\d{1,9}$/.test(one.text) ? Number(one.text) : 0;
    if (value < 1) throw new UsageError(`--${one.name} '${one.text}' is not ${what}, at least 1`);
    return value;
  }

  /** A duration longer than nothing. */
  duration(name: string, fallback: number): number {
    const text = this.#value(name) as string | undefined;
    if (text === undefined) return fallback;
    const ns = parseDuration(text);
    if (ns === undefined || ns <= 0) {
      throw new UsageError(`--${name} '${text}' is no duration; write 200ms, 30s, 5m or 1h30m`);
    }
    return ns;
  }

  /** What was given under one of these names. */
  #one(names: readonly string[]): { name: string; text: string } | undefined {
    const found = names.flatMap((name) => {
      const text = this.#value(name);
      return typeof text === "string" ? [{ name, text }] : [];
    });
    const [first, other] = found;
    if (other !== undefined && other.text !== first.text) {
      throw new UsageError(
        `--${first.name} '${first.text}' and --${other.name} '${other.text}' are the same flag: give one`,
      );
    }
    return first;
  }

  /** The parser keeps `--pcap-file` as `pcapFile`. */
  #value(name: string): unknown {
    return this.#given[name.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase())];
  }
}
