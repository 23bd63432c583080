/**
 * Packets from a capture file: pcap or pcapng, plain or compressed, a regular file or whatever can be read from a pipe.
 */
import type { PacketSink, PacketSource, SourceStats } from "../core/packet.ts";
import { CaptureError } from "./errors.ts";
import { CompressedInput, compressionOf } from "./file_compressed.ts";
import type { CaptureFormat } from "./file_format.ts";
import { type ByteInput, isStandardInput, openInput } from "./file_input.ts";
import { beginning } from "./file_unknown.ts";
import { pcapFormat } from "./pcap.ts";
import { pcapngFormat } from "./pcapng.ts";

/** Bytes that tell a compression, and those that tell a format. */
const COMPRESSION_MAGIC = 4;
const FORMAT_MAGIC = 12;
/** How long one wait for the first bytes lasts; the next follows at once. */
const WAIT_MS = 60_000;

/**
 * Opens a capture file; `-` and `/dev/stdin` are standard input. Settles when the first bytes are there, which from a
 * pipe may take as long as its writer likes.
 *
 * @throws CaptureError in one line that names the file, when it cannot be read or is no capture
 */
export async function openFile(path: string): Promise<FileSource> {
  const name = isStandardInput(path) ? "standard input" : path;
  const raw = await openInput(path);
  let input = raw;
  try {
    await firstBytes(raw, COMPRESSION_MAGIC);
    const compression = compressionOf(raw.window);
    if (compression !== null) {
      input = new CompressedInput(raw, compression);
      await firstBytes(input, FORMAT_MAGIC);
    } else {
      await firstBytes(raw, FORMAT_MAGIC);
    }
    const format = pcapFormat(input.window) ?? pcapngFormat(input.window);
    if (format === null) throw new CaptureError(whyNoCapture(name, input, compression));
    return new FileSource(name, input, format);
  } catch (error) {
    input.close();
    throw error;
  }
}

async function firstBytes(input: ByteInput, count: number): Promise<void> {
  while (input.window.held < count && !input.ended) {
    if (!input.fill()) await input.wait(WAIT_MS);
  }
}

function whyNoCapture(name: string, input: ByteInput, compression: string | null): string {
  const where = compression === null ? "it" : `the ${compression} data in it`;
  if (input.window.held < 4 && input.trouble !== null) return `'${name}' ${input.trouble}, before a capture begins`;
  if (input.window.held === 0) {
    return compression === null ? `'${name}' is empty` : `'${name}' holds nothing: ${where} is empty`;
  }
  return `'${name}' is no capture that can be read (pcap or pcapng, also with gzip or zstd): ${where} ${
    beginning(input.window)
  }`;
}

/** A capture file that is being read. */
export class FileSource implements PacketSource {
  readonly name: string;
  ended = false;
  readonly #input: ByteInput;
  readonly #format: CaptureFormat;
  readonly #notes: string[] = [];
  #packets = 0;
  /** Whether the last drain stopped for having handed on enough. */
  #hasMore = true;

  constructor(name: string, input: ByteInput, format: CaptureFormat) {
    this.name = name;
    this.#input = input;
    this.#format = format;
  }

  /** Bytes of the file that have been read; of a compressed file, compressed ones. */
  get bytesRead(): number {
    return this.#input.bytesRead;
  }

  /** Size of the file; undefined where it is not known, as of a pipe. */
  get sizeBytes(): number | undefined {
    return this.#input.sizeBytes;
  }

  drain(sink: PacketSink, max: number): number {
    let packets = 0;
    while (!this.ended) {
      const walked = this.#format.walk(this.#input.window, sink, max - packets);
      packets += walked;
      this.#packets += walked;
      this.#hasMore = packets >= max;
      if (this.#format.broken !== null) this.#end();
      else if (this.#hasMore) break;
      else if (!this.#input.fill()) {
        if (!this.#input.ended) break;
        this.#end();
      }
    }
    return packets;
  }

  wait(ms: number): void | Promise<void> {
    if (this.#hasMore || this.ended) return;
    return this.#input.wait(ms);
  }

  stats(): SourceStats {
    return { packets: this.#packets, dropped: 0, notes: this.#notes };
  }

  close(): void {
    this.ended = true;
    this.#input.close();
  }

  /** Notes what kept the file from being read to a proper end, if anything did. */
  #end(): void {
    this.ended = true;
    const { window, trouble } = this.#input;
    const { broken } = this.#format;
    if (broken !== null) {
      this.#notes.push(
        `${this.name} is broken at byte ${window.position}: ${broken} (packets read before it: ${this.#packets})`,
      );
      return;
    }
    if (trouble !== null) this.#notes.push(`${this.name} ${trouble}`);
    if (window.held > 0) this.#notes.push(`${this.name} is cut ${this.#format.cut(window, this.#packets + 1)}`);
  }
}
