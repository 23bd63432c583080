/**
 * Recorded traffic of all ten protocols, sent again over a wire of its own: a pair of virtual Ethernet devices. What comes
 * out of it belongs to nobody on this machine, so nothing answers, and whoever listens there hears the same packets.
 */
import type { Stage } from "../harness.ts";
import { type Recordings, recordings, type Rule } from "../recordings.ts";

const PACKETS_PER_SECOND = 2000;
/** Recorded on loopback, segments are as long as that lets them be. */
const MTU = 65535;

export class Wire {
  readonly #stage: Stage;
  readonly #recordings: Recordings;
  readonly #sender = `pd${Deno.pid}a`;

  private constructor(stage: Stage, recordings: Recordings) {
    this.#stage = stage;
    this.#recordings = recordings;
  }

  /** What is said on the wire. */
  get rules(): readonly Rule[] {
    return this.#recordings.rules;
  }

  /** Round trips of one replay. */
  get roundTrips(): number {
    return this.#recordings.roundTrips;
  }

  /** Name of the device to listen on. */
  get device(): string {
    return `pd${Deno.pid}b`;
  }

  static async open(stage: Stage): Promise<Wire> {
    const wire = new Wire(stage, await recordings());
    await wire.#lay();
    return wire;
  }

  /** Sends everything once. */
  async replay(): Promise<void> {
    const rate = `--pps=${PACKETS_PER_SECOND}`;
    await this.#stage.run("tcpreplay", ["--quiet", rate, "--intf1", this.#sender, ...this.#recordings.captures]);
  }

  async #lay(): Promise<void> {
    const ip = (...args: string[]) => this.#stage.run("ip", ["link", ...args]);
    const ends = [this.#sender, this.device];
    await ip("add", this.#sender, "mtu", `${MTU}`, "type", "veth", "peer", "name", this.device, "mtu", `${MTU}`);
    this.#stage.atEnd(() => ip("delete", this.#sender));
    // The system has nothing to say there.
    for (const end of ends) {
      await Deno.writeTextFile(`/proc/sys/net/ipv6/conf/${end}/disable_ipv6`, "1").catch(() => {});
    }
    for (const end of ends) await ip("set", end, "up");
  }
}
