/** Reads the flags that the parser found; every error names the flag, its value, and what is allowed. */
import { parseDuration } from "../core/duration.ts";
import { didYouMean, UsageError } from "./errors.ts";

/** Reads flags by name; a flag that goes by two names may be given under either. */
export class Flags {
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

  /** Empty where it was not given. */
  text(...names: string[]): string {
    return this.#one(names)?.text ?? "";
  }

  /** Undefined where it was not given. */
  given(...names: string[]): string | undefined {
    return this.#one(names)?.text;
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

  /** What was given under a name that may be given several times. */
  texts(name: string): readonly string[] {
    return (this.#value(name) ?? []) as readonly string[];
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
