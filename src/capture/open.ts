/** Opens the live sources that the user asked for. */
import { interfaces, NativeError, type NetworkInterface, PollSet } from "../../ffi/mod.ts";
import type { PacketSource } from "../core/packet.ts";
import type { Rule } from "../core/rule.ts";
import { CaptureError, UsageError, withCaptureErrors } from "./errors.ts";
import type { TransportsOf } from "./filter.ts";
import type { Fanout } from "./fanout.ts";
import { LibpcapSource } from "./libpcap.ts";
import { LiveFilter } from "./live_filter.ts";
import { BLOCK_BYTES, BLOCKS, RingSource } from "./ring.ts";
import { ANY } from "./ring_device.ts";

export interface LiveOptions {
  /** `any`, or a regular expression that is looked for in the names of the interfaces. */
  readonly ifaces: string;
  /** `pcap` is the best that the machine has: the kernel's ring on Linux, libpcap elsewhere. */
  readonly engine: "pcap" | "libpcap";
  readonly rules: readonly Rule[];
  readonly transportsOf: TransportsOf;
  /** A filter expression that must hold besides what the rules ask for; empty for none. */
  readonly extraFilter?: string;
  readonly promiscuous?: boolean;
  /** Size of each interface's buffer, in blocks of 512 KiB; 128 when it is not given, less each for many interfaces. */
  readonly blockNum?: number;
  readonly ipVersion?: "" | "v4" | "v6";
  /** Whether packets that carry other packets are captured, whatever is in them; they are when it is not given. */
  readonly tunnels?: boolean;
  /** For one of several lanes that share each interface: only the ring can do that. Undefined for a capture of all. */
  readonly fanout?: Fanout;
}

/** What an interface gave, since the capture began. */
export interface InterfaceCounters {
  /** Packets handed on, and packets that found no room. */
  readonly packets: number;
  readonly dropped: number;
  /** Seconds spent with its packets. */
  readonly busySeconds: number;
  /** Share of its ring that waits now, from 0 to 1; undefined where nobody knows. */
  readonly fill: number | undefined;
}

/** All default buffers together: the memory cannot be swapped out, and a host of containers has many interfaces. */
const BLOCKS_TOTAL = 512;
const FEWEST_BLOCKS = 16;

/** A live source whose filter can be exchanged while it captures. */
export interface LiveSource extends PacketSource {
  /**
   * Compiles the filter for this source.
   *
   * @param fanout of which only the ports may have changed
   * @returns puts it in force, without losing a packet that both filters let through
   * @throws UsageError or NativeError; nothing has changed then
   */
  prepareFilter(filter: LiveFilter, fanout?: Fanout): () => void;
  /** Seconds spent in {@link drain}. */
  readonly busySeconds: number;
}

/** What has become of the interfaces. */
export interface LiveChanges {
  /** A line for each new source: `sniffer add device (lo), address=[127.0.0.1/8 ::1/128]`. */
  readonly started: readonly string[];
  /** A line for each interface that was asked for and cannot be captured on, and why. */
  readonly failed: readonly string[];
  /** A line for each source that is no more: `pcap handle (lo) closed`. */
  readonly ended: readonly string[];
}

interface Candidate {
  readonly name: string;
  readonly addresses: readonly string[];
}

/** A capture on interfaces: one source for each that is asked for. Interfaces that come and go can be followed. */
export class LiveCapture {
  /** One array for the capture's whole life, changed in place. */
  readonly sources: LiveSource[] = [];
  /** What the first opening brought. */
  readonly opened: LiveChanges;
  readonly #pollSet = new PollSet();
  readonly #useRing: boolean;
  /** Counters of sources that are no more, by name. */
  readonly #past = new Map<string, InterfaceCounters>();
  /** Why an interface could not be opened last time: told once. */
  readonly #failures = new Map<string, string>();
  #options: LiveOptions;
  #filter: LiveFilter;

  /**
   * Opens a source for each interface; one that fails does not hinder the others.
   *
   * @throws UsageError for a regular expression, a rule or a filter that cannot be used
   * @throws CaptureError when nothing could be opened
   */
  constructor(options: LiveOptions) {
    this.#options = options;
    this.#filter = filterOf(options);
    this.#useRing = options.engine === "pcap" && Deno.build.os === "linux";
    const errors: NativeError[] = [];
    const devices = withCaptureErrors(() => candidates(options));
    if (devices.length === 0) throw nothingMatches(options);
    this.opened = this.#open(devices, errors);
    if (this.sources.length === 0) throw nothingOpened(errors);
  }

  /** Opens interfaces that have come, and forgets those that have gone. Throws a CaptureError when none can be listed. */
  follow(): LiveChanges {
    const devices = withCaptureErrors(() => candidates(this.#options));
    const wanted = new Set(devices.map(({ name }) => name));
    const ended: string[] = [];
    for (const source of [...this.sources]) {
      if (!source.ended && wanted.has(source.name)) continue;
      source.close();
      this.#forget(source);
      ended.push(`pcap handle (${source.name}) closed`);
    }
    const missing = devices.filter(({ name }) => !this.sources.some((source) => source.name === name));
    for (const name of this.#failures.keys()) if (!wanted.has(name)) this.#failures.delete(name);
    return { ...this.#open(missing, []), ended };
  }

  /**
   * Goes on with other rules, filter or interfaces; the engine and the size of the buffers stay.
   *
   * @throws UsageError or CaptureError; nothing has changed then
   */
  reconfigure(options: LiveOptions): LiveChanges {
    const filter = filterOf(options);
    regularExpression(options.ifaces);
    const installs = withCaptureErrors(() =>
      this.sources.map((source) => source.prepareFilter(filter, options.fanout))
    );
    for (const install of installs) install();
    this.#filter = filter;
    this.#options = options;
    return this.follow();
  }

  /** By interface. */
  counters(): Map<string, InterfaceCounters> {
    const counters = new Map(this.#past);
    for (const source of this.sources) counters.set(source.name, this.#counted(source));
    return counters;
  }

  close(): void {
    for (const source of this.sources) source.close();
  }

  #open(devices: readonly Candidate[], errors: NativeError[]): LiveChanges {
    const { promiscuous = true, blockNum, fanout } = this.#options;
    const common = { filter: this.#filter, promiscuous, pollSet: this.#pollSet };
    const share = Math.max(FEWEST_BLOCKS, Math.trunc(BLOCKS_TOTAL / (this.sources.length + devices.length)));
    const blocks = blockNum ?? Math.min(BLOCKS, share);
    const started: string[] = [], failed: string[] = [];
    for (const { name, addresses } of devices) {
      try {
        this.sources.push(
          this.#useRing
            ? new RingSource(name, { ...common, blocks, fanout })
            : new LibpcapSource(name, { ...common, bufferBytes: blocks * BLOCK_BYTES }),
        );
        this.#failures.delete(name);
        started.push(`sniffer add device (${name}), address=[${addresses.join(" ")}]`);
      } catch (error) {
        if (!(error instanceof NativeError)) {
          this.close();
          throw error;
        }
        errors.push(error);
        if (this.#failures.get(name) === error.message) continue;
        this.#failures.set(name, error.message);
        failed.push(`make iface (${name}) ${this.#useRing ? "ring" : "libpcap"} failed: ${error.message}`);
      }
    }
    return { started, failed, ended: [] };
  }

  #forget(source: LiveSource): void {
    this.sources.splice(this.sources.indexOf(source), 1);
    this.#past.set(source.name, { ...this.#counted(source), fill: undefined });
  }

  /** What a source and those before it of the same name have counted. */
  #counted(source: LiveSource): InterfaceCounters {
    const { packets, dropped } = source.stats(), { busySeconds, fill } = source;
    const past = this.#past.get(source.name);
    return {
      packets: packets + (past?.packets ?? 0),
      dropped: dropped + (past?.dropped ?? 0),
      busySeconds: busySeconds + (past?.busySeconds ?? 0),
      fill,
    };
  }
}

function filterOf({ rules, transportsOf, ipVersion, extraFilter, tunnels }: LiveOptions): LiveFilter {
  return new LiveFilter(rules, transportsOf, ipVersion, extraFilter, tunnels);
}

/** The interfaces that are asked for, in the system's order. */
function candidates({ ifaces, ipVersion }: LiveOptions): Candidate[] {
  const pattern = regularExpression(ifaces);
  // Linux has a device for all; elsewhere each is opened by itself.
  if (ifaces === ANY && Deno.build.os === "linux") return [{ name: ANY, addresses: [] }];
  const existing = interfaces();
  return existing.filter((device) =>
    // A name in full also means one without an address: a port that mirrors others' traffic has none.
    device.name === ifaces || (ifaces === ANY || pattern.test(device.name)) && hasAddress(device, ipVersion ?? "")
  );
}

function nothingMatches({ ifaces, ipVersion }: LiveOptions): CaptureError {
  const names = interfaces().filter((device) => hasAddress(device, "")).map((device) => device.name).join(", ");
  const version = ipVersion === "v4" ? " IPv4" : ipVersion === "v6" ? " IPv6" : "";
  return new CaptureError(
    `no available devices found: no interface with an${version} address matches '${ifaces}' (there are: ${
      names || "none"
    })`,
  );
}

/** A missing library or privilege is the same for all interfaces and is told once; else each has its reason. */
function nothingOpened(errors: readonly NativeError[]): CaptureError {
  const general = errors.find(({ kind }) => kind === "privilege" || kind === "library");
  if (general !== undefined) return new CaptureError(general.message);
  return new CaptureError(`no available devices found: ${errors.map(({ message }) => message).join("; ")}`);
}

function hasAddress(device: NetworkInterface, ipVersion: "" | "v4" | "v6"): boolean {
  return device.addresses.some((address) => ipVersion === "" || address.includes(":") === (ipVersion === "v6"));
}

function regularExpression(text: string): RegExp {
  try {
    return new RegExp(text);
  } catch (error) {
    throw new UsageError(`'${text}' is no regular expression: ${error instanceof Error ? error.message : error}`);
  }
}
