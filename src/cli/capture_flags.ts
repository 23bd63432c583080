/** The flags of every command that captures, with what each takes and means: see `capture_options.ts`. */
import { PROGRAM } from "../core/version.ts";
import type { CliCommand } from "./command.ts";

const FLAGS: readonly (readonly [flag: string, about: string])[] = [
  ["--duration <duration>", "Stop after this time, such as 30s or 5m; of a file, read this much of its time"],
  ["--engine <name>", "How to capture: 'pcap', the best that this machine has, or 'libpcap' (default pcap)"],
  ["--errors", "Take only round trips whose response reports an error"],
  ["--filter <expression>", "Capture only packets that this BPF expression accepts, such as 'host 10.0.0.7'"],
  ["--ifaces <regexp>", "Network interfaces to monitor (supports regex), 'any' for all interfaces (default any)"],
  ["--ipv <version>", "Capture only this IP version: 'v4' or 'v6'"],
  ["--ipv4", "Capture IPv4 traffic only"],
  ["--no-promisc", "Same as --no-promiscuous"],
  ["--no-promiscuous", "Don't put the interface into promiscuous mode"],
  ["--no-tunnels", "Don't capture what VXLAN, Geneve, GRE and other tunnels carry"],
  ["--pcap-file <path>", "Same as --pcap.file"],
  ["--pcap.file <path>", "Path to pcap file to read from, '-' for standard input"],
  ["--slow <duration>", "Take only round trips that took at least this long, such as 200ms"],
  [
    "--where <expression>",
    `Take only what this holds for, such as 'http and status >= 500'; see ${PROGRAM} help expressions`,
  ],
];

const PROTO = "Protocols to capture in 'protocol;ports[;host]' format, multiple protocols supported " +
  "(default all, on their usual ports); the port 'any' and the protocol 'auto' (all of them) go by the bytes alone";

/** Adds them to a command. */
export function addCaptureFlags(command: CliCommand): void {
  for (const [flag, about] of FLAGS) command.option(flag, about);
  command.option("--proto <rule>", PROTO, (rule: string, before: string[] = []) => [...before, rule]);
}
