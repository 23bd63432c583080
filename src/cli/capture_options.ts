/** What every command that captures is told by flags: what to read, and which round trips are wanted. */
import type { Rule } from "../core/rule.ts";
import { UsageError } from "./errors.ts";
import type { Flags } from "./flags.ts";
import { rulesFrom } from "./rules.ts";

export interface CaptureOptions {
  readonly rules: readonly Rule[];
  /** Path of a capture; empty to capture live. */
  readonly file: string;
  /** `any`, or a regular expression. */
  readonly ifaces: string;
  readonly engine: "pcap" | "libpcap";
  readonly ipVersion: "" | "v4" | "v6";
  readonly promiscuous: boolean;
  readonly filter: string;
  /** Whether to capture what tunnels carry. */
  readonly tunnels: boolean;
  readonly errorsOnly: boolean;
  /** 0 takes all. */
  readonly slowNs: number;
  /** An expression; empty for none. */
  readonly where: string;
  /** Infinity for no end. */
  readonly durationNs: number;
}

/** @throws UsageError */
export function captureOptions(flags: Flags): CaptureOptions {
  return {
    rules: rulesFrom(flags.texts("proto")),
    file: flags.text("pcap.file", "pcap-file"),
    ifaces: flags.regexp("ifaces", "any"),
    engine: flags.choice("engine", ["pcap", "libpcap"]),
    ipVersion: ipVersion(flags),
    promiscuous: !flags.isOff("promiscuous") && !flags.isOff("promisc"),
    filter: flags.text("filter"),
    tunnels: !flags.isOff("tunnels"),
    errorsOnly: flags.isOn("errors"),
    slowNs: flags.duration("slow", 0),
    where: flags.text("where"),
    durationNs: flags.duration("duration", Infinity),
  };
}

function ipVersion(flags: Flags): "" | "v4" | "v6" {
  const version = flags.choice("ipv", ["", "v4", "v6"]);
  if (!flags.isOn("ipv4")) return version;
  if (version === "v6") throw new UsageError("--ipv4 and --ipv v6 exclude each other");
  return "v4";
}
