/**
 * Three network namespaces: a client and a server, and a router between them that drops a share of the packets both ways.
 * What TCP sends again there, and what overtakes it, is real loss and real disorder for whoever captures at either end.
 */
import { say, type Service, type Stage, type StartOptions } from "../stage.ts";

/** The ends of the wire. */
export type Host = "client" | "server";

/** TEST-NET-1 and TEST-NET-2 (RFC 5737): nobody else has these. */
const NETS: Readonly<Record<Host, string>> = { client: "192.0.2", server: "198.51.100" };

/** The device of a host, by its name there. */
export const DEVICE = "wire";

export class Network {
  readonly #stage: Stage;
  readonly #prefix = `pd${Deno.pid}-`;

  private constructor(stage: Stage) {
    this.#stage = stage;
  }

  /**
   * Makes it; undefined, after saying why, where that cannot be done.
   *
   * @param loss probability that the router drops a packet
   */
  static async lay(stage: Stage, loss: number): Promise<Network | undefined> {
    const network = new Network(stage);
    try {
      await network.#lay(loss);
      return network;
    } catch (error) {
      say(
        `${stage.name}: skipped: network namespaces with a router that drops packets cannot be made here: ` +
          `${(error as Error).message.trim()} (needs Linux, root, iproute2 and iptables)`,
      );
      return undefined;
    }
  }

  address(host: Host): string {
    return `${NETS[host]}.2`;
  }

  /** The beginning of a command line that runs in a host. */
  within(host: Host | "router"): string[] {
    return ["ip", "netns", "exec", this.#prefix + host];
  }

  /** Runs a program in a host to its end, and returns what it printed. */
  run(host: Host | "router", ...commandLine: readonly string[]): Promise<string> {
    const [command, ...args] = [...this.within(host), ...commandLine];
    return this.#stage.run(command, args);
  }

  /** Starts a program in a host. */
  start(host: Host, name: string, commandLine: readonly string[], options?: StartOptions): Promise<Service> {
    const [command, ...args] = [...this.within(host), ...commandLine];
    return this.#stage.start(name, command, args, options);
  }

  /** How many packets the router has dropped. */
  async dropped(): Promise<number> {
    const table = await this.run("router", "iptables", "--list", "FORWARD", "--verbose", "--numeric", "--exact");
    return Number(/^\s*(\d+)\s+\d+\s+DROP/m.exec(table)?.[1]);
  }

  async #lay(loss: number): Promise<void> {
    for (const host of ["client", "router", "server"] as const) {
      await this.#ip("netns", "add", this.#prefix + host);
      this.#stage.atEnd(() => this.#ip("netns", "delete", this.#prefix + host));
      // Where there is no IPv6 there is nothing to be silenced (-e).
      await this.run(host, "sysctl", "-qew", "net.ipv6.conf.default.disable_ipv6=1");
      await this.#ip("-n", this.#prefix + host, "link", "set", "lo", "up");
    }
    for (const host of ["client", "server"] as const) await this.#wire(host);
    await this.run("router", "sysctl", "-qw", "net.ipv4.ip_forward=1");
    const rule = ["-m", "statistic", "--mode", "random", "--probability", `${loss}`, "-j", "DROP"];
    await this.run("router", "iptables", "-A", "FORWARD", ...rule);
  }

  /** A cable from a host to the router, with the route to the other host. */
  async #wire(host: Host): Promise<void> {
    const router = this.#prefix + "router", name = this.#prefix + host, net = NETS[host];
    await this.#ip("link", "add", DEVICE, "netns", name, "type", "veth", "peer", "name", host, "netns", router);
    for (const [where, device, address] of [[name, DEVICE, `${net}.2/24`], [router, host, `${net}.1/24`]]) {
      // Each segment is a packet of its own, as on a cable: what is dropped is one, not a bundle of them.
      await this.#ip("-n", where, "link", "set", device, "gso_max_segs", "1");
      await this.#ip("-n", where, "address", "add", address, "dev", device);
      await this.#ip("-n", where, "link", "set", device, "up");
    }
    await this.#ip("-n", name, "route", "add", "default", "via", `${net}.1`);
  }

  #ip(...args: string[]): Promise<string> {
    return this.#stage.run("ip", args);
  }
}
