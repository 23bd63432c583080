/** Which transactions of the truth packetd printed, and what it printed besides. */
import { type Known, means, type Printed } from "./transaction.ts";

/** A transaction of the truth with what was printed of it. */
export interface Pair {
  readonly known: Known;
  readonly printed: Printed;
}

export interface Comparison {
  /** Without the optional ones. */
  readonly pairs: readonly Pair[];
  readonly missing: readonly Known[];
  /** Printed, and not even optional. */
  readonly extra: readonly Printed[];
}

/**
 * @param portOf who asked in a frame; 0 where that is not known
 */
export function compare(
  known: readonly Known[],
  printed: readonly Printed[],
  portOf: (frame: number) => number,
): Comparison {
  const left = printed.toSorted((a, b) => a.requestNs < b.requestNs ? -1 : a.requestNs > b.requestNs ? 1 : 0);
  const pairs: Pair[] = [], missing: Known[] = [];
  const take = (one: Known, isTaken: (printed: Printed) => boolean): boolean => {
    const at = left.findIndex((line) => means(one.key, line.key) && isTaken(line));
    if (at < 0) return false;
    const [line] = left.splice(at, 1);
    if (!one.isOptional) pairs.push({ known: one, printed: line });
    return true;
  };
  const fromSamePort = (one: Known) => {
    const port = portOf(one.requestFrame);
    return take(one, (line) => line.port === port);
  };
  // Those of the same client first, so that equal requests of two clients are not mixed up; what need not be, last.
  const [certain, optional] = [known.filter((one) => !one.isOptional), known.filter((one) => one.isOptional)];
  for (const group of [certain, optional]) {
    const others = group.filter((one) => !fromSamePort(one));
    for (const one of others) if (!take(one, () => true) && !one.isOptional) missing.push(one);
  }
  return { pairs, missing, extra: left };
}

/** What differs of a pair, in words; nothing where all that the truth has is as it says. */
export function differing({ known, printed }: Pair): string[] {
  return Object.entries(known.details)
    .filter(([name, value]) => printed.details[name] !== value)
    .map(([name, value]) => `${name} is ${printed.details[name]}, in the truth ${value}`);
}
