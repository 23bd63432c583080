/** The kinds of values that a configuration has: how each is read from the file, checked, and shown. */
import { parseDuration } from "../core/duration.ts";
import { didYouMean } from "../core/near_miss.ts";
import { durationText } from "../core/time.ts";
import { quoted, type Reading } from "./reading.ts";
import { isNull, itemsOf, type Node } from "./tree.ts";

export interface Kind<T> {
  /** For the table of all keys: `duration`, `whole number`. */
  readonly name: string;
  /**
   * Reads a node that is not null.
   *
   * @param key for messages
   * @param instead what becomes of a value that cannot be used, for messages: `5m is used`
   * @returns undefined when it cannot be used; then that was told
   */
  read(node: Node, key: string, reading: Reading, instead: string): T | undefined;
  /** The value as YAML, on one line. */
  yaml(value: T): string;
}

/** What a text is worth, what is wrong with it, or why it is another value than it says. */
type Outcome<T> = { readonly value: T; readonly note?: string } | { readonly wrong: string } | {
  readonly unset: string;
};

/** Reads a value; where it cannot be used, the fallback. */
export function readOr<T>(kind: Kind<T>, node: Node | undefined, key: string, reading: Reading, fallback: T): T {
  if (node === undefined) return fallback;
  return kind.read(node, key, reading, fallback === undefined ? "ignored" : `${kind.yaml(fallback)} is used`) ??
    fallback;
}

/** A kind whose values are one piece of text. */
export function scalar<T>(
  name: string,
  wanted: string,
  parse: (text: string, reading: Reading) => Outcome<T>,
  yaml: (value: T) => string,
): Kind<T> {
  return {
    name,
    yaml,
    read(node, key, reading, instead) {
      if (node.kind !== "scalar") {
        const found = node.kind === "list" ? "a list" : "a mapping";
        reading.error(node.line, key, `is ${wanted}, not ${found}`, instead);
        return undefined;
      }
      const outcome = parse(node.text, reading);
      if ("wrong" in outcome) reading.error(node.line, key, outcome.wrong, instead);
      else if ("unset" in outcome) reading.warn(node.line, key, `${outcome.unset}: ${instead}`);
      else if (outcome.note !== undefined) {
        reading.warn(node.line, key, `${outcome.note}: ${yaml(outcome.value)} is used`);
      }
      return "value" in outcome ? outcome.value : undefined;
    },
  };
}

/** A text that is checked. @param check what is wrong with it, `is no ...`; undefined when it is right */
export function checkedText(
  name: string,
  check: (text: string, reading: Reading) => string | undefined = () => undefined,
  shown: (text: string) => string = quoted,
): Kind<string> {
  return scalar<string>(name, `one ${name}`, (text, reading) => {
    const trouble = check(text, reading);
    return trouble === undefined ? { value: text } : { wrong: `${shown(text)} ${trouble}`.trimStart() };
  }, JSON.stringify);
}

export const text: Kind<string> = checkedText("text");

const BOOLEANS: Readonly<Record<string, boolean>> = {
  true: true,
  yes: true,
  on: true,
  y: true,
  1: true,
  false: false,
  no: false,
  off: false,
  n: false,
  0: false,
};

export const bool: Kind<boolean> = scalar<boolean>("true or false", "true or false", (given) => {
  const word = given.trim().toLowerCase();
  return Object.hasOwn(BOOLEANS, word) ? { value: BOOLEANS[word] } : { wrong: `${quoted(given)} is not true or false` };
}, String);

export function choice<const C extends string>(...choices: readonly C[]): Kind<C> {
  const shown = (one: string) => one === "" ? '""' : one;
  const all = choices.map(shown).join(", ");
  return scalar<C>(all, `one of ${all}`, (given) => {
    const value = choices.find((one) => one === given.trim().toLowerCase());
    if (value !== undefined) return { value };
    return { wrong: `${quoted(given)} is not known${didYouMean(given, choices) || ";"} it is one of ${all}` };
  }, shown);
}

/** The number that a text is; undefined when it is no whole number. */
function wholeNumber(given: string): number | undefined {
  const digits = given.trim().replaceAll("_", "");
  if (!/^[+-]?(0|[1-9]\d*)(\.\d+)?(e\+?\d+)?$|^0x[\da-f]+$/i.test(digits)) return undefined;
  const value = Number(digits);
  return Number.isSafeInteger(value) ? value : undefined;
}

function wrongNumber(given: string, wanted: string): string {
  const zero = /^0\d/.test(given.trim()) ? " (leave out the leading 0)" : "";
  return `${quoted(given)} is not ${wanted}${zero}`;
}

/**
 * A whole number of at least 1. As with the Go program, less has the value that it has without being set; what is more
 * than the most is the most.
 */
export function whole(most: number): Kind<number> {
  return scalar<number>("whole number", "a whole number", (given) => {
    const value = wholeNumber(given);
    if (value === undefined) return { wrong: wrongNumber(given, `a whole number from 1 to ${most}`) };
    if (value < 1) return { unset: `${value} is less than 1` };
    return value > most ? { value: most, note: `${value} is more than ${most}` } : { value };
  }, String);
}

/** More threads than any machine has to spare for this. */
const MOST_LANES = 64;

/** A whole number of at least 1, or what the machine has. */
export const lanes: Kind<number | "auto"> = scalar<number | "auto">(
  "whole number, or auto",
  "a whole number",
  (given) => {
    if (given.trim() === "auto") return { value: "auto" };
    const value = wholeNumber(given);
    return value !== undefined && value >= 1 && value <= MOST_LANES
      ? { value }
      : { wrong: wrongNumber(given, `a whole number from 1 to ${MOST_LANES}, or auto`) };
  },
  String,
);

export const port: Kind<number> = scalar<number>("port", "a port", (given) => {
  const value = wholeNumber(given);
  return value !== undefined && value >= 0 && value <= 65535
    ? { value }
    : { wrong: wrongNumber(given, "a port: 0 to 65535") };
}, String);

/** A number above 0 and at most 1. */
export const share: Kind<number> = scalar<number>("share", "a number", (given) => {
  const value = /^\d*\.?\d+(e-?\d+)?$/i.test(given.trim()) ? Number(given) : NaN;
  if (value > 0 && value <= 1) return { value };
  return { wrong: `${quoted(given)} is not a share: a number above 0 and at most 1, such as 0.1 for a tenth` };
}, String);

/** The longest that timers can wait is not much longer. */
const LONGEST_NS = 24 * 24 * 3600e9;

/**
 * Nanoseconds. As with the Go program, nothing or less has the value that it has without being set.
 *
 * @param leastNs the shortest that makes sense; 0 where no time is a value too
 */
export function duration(leastNs: number): Kind<number> {
  return scalar<number>("duration", "a duration", (given) => {
    const value = parseDuration(given.trim());
    if (value === undefined) {
      return { wrong: `${quoted(given)} is no duration: write 300ms, 30s, 5m or 1h30m, or a number of seconds` };
    }
    if (value < 0 || value === 0 && leastNs > 0) return { unset: `${quoted(given)} is no time at all` };
    if (value < leastNs) return { value: leastNs, note: `${quoted(given)} is too short` };
    return value > LONGEST_NS ? { value: LONGEST_NS, note: `${quoted(given)} is too long` } : { value };
  }, shortDuration);
}

function shortDuration(ns: number): string {
  return durationText(ns).replace(/(?<=\D)0s$/, "").replace(/(?<=h)0m$/, "");
}

/** A list; one value alone stands for a list of one. What cannot be used is left out. */
export function list<T>(of: Kind<T>): Kind<readonly T[]> {
  return {
    name: `list: ${of.name}`,
    yaml: (values) => `[${values.map((value) => of.yaml(value)).join(", ")}]`,
    read(node, key, reading, instead) {
      const items = itemsOf(node) ?? (node.kind === "scalar" ? [node] : undefined);
      if (items === undefined) {
        reading.error(node.line, key, `is a list, not a mapping`, instead);
        return undefined;
      }
      return items.flatMap((item, i) => {
        const at = `${key}[${i}]`;
        if (!isNull(item)) return of.read(item, at, reading, "ignored") ?? [];
        reading.warn(item.line, at, "is empty: it is ignored");
        return [];
      });
    },
  };
}

/** A mapping of names to texts. Names with dots were split; here they are whole again. */
export function texts(
  of: Kind<string>,
  checkName: (name: string) => string | undefined,
): Kind<ReadonlyMap<string, string>> {
  const shown = JSON.stringify;
  return {
    name: `mapping: ${of.name}`,
    yaml: (values) => `{${[...values].map(([name, value]) => `${shown(name)}: ${shown(value)}`).join(", ")}}`,
    read(node, key, reading, instead) {
      if (node.kind !== "map") {
        reading.error(node.line, key, "is a mapping of names to text, such as {name: text}", instead);
        return undefined;
      }
      const values = new Map<string, string>();
      const gather = (from: Node, line: number, name: string): void => {
        if (from.kind === "map") {
          for (const [inner, entry] of from.entries) gather(entry.node, entry.line, `${name}.${inner}`);
          return;
        }
        const trouble = checkName(name);
        if (trouble !== undefined) reading.error(line, key, `${quoted(name)} ${trouble}`);
        const value = isNull(from) ? "" : of.read(from, `${key}.${name}`, reading, "ignored");
        if (trouble === undefined && value !== undefined) values.set(name, value);
      };
      for (const [name, entry] of node.entries) gather(entry.node, entry.line, name);
      return values;
    },
  };
}
