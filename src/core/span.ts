/** Attributes of spans: what all protocols have of them. */
import type { Flow } from "./flow.ts";

/** Numbers are whole; `{ double }` is one that need not be. */
export type SpanValue = string | number | readonly string[] | { readonly double: number };

export type SpanAttribute = readonly [key: string, value: SpanValue];

/** Where the server is. Every span has these and {@link peerAttributes}; between them or behind stands what is its own. */
export function serverAttributes({ server }: Flow): readonly SpanAttribute[] {
  return [["server.address", server.host], ["server.port", server.port]];
}

/** Where the client is. */
export function peerAttributes({ client }: Flow): readonly SpanAttribute[] {
  return [["network.peer.address", client.host], ["network.peer.port", client.port]];
}
