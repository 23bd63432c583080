/** What a metric of packetd itself is, and how one is made. */
import { PROGRAM } from "../core/version.ts";

export interface SelfSample {
  readonly labels?: Readonly<Record<string, string>>;
  readonly value: number;
}

/** One metric. The name of a counter ends in `_total`, no other's does. */
export interface SelfFamily {
  readonly name: string;
  readonly type: "counter" | "gauge";
  readonly help: string;
  readonly samples: readonly SelfSample[];
}

/** A metric of packetd; the name is without the prefix that they share. */
export function family(
  type: SelfFamily["type"],
  name: string,
  help: string,
  samples: readonly SelfSample[],
): SelfFamily {
  return { name: `${PROGRAM}_${name}`, help, type, samples };
}

export function counter(name: string, help: string, value: number): SelfFamily {
  return family("counter", name, help, [{ value }]);
}

export function gauge(name: string, help: string, value: number): SelfFamily {
  return family("gauge", name, help, [{ value }]);
}

/** One sample for each value of a label. */
export function by(label: string, counts: ReadonlyMap<string, number>): SelfSample[] {
  return [...counts].map(([text, value]) => ({ labels: { [label]: text }, value }));
}
