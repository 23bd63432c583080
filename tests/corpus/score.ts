/** How well one capture came out in one protocol, and the record of it: `scores.tsv`, a row each. */

/** What is counted, in the order of the record's columns. */
const COLUMNS = ["truth", "printed", "matched", "details", "times judged", "times equal"] as const;

export interface Score {
  /** Transactions of the truth, without those that it is not sure of; printed ones; those that are both. */
  readonly truth: number;
  readonly printed: number;
  readonly matched: number;
  /** Of those that are both, how many are alike in all that the truth has. */
  readonly details: number;
  /** Times of messages that lie whole in one packet, and how many of them are that packet's. */
  readonly judged: number;
  readonly equal: number;
}

/** Scores by capture and protocol: `CAPTURE PROTOCOL`. */
export type Scores = ReadonlyMap<string, Score>;

export function isExact({ truth, printed, matched, details, judged, equal }: Score): boolean {
  return truth === matched && printed === matched && details === matched && equal === judged;
}

/** Harmonic mean of what share of the truth was printed and what share of what was printed is true; 1 where both are nothing. */
export function f1({ truth, printed, matched }: Score): number {
  return truth + printed === 0 ? 1 : 2 * matched / (truth + printed);
}

/** What is worse than it was, in words. */
export function worse(now: Score, before: Score): string[] {
  const faults: string[] = [];
  const check = (what: string, count: (score: Score) => number) => {
    if (count(now) > count(before)) faults.push(`${what}: ${count(now)}, recorded ${count(before)}`);
  };
  check("missing", ({ truth, matched }) => truth - matched);
  check("too much", ({ printed, matched }) => printed - matched);
  check("with other details", ({ matched, details }) => matched - details);
  check("with another time", ({ judged, equal }) => judged - equal);
  if (now.judged < before.judged) faults.push(`times judged: ${now.judged}, recorded ${before.judged}`);
  return faults;
}

export function writeScores(scores: Scores): string {
  const rows = [...scores].sort(([a], [b]) => a < b ? -1 : 1).map(([name, score]) => {
    const { truth, printed, matched, details, judged, equal } = score;
    return [...name.split(" "), truth, printed, matched, details, judged, equal].join("\t");
  });
  return [["capture", "protocol", ...COLUMNS].join("\t"), ...rows].map((line) => line + "\n").join("");
}

export function readScores(text: string): Scores {
  return new Map(
    text.split("\n").slice(1).filter((line) => line !== "").map((line) => {
      const [capture, protocol, ...numbers] = line.split("\t");
      const [truth, printed, matched, details, judged, equal] = numbers.map(Number);
      return [`${capture} ${protocol}`, { truth, printed, matched, details, judged, equal }];
    }),
  );
}
