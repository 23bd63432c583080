/** Says in words where two things differ that should be the same. Empty lists mean that they do not. */
import { type Account, type Json, type Line, microseconds } from "./lines.ts";

/** A part of a line: every member that it names must be there as it says; a null stands for no answer. */
export interface Expected {
  readonly Request: { readonly [name: string]: Json };
  readonly Response: { readonly [name: string]: Json } | null;
}

/** What is shown of a long list of differences. */
const SHOWN = 12;

/** The lines against what the client did: as many, in this order, each with what is expected of it. */
export function differences(lines: readonly Line[], expected: readonly Expected[]): string[] {
  const found: string[] = [];
  for (let i = 0; i < Math.max(lines.length, expected.length); i++) {
    const line = lines[i] as unknown as Json | undefined;
    if (line === undefined) found.push(`missing: ${JSON.stringify(expected[i])}`);
    else if (i >= expected.length) found.push(`not expected: ${JSON.stringify(line)}`);
    else found.push(...unlike(line, expected[i] as unknown as Json, `line ${i + 1}`));
  }
  return short(found);
}

function unlike(value: Json | undefined, expected: Json, place: string): string[] {
  if (typeof expected !== "object" || expected === null || typeof value !== "object" || value === null) {
    return value === expected ? [] : [`${place} is ${JSON.stringify(value)}, expected ${JSON.stringify(expected)}`];
  }
  if (Array.isArray(expected)) { // lists are compared whole
    const values = value as readonly Json[];
    if (values.length !== expected.length) {
      return [`${place} is ${JSON.stringify(value)}, expected ${JSON.stringify(expected)}`];
    }
    return expected.flatMap((element, i) => unlike(values[i], element, `${place}[${i}]`));
  }
  return Object.entries(expected).flatMap(([name, part]) =>
    unlike((value as Record<string, Json>)[name], part, `${place}.${name}`)
  );
}

/**
 * How far apart the times of one packet may be in two captures, most and for half of them, in microseconds. On the
 * loopback device the kernel stamps TCP packets anew for each socket that captures, one after the other.
 */
const MOST_US = 20_000, HALF_US = 100;

/** Two captures of the same traffic at the same time: equal round trips, at nearly equal times. */
export function capturedDifferently(lines: readonly Line[], others: readonly Line[]): string[] {
  const mine = sorted(lines), theirs = sorted(others);
  const found = [
    ...unmatched(mine.map(timeless), theirs.map(timeless)).map((line) => `more than the ring gave: ${line}`),
    ...unmatched(theirs.map(timeless), mine.map(timeless)).map((line) => `missing: ${line}`),
  ];
  if (found.length > 0) return short(found);
  const apart = mine.flatMap(({ Request, Response }, i) => [
    Math.abs(microseconds(Request.Time) - microseconds(theirs[i].Request.Time)),
    Math.abs(microseconds(Response?.Time ?? "") - microseconds(theirs[i].Response?.Time ?? "")),
  ]).filter((time) => !Number.isNaN(time)).sort((a, b) => a - b);
  const most = apart.at(-1) ?? 0, half = apart[apart.length >> 1] ?? 0;
  return most <= MOST_US && half <= HALF_US ? [] : [`times are up to ${most} µs apart, half of them ${half} µs`];
}

/** Two lists whose order says nothing: what one of them has more than the other. */
export function listsDiffer(found: readonly string[], expected: readonly string[]): string[] {
  return short([
    ...unmatched(expected, found).map((text) => `missing: ${text}`),
    ...unmatched(found, expected).map((text) => `not expected: ${text}`),
  ]);
}

/** Round trips that another capture does not have, whatever their times. */
export function otherRoundTrips(lines: readonly Line[], others: readonly Line[]): string[] {
  return short(unmatched(lines.map(timeless), others.map(timeless)).map((line) => `only here: ${line}`));
}

/** The texts that have no counterpart among the others. */
function unmatched(texts: readonly string[], others: readonly string[]): string[] {
  const left = new Map<string, number>();
  for (const text of others) left.set(text, (left.get(text) ?? 0) + 1);
  return texts.filter((text) => {
    const count = left.get(text) ?? 0;
    left.set(text, count - 1);
    return count <= 0;
  });
}

/** Two readings of the same capture: equal to the last character. */
export function readDifferently(text: string, other: string): string[] {
  if (text === other) return [];
  const mine = text.split("\n"), theirs = other.split("\n");
  const at = mine.findIndex((line, i) => line !== theirs[i]);
  return [`line ${at + 1}: ${mine[at] ?? "nothing"}\n      instead of ${theirs[at] ?? "nothing"}`];
}

/** By client, in each the order in which they came: two sockets may see the packets of two processors in another order. */
function sorted(lines: readonly Line[]): Line[] {
  return lines.toSorted(({ Request: a }, { Request: b }) => a.Port - b.Port);
}

function timeless(line: Line): string {
  return JSON.stringify(line, (name, value) => name === "Time" || name === "Duration" ? undefined : value);
}

/** Whether the account adds up, and nothing went by unseen. */
export function unaccounted(account: Account, lines: readonly Line[], responsesAlone: number): string[] {
  const { requests, paired, unanswered, oneWay } = account;
  const found: string[] = [];
  const check = (what: string, is: number, expected: number) => {
    if (is !== expected) found.push(`${what}: ${is}, expected ${expected}`);
  };
  check("requests that became something", paired + unanswered + oneWay, requests);
  check("paired", paired, lines.filter(({ Response }) => Response !== null).length);
  check("unanswered", unanswered, lines.filter(({ Response }) => Response === null).length);
  check("responses alone", account.responsesAlone, responsesAlone);
  for (const what of ["evicted", "lost", "pending", "gaps", "dropped", "linesLost"] as const) {
    check(what, account[what], 0);
  }
  return found;
}

function short(found: readonly string[]): string[] {
  if (found.length <= SHOWN) return [...found];
  return [...found.slice(0, SHOWN), `and ${found.length - SHOWN} more`];
}
