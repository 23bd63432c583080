/** `packetd log`, also called `watch`: captures, and prints round trips. */
import { PROGRAM } from "../core/version.ts";
import { CliCommand } from "./command.ts";

/** Every flag with what it takes and means. Two families of names exist; where they differ the second is `…, as --x`. */
const FLAGS: readonly (readonly [flag: string, about: string])[] = [
  [
    "--body",
    "Print the bodies of HTTP/1 responses too, of JSON and plain or HTML text; secrets in them are not masked",
  ],
  ["--body.size <bytes>", "Most bytes of one body that are printed (default 102400)"],
  [
    "--console",
    "Enable console logging: print to standard output also when a file is written (without one it is the default)",
  ],
  ["--count <number>", "Stop after this many printed round trips"],
  ["--duration <duration>", "Stop after this time, such as 30s or 5m; of a file, read this much of its time"],
  ["--engine <name>", "How to capture: 'pcap', the best that this machine has, or 'libpcap' (default pcap)"],
  ["--errors", "Print only round trips whose response reports an error"],
  ["--filter <expression>", "Capture only packets that this BPF expression accepts, such as 'host 10.0.0.7'"],
  ["--format <name>", "'json', 'text' (one aligned line for people) or 'none' (only the summary) (default json)"],
  ["--ifaces <regexp>", "Network interfaces to monitor (supports regex), 'any' for all interfaces (default any)"],
  ["--ipv <version>", "Capture only this IP version: 'v4' or 'v6'"],
  ["--ipv4", "Capture IPv4 traffic only"],
  ["--log.age <days>", "Days after which old log files are deleted (default 7)"],
  ["--log.backups <number>", "Maximum number of old log files to retain (default 10)"],
  ["--log.file <path>", "Path to log file; written instead of standard output"],
  ["--log.size <MB>", "Maximum size of log file in MB (default 100)"],
  ["--no-promisc", "Same as --no-promiscuous"],
  ["--no-promiscuous", "Don't put the interface into promiscuous mode"],
  ["--no-tunnels", "Don't capture what VXLAN, Geneve, GRE and other tunnels carry"],
  ["--pcap-file <path>", "Same as --pcap.file"],
  ["--pcap.file <path>", "Path to pcap file to read from, '-' for standard input"],
  ["--roundtrips.age <days>", "Same as --log.age"],
  ["--roundtrips.backups <number>", "Same as --log.backups"],
  ["--roundtrips.file <path>", "Same as --log.file"],
  ["--roundtrips.size <MB>", "Same as --log.size"],
  ["--show-secrets", "Print passwords, tokens and cookies instead of ***"],
  ["--slow <duration>", "Print only round trips that took at least this long, such as 200ms"],
  ["--unanswered", "Also print requests that were never answered"],
  [
    "--where <expression>",
    `Print only what this holds for, such as 'http and status >= 500'; see ${PROGRAM} help expressions`,
  ],
];

const PROTO = "Protocols to capture in 'protocol;ports[;host]' format, multiple protocols supported " +
  "(default all, on their usual ports); the port 'any' and the protocol 'auto' (all of them) go by the bytes alone";

export function logCommand(): CliCommand {
  const command = new CliCommand("log", "Capture and log network traffic roundtrips", [
    `${PROGRAM} log --proto 'http;80,8080' --proto 'dns;53' --ifaces any --console`,
    `${PROGRAM} log --pcap.file app.pcap --format text`,
    `${PROGRAM} log --proto auto --format text`,
    `${PROGRAM} log --proto 'http;80;10.0.0.7' --ifaces 'eth.*' --slow 200ms --unanswered`,
    `${PROGRAM} log --where 'http and path ~ "^/api" and status >= 500'`,
    `${PROGRAM} log --log.file /var/log/roundtrips.log --log.size 50 --duration 1h`,
    `ssh host tcpdump -w - port 53 | ${PROGRAM} log --pcap.file - --proto 'dns;53'`,
  ]);
  command.alias("watch");
  for (const [flag, about] of FLAGS) command.option(flag, about);
  command.option("--proto <rule>", PROTO, (rule: string, before: string[] = []) => [...before, rule]);
  command.action(async (flags: Record<string, unknown>) => {
    const { logOptions } = await import("./log_options.ts");
    const options = logOptions(flags);
    const { runLog } = await import("./log_run.ts");
    await runLog(options);
  });
  return command;
}
