/** Live capture through libpcap, on every system that has it: https://www.tcpdump.org/manpages/pcap.3pcap.html */
import { PcapHandle, PollSet } from "../../ffi/mod.ts";
import { LINK, type PacketSink, type SourceStats } from "../core/packet.ts";
import { type Compile, type LiveFilter, SNAP_LENGTH } from "./live_filter.ts";
import type { LiveSource } from "./open.ts";

const TIMEOUT_MS = 20;

export interface LibpcapOptions {
  readonly filter?: LiveFilter;
  readonly bufferBytes?: number;
  readonly promiscuous?: boolean;
  /** Sources that share a set share one wait. */
  readonly pollSet?: PollSet;
}

export class LibpcapSource implements LiveSource {
  readonly name: string;
  readonly #handle: PcapHandle;
  /** Undefined where the handle cannot be polled: then a timer has to do. */
  readonly #pollSet: PollSet | undefined;
  readonly #notes: string[] = [];
  #packets = 0;
  #dropped = 0;
  #busyMs = 0;
  #ended = false;
  #draining = false;
  #closed = false;

  /** Throws a NativeError or a UsageError. */
  constructor(name: string, options: LibpcapOptions = {}) {
    this.name = name;
    this.#handle = new PcapHandle(name, {
      snapLength: SNAP_LENGTH,
      promiscuous: (options.promiscuous ?? true) && name !== "any",
      timeoutMs: TIMEOUT_MS,
      bufferBytes: options.bufferBytes ?? 64 * 1024 * 1024,
    });
    try {
      if (options.filter !== undefined) this.#handle.setFilter(this.#program(options.filter));
    } catch (error) {
      this.#handle.close();
      throw error;
    }
    if (this.#handle.warning !== "") this.#notes.push(`${name}: ${this.#handle.warning}`);
    // On macOS poll(2) does not see all packets of a BPF device (pcap_get_selectable_fd(3PCAP)); Windows has none.
    if (Deno.build.os === "linux" && this.#handle.descriptor >= 0) {
      this.#pollSet = options.pollSet ?? new PollSet();
      this.#pollSet.add(this.#handle.descriptor);
    }
  }

  get ended(): boolean {
    return this.#ended;
  }

  drain(sink: PacketSink, max: number): number {
    if (this.#ended) return 0;
    const handle = this.#handle, beganMs = performance.now();
    let count = 0, code = 1;
    this.#draining = true;
    try {
      while (count < max && !this.#closed) {
        code = handle.next();
        if (code !== 1) break;
        count++;
        sink.packet(
          handle.bytes,
          handle.start,
          handle.end,
          handle.wireLength,
          handle.sec,
          handle.nsec,
          handle.linkType,
        );
      }
    } finally {
      this.#draining = false;
    }
    this.#packets += count;
    this.#busyMs += performance.now() - beganMs;
    if (code < 0) {
      this.#notes.push(`${this.name}: ${handle.errorText()}`);
      this.close();
    }
    if (this.#closed) this.#release();
    return count;
  }

  prepareFilter(filter: LiveFilter): () => void {
    const program = this.#program(filter);
    return () => this.#closed || this.#handle.setFilter(program);
  }

  wait(ms: number): Promise<void> {
    if (this.#pollSet !== undefined) return this.#pollSet.wait(ms);
    return new Promise((resolve) => setTimeout(resolve, Math.min(ms, TIMEOUT_MS)));
  }

  stats(): SourceStats {
    if (!this.#ended) this.#dropped = this.#handle.statistics().dropped;
    return { packets: this.#packets, dropped: this.#dropped, notes: this.#notes };
  }

  get busySeconds(): number {
    return this.#busyMs / 1000;
  }

  /** The handle is given back at once, or when the drain or the wait that is under way has ended. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#dropped = this.#handle.statistics().dropped;
    if (!this.#draining) this.#release();
  }

  #release(): void {
    if (this.#ended) return;
    this.#ended = true;
    const polled = this.#pollSet?.remove(this.#handle.descriptor);
    if (polled === undefined) this.#handle.close();
    else polled.then(() => this.#handle.close());
  }

  #program(filter: LiveFilter): Uint8Array<ArrayBuffer> {
    const compile: Compile = (expression) => this.#handle.compile(expression);
    return filter.programs(this.#handle.linkType === LINK.ETHERNET, compile, compile)[0];
  }
}
