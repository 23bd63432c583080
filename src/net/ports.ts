/** Which protocols are configured on which port, by transport and host. */
import type { Endpoint, Transport } from "../core/flow.ts";
import type { Protocol } from "../core/protocol.ts";
import type { Rule } from "../core/rule.ts";

interface Entry {
  readonly protocol: Protocol;
  readonly host: string;
}

export class PortTable {
  readonly #entries = { tcp: new Map<number, Entry[]>(), udp: new Map<number, Entry[]>() };

  /** 1 for each port of any rule: asked for every packet. */
  readonly tcp = new Uint8Array(65536);
  readonly udp = new Uint8Array(65536);

  /** @param find the protocol of a name; rules of unknown protocols are refused before they come here */
  constructor(rules: readonly Rule[], find: (name: string) => Protocol | undefined) {
    for (const rule of rules) {
      const protocol = find(rule.protocol);
      if (protocol === undefined) continue;
      for (const transport of protocol.transports) {
        const table = this.#entries[transport];
        for (const port of rule.ports) {
          this[transport][port] = 1;
          const entries = table.get(port) ?? [];
          table.set(port, entries);
          // A later rule is asked first, as it is the one that the user added last.
          if (!entries.some((e) => e.protocol === protocol && e.host === rule.host)) {
            entries.unshift({ protocol, host: rule.host });
          }
        }
      }
    }
  }

  has(transport: Transport, port: number): boolean {
    return this[transport][port] === 1;
  }

  /** The protocols that a flow between these endpoints may speak, the preferred one first. */
  candidates(transport: Transport, client: Endpoint, server: Endpoint): readonly Protocol[] {
    const entries = this.#entries[transport].get(server.port);
    if (entries === undefined) return [];
    const found: Protocol[] = [];
    for (const { protocol, host } of entries) {
      if (isHostOf(host, client, server) && !found.includes(protocol)) found.push(protocol);
    }
    return found;
  }
}

/** A host that is no address was resolved by libpcap's filter, which has already judged the packet. */
function isHostOf(host: string, client: Endpoint, server: Endpoint): boolean {
  if (host === "" || !/^[0-9a-f:.]+$/i.test(host)) return true;
  const wanted = host.toLowerCase();
  return server.host === wanted || client.host === wanted;
}
