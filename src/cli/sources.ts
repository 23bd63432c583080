/** Opens what a command reads: a file, or interfaces. */
import type { FilteredSink } from "../capture/file_filter.ts";
import type { PacketSink, PacketSource } from "../core/packet.ts";
import { protocolNamed } from "../protocols/registry.ts";
import { UsageError } from "./errors.ts";
import type { CaptureOptions } from "./capture_options.ts";
import type { Reading } from "./progress.ts";
import { log } from "./talk.ts";

export interface Opened {
  readonly sources: readonly PacketSource[];
  /** Where from: interfaces, a file on disk, or a pipe, of which nobody knows when the next packet comes. */
  readonly kind: "live" | "file" | "pipe";
  /** How much of the file has been read; undefined for interfaces. */
  readonly reading?: Reading;
  /** Puts the filter of a file in front of a sink. */
  filtered(sink: PacketSink): PacketSink;
  /** Packets that it kept back. */
  readonly rejected: number;
}

/** @throws UsageError, or CaptureError when nothing can be captured or read */
export function openSources(options: CaptureOptions): Promise<Opened> {
  return options.file === "" ? openInterfaces(options) : openCaptureFile(options);
}

async function openInterfaces(options: CaptureOptions): Promise<Opened> {
  const { LiveCapture } = await import("../capture/open.ts");
  const { sources, opened } = new LiveCapture({
    ...options,
    transportsOf: (name) => protocolNamed(name)?.transports,
    extraFilter: options.filter,
  });
  for (const line of opened.failed) log("ERROR", "capture", line);
  for (const line of opened.started) log("INFO", "capture", line);
  return { sources, kind: "live", filtered: (sink) => sink, rejected: 0 };
}

async function openCaptureFile(options: CaptureOptions): Promise<Opened> {
  const { file, rules, filter } = options;
  const named = rules.find(({ host }) => host !== "" && !/^[\d.]+$|:/.test(host));
  if (named !== undefined) {
    throw new UsageError(`host '${named.host}' in --proto is a name, which a file does not tell: give its address`);
  }
  const { openFile } = await import("../capture/file.ts");
  const source = await openFile(file);
  log("INFO", "capture", `sniffer add pcap file (${file})`);
  const opened = {
    sources: [source],
    kind: source.sizeBytes === undefined ? "pipe" : "file",
    reading: source,
  } as const;
  if (filter === "") return { ...opened, filtered: (sink) => sink, rejected: 0 };
  const { FileFilter, FilteredSink } = await import("../capture/file_filter.ts");
  const program = new FileFilter(filter);
  let front: FilteredSink | undefined;
  return {
    ...opened,
    filtered: (sink) => front = new FilteredSink(program, sink),
    get rejected() {
      return front?.rejected ?? 0;
    },
  };
}
