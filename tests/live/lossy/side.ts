/** What listens at one end of the lossy network: a packetd with its ring, and tcpdump. */
import { type Heard, heard, holdsAtEnd, packetd } from "../captures.ts";
import { type Service, type Stage, until } from "../stage.ts";
import { type Load, loads } from "./loads.ts";
import { DEVICE, type Host, type Network } from "./network.ts";

/** Datagrams to the discard service (RFC 863) tell how far tcpdump has come. */
const MARK_PORT = 9;

export const rules: readonly string[] = loads.map(({ protocol, port }: Load) => `${protocol};${port}`);

/** tcpdump, with what packetd's rules want. */
export class Recorder {
  private constructor(
    readonly network: Network,
    readonly host: Host,
    /** Path of what it records. */
    readonly file: string,
    readonly service: Service,
  ) {}

  static async start(stage: Stage, network: Network, host: Host, name: string): Promise<Recorder> {
    const filter = [MARK_PORT, ...loads.map(({ port }) => port)].map((port) => `port ${port}`).join(" or ");
    // What was captured is written at once (-U), and a buffer of 64 MB holds a load.
    const flags = ["-i", DEVICE, "-U", "-B", "65536", "-w", "-", filter];
    const options = { outputFile: `${name}.pcap` };
    const service = await network.start(host, name, ["tcpdump", ...flags], options);
    await service.said("listening on");
    return new Recorder(network, host, stage.path(options.outputFile), service);
  }

  /** Ends it after all that was sent so far is written, and returns how many packets it lost. */
  async stop(): Promise<number> {
    const mark = `the end ${crypto.randomUUID()}`;
    // It is captured on its way out: no matter whether it arrives.
    const other = this.network.address(this.host === "client" ? "server" : "client");
    await this.network.run(this.host, "bash", "-c", `echo "$0" >/dev/udp/${other}/${MARK_PORT}`, mark);
    await until("the last packet in tcpdump's capture", () => holdsAtEnd(this.file, mark));
    await this.service.stop();
    const told = /(\d+) packets? dropped by kernel/.exec(await Deno.readTextFile(this.service.log));
    return Number(told?.[1]);
  }
}

export class Side {
  private constructor(
    readonly stage: Stage,
    readonly host: Host,
    readonly ring: Service,
    readonly recorder: Recorder,
  ) {}

  /** Begins to listen; returns when both do. */
  static async listen(stage: Stage, network: Network, host: Host): Promise<Side> {
    const recorder = await Recorder.start(stage, network, host, `tcpdump-${host}`);
    const [command, first] = packetd("--allow-ffi");
    const flags = ["log", "--unanswered", "--ifaces", DEVICE, ...rules.flatMap((rule) => ["--proto", rule])];
    const ring = await network.start(host, `ring-${host}`, [command, ...first, ...flags], {
      env: { TZ: "UTC" },
      outputFile: `ring-${host}.jsonl`,
      stopSignal: "SIGINT",
    });
    await ring.said(`sniffer add device (${DEVICE})`);
    return new Side(stage, host, ring, recorder);
  }

  /** Ends both, after everything has arrived. */
  async stop(): Promise<{ heard: Heard; tcpdumpLost: number }> {
    const tcpdumpLost = await this.recorder.stop();
    await this.ring.stop();
    return { heard: await heard(this.stage, `ring-${this.host}`, this.ring), tcpdumpLost };
  }
}
