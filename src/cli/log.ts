/** `packetd log`, also called `watch`: captures, and prints round trips. */
import { PROGRAM } from "../core/version.ts";
import { addCaptureFlags } from "./capture_flags.ts";
import { CliCommand } from "./command.ts";

/** Flags of its own. Two families of names exist; where they differ the second is `Same as --x`. */
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
  ["--format <name>", "'json', 'text' (one aligned line for people) or 'none' (only the summary) (default json)"],
  ["--log.age <days>", "Days after which old log files are deleted (default 7)"],
  ["--log.backups <number>", "Maximum number of old log files to retain (default 10)"],
  ["--log.file <path>", "Path to log file; written instead of standard output"],
  ["--log.size <MB>", "Maximum size of log file in MB (default 100)"],
  ["--roundtrips.age <days>", "Same as --log.age"],
  ["--roundtrips.backups <number>", "Same as --log.backups"],
  ["--roundtrips.file <path>", "Same as --log.file"],
  ["--roundtrips.size <MB>", "Same as --log.size"],
  ["--show-secrets", "Print passwords, tokens and cookies instead of ***"],
  ["--unanswered", "Also print requests that were never answered"],
];

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
  addCaptureFlags(command);
  command.action(async (flags: Record<string, unknown>) => {
    const { logOptions } = await import("./log_options.ts");
    const options = logOptions(flags);
    const { runLog } = await import("./log_run.ts");
    await runLog(options);
  });
  return command;
}
