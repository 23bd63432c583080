/** The addresses of this machine: who of a round trip's two ends is here. */
import { interfaces } from "../../ffi/mod.ts";

/** How often they are asked for. */
const EVERY_MS = 10_000;

export class LocalAddresses {
  #known: ReadonlySet<string> = new Set();
  #askedMs = -Infinity;

  /** @param address as packets have it: RFC 5952 for IPv6 */
  has(address: string): boolean {
    const now = performance.now();
    if (now - this.#askedMs >= EVERY_MS) {
      this.#askedMs = now;
      this.#known = ask();
    }
    return this.#known.has(address);
  }
}

/** None where the system does not tell: then nobody is known to be here. */
function ask(): ReadonlySet<string> {
  try {
    return new Set(
      interfaces().flatMap(({ addresses }) => addresses.map((cidr) => cidr.slice(0, cidr.lastIndexOf("/")))),
    );
  } catch {
    return new Set();
  }
}
