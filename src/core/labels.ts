/** Metric labels that do not depend on the protocol: selector of the configuration, name, where the value comes from. */
import type { Endpoint } from "./flow.ts";
import type { Label } from "./protocol.ts";

/** Labels that the metrics of every protocol may have. */
export const commonLabels: Readonly<Record<string, Label<unknown>>> = {
  "client.address": { name: "client_address", read: ({ flow }) => flow.client.host },
  "client.host": { name: "client_host", read: ({ flow }) => flow.client.host },
  "client.port": { name: "client_port", read: ({ flow }) => String(flow.client.port) },
  "server.address": { name: "server_address", read: ({ flow }) => flow.server.host },
  "server.host": { name: "server_host", read: ({ flow }) => flow.server.host },
  "server.port": { name: "server_port", read: ({ flow }) => String(flow.server.port) },
};

/** The label `request.endpoint`, which every protocol has among its own. */
export const endpointLabel: Label<unknown> = {
  name: "endpoint",
  read: (roundTrip) => roundTrip.protocol.endpoint(roundTrip),
};

/** A label of transport metrics: what one direction of a flow is counted by. */
export interface TransportLabel {
  readonly name: string;
  read(source: Endpoint, destination: Endpoint): string;
}

/** Labels that transport metrics may have. */
export const transportLabels: Readonly<Record<string, TransportLabel>> = {
  "source.host": { name: "src_host", read: (source) => source.host },
  "source.port": { name: "src_port", read: (source) => String(source.port) },
  "destination.host": { name: "dst_host", read: (_, destination) => destination.host },
  "destination.port": { name: "dst_port", read: (_, destination) => String(destination.port) },
};

/**
 * The selectors of a configuration, each once.
 *
 * @param of what has the labels, for the message
 * @throws Error for a selector that there is not; it names those that there are
 */
export function knownSelectors(
  of: string,
  selectors: readonly string[],
  labels: Readonly<Record<string, unknown>>,
): string[] {
  const unknown = selectors.find((selector) => !Object.hasOwn(labels, selector));
  if (unknown === undefined) return [...new Set(selectors)];
  throw new Error(`${of} has no label '${unknown}'; there are: ${Object.keys(labels).join(", ")}`);
}
