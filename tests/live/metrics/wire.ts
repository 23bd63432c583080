/** Recorded traffic of all ten protocols, sent again over a wire of its own: whoever listens there hears the same packets. */
import type { Stage } from "../harness.ts";
import { type Recordings, recordings, type Rule } from "../recordings.ts";
import { layVeth } from "../veth.ts";

const PACKETS_PER_SECOND = 2000;

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
    await layVeth(stage, [wire.#sender, wire.device]);
    return wire;
  }

  /** Sends everything once. */
  async replay(): Promise<void> {
    const rate = `--pps=${PACKETS_PER_SECOND}`;
    await this.#stage.run("tcpreplay", ["--quiet", rate, "--intf1", this.#sender, ...this.#recordings.captures]);
  }
}
