/** The lines of `packetd log` as values, and the account that it gives at its end. */

/** A value of JSON. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json };

export interface Side {
  readonly Host: string;
  readonly Port: number;
  readonly Time: string;
  readonly [name: string]: Json;
}

/** A round trip as it was printed. */
export interface Line {
  readonly Request: Side;
  readonly Response: Side | null;
  readonly Duration: string | null;
}

/** Reads JSON lines. They come in the order in which answers were completed. */
export function readLines(text: string): Line[] {
  return text.split("\n").filter((line) => line !== "").map((line) => JSON.parse(line));
}

/** Microseconds of the Unix epoch of a time in UTC. */
export function microseconds(time: string): number {
  return Date.parse(time.replace(FRACTION, "Z")) * 1000 + Number(fractionOf(time).slice(0, 6));
}

/** Nanoseconds of the Unix epoch of a time in UTC. */
export function nanoseconds(time: string): bigint {
  return BigInt(Date.parse(time.replace(FRACTION, "Z"))) * 1_000_000n + BigInt(fractionOf(time));
}

const FRACTION = /\.(\d+)Z$/;

/** Nanoseconds of the second, nine digits. */
function fractionOf(time: string): string {
  return (FRACTION.exec(time)?.[1] ?? "").padEnd(9, "0");
}

/** The numbers of the summary on standard error. */
export interface Account {
  /** Packets on configured ports. */
  readonly matched: number;
  /** Of all protocols together. */
  readonly requests: number;
  readonly paired: number;
  readonly unanswered: number;
  readonly oneWay: number;
  readonly evicted: number;
  readonly lost: number;
  readonly pending: number;
  readonly responsesAlone: number;
  /** Messages that the server sent of itself. */
  readonly pushed: number;
  readonly gaps: number;
  /** Packets that the kernel dropped. */
  readonly dropped: number;
  /** Packets of flows that were sampled out. */
  readonly passedOver: number;
  /** Lines that did not reach their reader. */
  readonly linesLost: number;
  /** What was not understood, and which flows were not decoded, and why. */
  readonly reasons: readonly string[];
}

/** Reads the summary. Throws when there is none. */
export function readAccount(text: string): Account {
  const summary = text.slice(text.search(/^\d+ packets? \(/m));
  const sum = (pattern: RegExp) =>
    [...summary.matchAll(pattern)].reduce((total, [, count]) => total + Number(count), 0);
  if (!/^\d+ packets? \(/.test(summary)) throw new Error(`packetd gave no summary, it said: ${text}`);
  return {
    matched: sum(/, (\d+) on configured ports/g),
    requests: sum(/^ {2}\w+: (\d+) requests?,/gm),
    paired: sum(/, (\d+) paired/g),
    unanswered: sum(/, (\d+) unanswered/g),
    oneWay: sum(/, (\d+) one-way/g),
    evicted: sum(/, (\d+) evicted/g),
    lost: sum(/, (\d+) lost to gaps/g),
    pending: sum(/, (\d+) pending/g),
    responsesAlone: sum(/, (\d+) responses? alone/g),
    pushed: sum(/, (\d+) pushed by the server/g),
    gaps: sum(/(\d+) gaps? \(/g),
    dropped: sum(/packets dropped by the kernel on \S+ (\d+)/g),
    passedOver: sum(/(\d+) packets? of such passed over/g),
    linesLost: sum(/lines lost because .*: (\d+)/g),
    reasons: [...summary.matchAll(/(?:not understood|flows not decoded|packets not followed): (.*) \(\d+\)/g)]
      .map(([, reason]) => reason),
  };
}
