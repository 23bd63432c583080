/** Looking up protocols by name. */
import type { Protocol } from "../core/protocol.ts";
import { protocols } from "./mod.ts";

const byName = new Map<string, Protocol>(protocols.map((protocol) => [protocol.name, protocol]));

/** The protocol of that name, or undefined. */
export function protocolNamed(name: string): Protocol | undefined {
  return byName.get(name);
}

/** The names of all protocols, in alphabetical order. */
export const protocolNames: readonly string[] = [...byName.keys()].sort();
