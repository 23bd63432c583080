/** Selectors of metric labels: which there are is asked of the protocols. */
import { commonLabels } from "../core/labels.ts";
import { didYouMean } from "../core/near_miss.ts";
import type { Protocol } from "../core/protocol.ts";
import { checkedText, type Kind } from "./kinds.ts";

/** The selectors that a protocol's metrics may have, each with the name of its label. */
export function selectorsOf(protocol: Protocol): ReadonlyMap<string, string> {
  const all = [...Object.entries(commonLabels), ...Object.entries(protocol.labels)];
  return new Map(all.map(([selector, { name }]) => [selector, name]));
}

/** A selector out of those known. @param of what has them, for the message */
export function selector(of: string, known: () => readonly string[]): Kind<string> {
  return checkedText("selector", (given) => {
    const names = known();
    if (names.includes(given)) return undefined;
    return `is no label of ${of}${didYouMean(given, names) || ";"} there are ${names.join(", ")}`;
  });
}
