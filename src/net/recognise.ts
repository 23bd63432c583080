/**
 * Recognises protocols by the first bytes of both directions of a flow. Only what is certain counts: where two
 * protocols fit, it is neither; and of a connection that was joined in the middle both directions have to be certain.
 */
import { FROM_CLIENT, FROM_SERVER } from "../core/flow.ts";
import type { ByteRange, Protocol } from "../core/protocol.ts";
import { CERTAIN, NO, UNSURE } from "../core/verdict.ts";
import type { FlowState, Side } from "./flows.ts";

/** What was judged: nobody's bytes, not enough to tell, or a protocol and which side its client is. */
export type Recognition = typeof NO | typeof UNSURE | { readonly protocol: Protocol; readonly clientSide: Side };

/** What is known of a flow besides its bytes; where the client is not known (-1), both sides are tried. */
type Known = Pick<FlowState, "clientSide" | "sawStart">;

/**
 * @param firsts the first bytes of each side; empty where there are none
 * @param isFinal whether more will not come: what only one direction tells has to do
 */
export function recognise(
  protocols: readonly Protocol[],
  firsts: readonly [ByteRange, ByteRange],
  { clientSide, sawStart }: Known,
  isFinal: boolean,
): Recognition {
  let found: Recognition = NO;
  let isPossible = false;
  for (const side of clientSide < 0 ? [0, 1] as const : [clientSide as Side]) {
    for (const protocol of protocols) {
      const verdict = judge(protocol, firsts[side], firsts[side === 0 ? 1 : 0], sawStart, isFinal);
      if (verdict === UNSURE) isPossible = true;
      if (verdict !== CERTAIN) continue;
      if (found === NO) found = { protocol, clientSide: side };
      else if (
        found.clientSide !== side || found.protocol.family === undefined ||
        found.protocol.family !== protocol.family
      ) return UNSURE;
    }
  }
  return found === NO && isPossible ? UNSURE : found;
}

function judge(protocol: Protocol, client: ByteRange, server: ByteRange, sawStart: boolean, isFinal: boolean) {
  const ofClient = isEmpty(client) ? UNSURE : protocol.probe(FROM_CLIENT, client.bytes, client.start, client.end);
  if (ofClient === NO) return NO;
  const ofServer = isEmpty(server) ? UNSURE : protocol.probe(FROM_SERVER, server.bytes, server.start, server.end);
  if (ofServer === NO) return NO;
  if (!isFinal && (isEmpty(client) || isEmpty(server))) return UNSURE;
  const areBoth = ofClient === CERTAIN && ofServer === CERTAIN;
  const isOne = sawStart && (ofClient === CERTAIN || ofServer === CERTAIN);
  if (!areBoth && !isOne && protocol.belongTogether === undefined) return UNSURE;
  return protocol.belongTogether?.(client, server, sawStart) ?? true ? CERTAIN : UNSURE;
}

function isEmpty({ start, end }: ByteRange): boolean {
  return start === end;
}
