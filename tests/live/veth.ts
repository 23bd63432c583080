/** A cable of its own: a pair of virtual Ethernet devices. What comes out of it belongs to nobody, so nothing answers. */
import type { Stage } from "./stage.ts";

/** What segments may have that were captured on loopback. */
const MTU = 65535;

/** Lays it; it is removed with the stage. */
export async function layVeth(stage: Stage, ends: readonly [string, string]): Promise<void> {
  const ip = (...args: string[]) => stage.run("ip", ["link", ...args]);
  const [one, other] = ends;
  await ip("add", one, "mtu", `${MTU}`, "type", "veth", "peer", "name", other, "mtu", `${MTU}`);
  stage.atEnd(() => ip("delete", one));
  // The system has nothing to say there.
  for (const end of ends) {
    await Deno.writeTextFile(`/proc/sys/net/ipv6/conf/${end}/disable_ipv6`, "1").catch(() => {});
  }
  for (const end of ends) await ip("set", end, "up");
}
