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
  /** Those that are recognised on any port. */
  readonly #anywhere: Record<Transport, Entry[]> = { tcp: [], udp: [] };

  /** 1 for each port whose packets are followed: those of any rule, or all. Asked for every packet. */
  readonly tcp = new Uint8Array(65536);
  readonly udp = new Uint8Array(65536);

  /** @param find the protocol of a name; rules of unknown protocols are refused before they come here */
  constructor(rules: readonly Rule[], find: (name: string) => Protocol | undefined) {
    for (const rule of rules) {
      const protocol = find(rule.protocol);
      if (protocol === undefined) continue;
      for (const transport of protocol.transports) {
        const table = this.#entries[transport];
        const entry = { protocol, host: rule.host };
        for (const port of rule.ports) {
          this[transport][port] = 1;
          const entries = table.get(port) ?? [];
          table.set(port, entries);
          addFirst(entries, entry);
        }
        if (rule.anyPort === true) {
          this[transport].fill(1);
          addFirst(this.#anywhere[transport], entry);
        }
      }
    }
  }

  /** Whether a rule names the port. */
  has(transport: Transport, port: number): boolean {
    return this.#entries[transport].has(port);
  }

  /** The protocol of the newest rule that names the port. */
  namedBy(transport: Transport, port: number): Protocol | undefined {
    return this.#entries[transport].get(port)?.[0].protocol;
  }

  /** The protocols that a flow between these endpoints may speak, the preferred one first. */
  candidates(transport: Transport, client: Endpoint, server: Endpoint): readonly Protocol[] {
    return allowed(this.#entries[transport].get(server.port) ?? NOBODY, client, server);
  }

  /** The protocols that a flow between these endpoints is recognised as whatever its ports. */
  anywhere(transport: Transport, client: Endpoint, server: Endpoint): readonly Protocol[] {
    return allowed(this.#anywhere[transport], client, server);
  }

  /** All protocols that a flow between these endpoints may be decoded as. */
  eligible(transport: Transport, client: Endpoint, server: Endpoint): readonly Protocol[] {
    return [
      ...new Set([...this.candidates(transport, client, server), ...this.anywhere(transport, client, server)]),
    ];
  }
}

const NOBODY: readonly Entry[] = [];

/** A later rule is asked first, as it is the one that the user added last. */
function addFirst(entries: Entry[], entry: Entry): void {
  if (!entries.some((e) => e.protocol === entry.protocol && e.host === entry.host)) entries.unshift(entry);
}

function allowed(entries: readonly Entry[], client: Endpoint, server: Endpoint): readonly Protocol[] {
  const found: Protocol[] = [];
  for (const { protocol, host } of entries) {
    if (isHostOf(host, client, server) && !found.includes(protocol)) found.push(protocol);
  }
  return found;
}

/** A host that is no address was resolved by libpcap's filter, which has already judged the packet. */
function isHostOf(host: string, client: Endpoint, server: Endpoint): boolean {
  if (host === "" || !/^[0-9a-f:.]+$/i.test(host)) return true;
  const wanted = host.toLowerCase();
  return server.host === wanted || client.host === wanted;
}
