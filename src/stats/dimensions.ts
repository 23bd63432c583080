/** What round trips can be grouped by. */
import { didYouMean } from "../core/near_miss.ts";
import type { RoundTrip } from "../core/roundtrip.ts";
import { endpointText } from "../export/text_lines.ts";

export interface Dimension {
  readonly name: string;
  /** False where it reads nothing that requests and responses say: see `RoundTripSink`. */
  readonly rendersText?: boolean;
  read(roundTrip: RoundTrip): string;
}

const NO_ANSWER = "no answer";

export const DIMENSIONS: readonly Dimension[] = [
  { name: "protocol", rendersText: false, read: ({ protocol }) => protocol.name },
  { name: "server", rendersText: false, read: ({ flow }) => endpointText(flow.server) },
  { name: "client", rendersText: false, read: ({ flow }) => flow.client.host },
  { name: "endpoint", read: (roundTrip) => roundTrip.protocol.endpoint(roundTrip) },
  {
    name: "status",
    read: (roundTrip) => {
      const { answered, protocol } = roundTrip;
      return answered ? protocol.status?.(roundTrip) ?? protocol.result(roundTrip) : NO_ANSWER;
    },
  },
];

/**
 * The dimensions of `protocol,endpoint`, in this order.
 *
 * @throws Error that names what is not known and what is
 */
export function dimensionsOf(text: string): Dimension[] {
  const names = DIMENSIONS.map(({ name }) => name);
  const chosen = text.split(",").map((part) => part.trim());
  return [...new Set(chosen)].map((name) => {
    const dimension = DIMENSIONS.find((known) => known.name === name);
    if (dimension !== undefined) return dimension;
    throw new Error(`there is no group '${name}'${didYouMean(name, names) || ";"} there are ${names.join(", ")}`);
  });
}
