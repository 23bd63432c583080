/** What the agent captures from: interfaces that are followed as they come and go, or one file. */
import type { PacketSource } from "../core/packet.ts";
import type { SnifferConfig } from "../config/config.ts";
import type { FanoutMembers } from "../capture/fanout.ts";
import type { InterfaceCounters, LiveCapture, LiveChanges, LiveOptions } from "../capture/open.ts";
import type { Say } from "../export/log_line.ts";
import { protocolNamed } from "../protocols/registry.ts";

export class Capture {
  readonly #say: Say;
  readonly #live: LiveCapture | undefined;
  readonly #fanout: FanoutMembers | undefined;
  readonly #file: PacketSource | undefined;
  readonly #told = new WeakMap<PacketSource, number>();
  readonly #dropped = new Map<string, number>();

  private constructor(say: Say, live: LiveCapture | undefined, file: PacketSource | undefined, fanout?: FanoutMembers) {
    this.#say = say;
    this.#live = live;
    this.#file = file;
    this.#fanout = fanout;
  }

  /**
   * @param fanout for one of several lanes
   * @throws UsageError or CaptureError
   */
  static async open(config: SnifferConfig, say: Say, fanout?: FanoutMembers): Promise<Capture> {
    if (config.file !== "") {
      const { openFile } = await import("../capture/file.ts");
      const source = await openFile(config.file);
      say("INFO", "capture", `sniffer add pcap file (${config.file})`);
      return new Capture(say, undefined, source);
    }
    const { LiveCapture } = await import("../capture/open.ts");
    const live = new LiveCapture(liveOptions(config, fanout));
    const capture = new Capture(say, live, undefined, fanout);
    capture.#tell(live.opened);
    return capture;
  }

  /** Changes as interfaces come and go. */
  get sources(): readonly PacketSource[] {
    return this.#live?.sources ?? [this.#file!];
  }

  get isLive(): boolean {
    return this.#live !== undefined;
  }

  /** Whether a file has been read to its end. */
  get hasEnded(): boolean {
    return this.#file?.ended ?? false;
  }

  /** Whether packets can come. */
  get isOpen(): boolean {
    return this.#file !== undefined || this.#live!.sources.some((source) => !source.ended);
  }

  /**
   * Goes on with other rules, filter or interfaces.
   *
   * @throws UsageError or CaptureError; nothing has changed then
   */
  reconfigure(config: SnifferConfig): void {
    if (this.#live !== undefined) this.#tell(this.#live.reconfigure(liveOptions(config, this.#fanout)));
  }

  /** Captures on interfaces that have come, and forgets those that have gone. */
  follow(): void {
    if (this.#live === undefined) return;
    try {
      this.#tell(this.#live.follow());
    } catch (error) {
      this.#say("WARN", "capture", `interfaces cannot be followed: ${(error as Error).message}`);
    }
  }

  /** By interface or file, since the start. */
  counters(): ReadonlyMap<string, InterfaceCounters> {
    if (this.#live !== undefined) return this.#live.counters();
    const { packets, dropped } = this.#file!.stats();
    return new Map([[this.#file!.name, { packets, dropped, busySeconds: 0, fill: undefined }]]);
  }

  close(): void {
    for (const source of this.sources) source.close();
  }

  #tell({ started, failed, ended }: LiveChanges): void {
    for (const line of failed) this.#say("ERROR", "capture", line);
    for (const line of started) this.#say("INFO", "capture", line);
    for (const line of ended) this.#say("INFO", "capture", line);
  }

  /** Tells what the sources have to say, each thing once, and that the kernel drops packets, each time that it begins to. */
  tellNews(): void {
    for (const source of this.sources) {
      const { notes } = source.stats();
      for (const note of notes.slice(this.#told.get(source) ?? 0)) this.#say("WARN", "capture", note);
      this.#told.set(source, notes.length);
    }
    for (const [name, { dropped }] of this.counters()) {
      const before = this.#dropped.get(name) ?? 0;
      if (dropped > before) {
        this.#say(
          "WARN",
          "capture",
          `the kernel dropped ${dropped - before} packets on (${name}): round trips are missing`,
        );
      }
      this.#dropped.set(name, dropped);
    }
  }
}

function liveOptions(config: SnifferConfig, fanout: FanoutMembers | undefined): LiveOptions {
  const together = config.rules.filter(({ protocol }) => protocolNamed(protocol)?.isReadTogether).flatMap(({ ports }) =>
    ports
  );
  return {
    // Empty stands for every interface that has an address, each with a ring of its own.
    ifaces: config.ifaces === "" ? ".*" : config.ifaces,
    engine: config.engine,
    rules: config.rules,
    transportsOf: (name) => protocolNamed(name)?.transports,
    extraFilter: config.filter,
    promiscuous: config.promiscuous,
    blockNum: config.blockNum,
    ipVersion: config.ipVersion,
    tunnels: config.tunnels,
    fanout: fanout && { ...fanout, together },
  };
}
