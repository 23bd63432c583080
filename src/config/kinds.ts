/** The kinds of values that a configuration has: how each is read from the file, checked, and shown. */
import { parseDuration } from "../core/duration.ts";
import { didYouMean } from "../core/near_miss.ts";
import { durationText } from "../core/time.ts";
import { isNull, type Node, type Report } from "./tree.ts";

export interface Kind<T> {
  /** For the table of all keys: `duration`, `whole number`. */
  readonly name: string;
  /**
   * Reads a node that is not null.
   *
   * @param key for the message
   * @returns undefined when it cannot be used; then that was reported
   */
  read(node: Node, key: string, report: Report): T | undefined;
  /** The value as YAML, on one line. */
  yaml(value: T): string;
}

/** One value of the file as text; undefined, and reported, where a list or a mapping stands. */
function scalarText(node: Node, key: string, wanted: string, report: Report): string | undefined {
  if (node.kind === "scalar") return node.text;
  report(node.line, `${key} is ${wanted}, not a ${node.kind === "list" ? "list" : "mapping"}`);
  return undefined;
}

/** A kind whose values are one piece of text; `parse` gives undefined for a text that is none. */
function scalar<T>(
  name: string,
  wanted: string,
  parse: (text: string) => T | undefined,
  yaml: (value: T) => string,
): Kind<T> {
  return {
    name,
    yaml,
    read(node, key, report) {
      const text = scalarText(node, key, wanted, report);
      if (text === undefined) return undefined;
      const value = parse(text.trim());
      if (value === undefined) report(node.line, `${key}: '${text}' is not ${wanted}`);
      return value;
    },
  };
}

const BOOLEANS: Readonly<Record<string, boolean>> = {
  true: true,
  false: false,
  yes: true,
  no: false,
  on: true,
  off: false,
};

export const bool: Kind<boolean> = scalar(
  "true or false",
  "true or false",
  (text) => BOOLEANS[text.toLowerCase()],
  String,
);

export function text(name = "text"): Kind<string> {
  return {
    name,
    yaml: JSON.stringify,
    read: (node, key, report) => scalarText(node, key, "one value", report),
  };
}

/** A text that is checked. @param check what is wrong with it; undefined when it is right */
export function checkedText(name: string, check: (text: string) => string | undefined): Kind<string> {
  return {
    name,
    yaml: JSON.stringify,
    read(node, key, report) {
      const value = scalarText(node, key, "one value", report);
      const trouble = value === undefined ? undefined : check(value);
      if (trouble !== undefined) report(node.line, `${key}: '${value}' ${trouble}`);
      return trouble === undefined ? value : undefined;
    },
  };
}

export function choice<const C extends string>(...choices: readonly C[]): Kind<C> {
  const shown = choices.map((one) => one === "" ? '""' : one);
  return {
    name: shown.join(", "),
    yaml: (value) => value === "" ? '""' : value,
    read(node, key, report) {
      const given = scalarText(node, key, `one of ${shown.join(", ")}`, report);
      if (given === undefined) return undefined;
      const found = choices.find((one) => one === given.trim().toLowerCase());
      if (found === undefined) {
        const hint = didYouMean(given, choices);
        report(node.line, `${key}: '${given}' is none of ${shown.join(", ")}${hint}`);
      }
      return found;
    },
  };
}

/** A whole number within bounds. */
export function whole(least: number, most: number = Number.MAX_SAFE_INTEGER): Kind<number> {
  const range = most === Number.MAX_SAFE_INTEGER ? `of at least ${least}` : `from ${least} to ${most}`;
  return scalar("whole number", `a whole number ${range}`, (given) => {
    const value = /^-?\d+$/.test(given) ? Number(given) : NaN;
    return value >= least && value <= most ? value : undefined;
  }, String);
}

/** A number above 0 and at most 1. */
export const share: Kind<number> = scalar("share", "a number above 0 and at most 1", (given) => {
  const value = given === "" ? NaN : Number(given);
  return value > 0 && value <= 1 ? value : undefined;
}, String);

/** Nanoseconds. @param leastNs the shortest that makes sense */
export function duration(leastNs: number): Kind<number> {
  const least = leastNs > 0 ? ` of at least ${durationText(leastNs)}` : "";
  return scalar("duration", `a duration${least}, such as 300ms, 1m or 1h30m, or a number of seconds`, (given) => {
    const value = parseDuration(given);
    return value !== undefined && value >= leastNs ? value : undefined;
  }, shortDuration);
}

function shortDuration(ns: number): string {
  return durationText(ns).replace(/(?<=\D)0s$/, "").replace(/(?<=h)0m$/, "");
}

/** A list; one value alone stands for a list of one. */
export function list<T>(of: Kind<T>): Kind<readonly T[]> {
  return {
    name: `list of ${of.name}`,
    yaml: (values) => `[${values.map((value) => of.yaml(value)).join(", ")}]`,
    read(node, key, report) {
      if (node.kind === "map") {
        report(node.line, `${key} is a list, not a mapping`);
        return undefined;
      }
      const items = node.kind === "list" ? node.items : [node];
      const values = items.filter((item) => !isNull(item)).map((item, i) => of.read(item, `${key}[${i}]`, report));
      return values.includes(undefined) ? undefined : values as T[];
    },
  };
}

/** A mapping of names to text. Names with dots were split; here they are whole again. */
export const texts: Kind<ReadonlyMap<string, string>> = {
  name: "mapping of text",
  yaml: (values) =>
    `{${[...values].map(([name, value]) => `${JSON.stringify(name)}: ${JSON.stringify(value)}`).join(", ")}}`,
  read(node, key, report) {
    if (node.kind !== "map") {
      report(node.line, `${key} is a mapping of names to text`);
      return undefined;
    }
    const values = new Map<string, string>();
    const gather = (from: Node, name: string): void => {
      if (from.kind === "scalar") values.set(name, from.text);
      else if (from.kind === "map") { for (const [inner, { node }] of from.entries) gather(node, `${name}.${inner}`); }
      else report(from.line, `${key}: '${name}' is one text, not a list`);
    };
    for (const [name, entry] of node.entries) gather(entry.node, name);
    return values;
  },
};
