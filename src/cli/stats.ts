/** `packetd stats`: like top, for requests; and tables of response times from any capture. */
import { PROGRAM } from "../core/version.ts";
import { addCaptureFlags } from "./capture_flags.ts";
import { CliCommand } from "./command.ts";

/** Flags of its own. */
const FLAGS: readonly (readonly [flag: string, about: string])[] = [
  [
    "--by <groups>",
    "Group by these, in this order: protocol, server, client, endpoint, status (default protocol,endpoint)",
  ],
  ["--compare <path>", "Another capture: shows how each quantile changed from --pcap.file to this one"],
  ["--format <name>", "'table', 'json' (a line for each table) or 'csv' (default table)"],
  ["--from <time>", "Of a file, count requests from here on: 2023-11-14T22:13:20Z, or 30s after the first packet"],
  ["--interval <duration>", "How often a table is printed, or the screen drawn anew (default 2s)"],
  ["--once", "Print one table, after one interval, and end"],
  [
    "--sort <column>",
    "Order: rate, count, errors, unanswered, p50, p90, p95, p99, max, total, sent, received, or a group (default total)",
  ],
  ["--to <time>", "Of a file, count requests before this time, written as for --from"],
  ["--top <number>", "Show only the first rows, and all others as one (default all)"],
  ["--window <duration>", "Count only the last so much time (default all since the start)"],
];

export function statsCommand(): CliCommand {
  const command = new CliCommand("stats", "Show which requests take the time, live or from a capture", [
    `sudo ${PROGRAM} stats --proto 'http;80,8080'`,
    `sudo ${PROGRAM} stats --by protocol,server,status --window 1m`,
    `${PROGRAM} stats --pcap.file app.pcap --by endpoint --sort p99 --top 20`,
    `${PROGRAM} stats --pcap.file before.pcap --compare after.pcap`,
    `sudo ${PROGRAM} stats --once --interval 10s --format json`,
    `ssh host tcpdump -U -w - port 5432 | ${PROGRAM} stats --pcap.file - --proto 'postgresql;5432'`,
  ]);
  for (const [flag, about] of FLAGS) command.option(flag, about);
  addCaptureFlags(command);
  command.action(async (flags: Record<string, unknown>) => {
    const { statsOptions } = await import("./stats_options.ts");
    const options = statsOptions(flags);
    const { runStats } = await import("./stats_run.ts");
    await runStats(options);
  });
  return command;
}
