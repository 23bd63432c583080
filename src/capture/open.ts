/** Opens the live sources that the user asked for. */
import { interfaces, NativeError, type NetworkInterface, PollSet } from "../../ffi/mod.ts";
import type { PacketSource } from "../core/packet.ts";
import type { Rule } from "../core/rule.ts";
import { CaptureError, UsageError, withCaptureErrors } from "./errors.ts";
import type { TransportsOf } from "./filter.ts";
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
  /** Size of each source's buffer, in blocks of 512 KiB; 128 when it is not given, less each for many interfaces. */
  readonly blockNum?: number;
  readonly ipVersion?: "" | "v4" | "v6";
}

/** All default buffers together: the memory cannot be swapped out, and a host of containers has many interfaces. */
const BLOCKS_TOTAL = 512;
const FEWEST_BLOCKS = 16;

export interface LiveCapture {
  readonly sources: readonly PacketSource[];
  /** A line for each source: `sniffer add device (lo), address=[127.0.0.1/8 ::1/128]`. */
  readonly started: readonly string[];
  /** A line for each interface that was asked for and cannot be captured on, and why. */
  readonly failed: readonly string[];
}

interface Candidate {
  readonly name: string;
  readonly addresses: readonly string[];
}

/**
 * Opens a source for each interface; one that fails does not hinder the others.
 *
 * @throws UsageError for a regular expression, a rule or a filter that cannot be used
 * @throws CaptureError when nothing could be opened
 */
export function openLive(options: LiveOptions): LiveCapture {
  const filter = new LiveFilter(options.rules, options.transportsOf, options.ipVersion, options.extraFilter);
  const useRing = options.engine === "pcap" && Deno.build.os === "linux";
  const common = { filter, promiscuous: options.promiscuous ?? true, pollSet: new PollSet() };
  const sources: PacketSource[] = [], started: string[] = [], failed: string[] = [];
  const errors: NativeError[] = [];
  const devices = withCaptureErrors(() => candidates(options));
  const share = Math.max(FEWEST_BLOCKS, Math.trunc(BLOCKS_TOTAL / devices.length));
  const blocks = options.blockNum ?? Math.min(BLOCKS, share);
  for (const { name, addresses } of devices) {
    try {
      sources.push(
        useRing
          ? new RingSource(name, { ...common, blocks })
          : new LibpcapSource(name, { ...common, bufferBytes: blocks * BLOCK_BYTES }),
      );
      started.push(`sniffer add device (${name}), address=[${addresses.join(" ")}]`);
    } catch (error) {
      if (!(error instanceof NativeError)) {
        for (const source of sources) source.close();
        throw error;
      }
      failed.push(`make iface (${name}) ${useRing ? "ring" : "libpcap"} failed: ${error.message}`);
      errors.push(error);
    }
  }
  if (sources.length === 0) throw nothingOpened(errors);
  return { sources, started, failed };
}

/** The interfaces that are asked for, in the system's order. Throws a CaptureError when there are none. */
function candidates({ ifaces, ipVersion }: LiveOptions): Candidate[] {
  const pattern = regularExpression(ifaces);
  // Linux has a device for all; elsewhere each is opened by itself.
  if (ifaces === ANY && Deno.build.os === "linux") return [{ name: ANY, addresses: [] }];
  const existing = interfaces();
  const chosen = existing.filter((device) =>
    // A name in full also means one without an address: a port that mirrors others' traffic has none.
    device.name === ifaces || (ifaces === ANY || pattern.test(device.name)) && hasAddress(device, ipVersion ?? "")
  );
  if (chosen.length > 0) return chosen;
  const names = existing.filter((device) => hasAddress(device, "")).map((device) => device.name).join(", ");
  const version = ipVersion === "v4" ? " IPv4" : ipVersion === "v6" ? " IPv6" : "";
  throw new CaptureError(
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
