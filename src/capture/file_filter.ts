/** A filter expression for files: compiled once for each link type that the packets have, run here. */
import { NativeError } from "../../ffi/mod.ts";
import { LINK, type PacketSink } from "../core/packet.ts";
import { BpfProgram } from "./bpf.ts";
import { CaptureError, UsageError } from "./errors.ts";
import { compilerFor, explained } from "./live_filter.ts";

export class FileFilter {
  readonly #programs = new Map<number, BpfProgram>();
  #lastLinkType = -1;
  #last: BpfProgram | undefined;

  /**
   * @throws UsageError if the text is no filter expression at all
   * @throws CaptureError where libpcap is missing
   */
  constructor(readonly expression: string) {
    try {
      compilerFor(LINK.ETHERNET)(expression);
    } catch (error) {
      if (!(error instanceof NativeError)) throw error;
      if (error.kind !== "filter") throw new CaptureError(error.message);
      // What is wrong with it on Ethernet may be right on the link type to come; a broken sentence is broken everywhere.
      if (error.message.includes("syntax error")) {
        throw new UsageError(`the filter '${expression}' cannot be used: ${error.message}`);
      }
    }
  }

  /**
   * Whether the packet `bytes[start..end)` matches.
   *
   * @throws UsageError when the expression has no meaning for this link type; it names both
   */
  matches(bytes: Uint8Array, start: number, end: number, wireLength: number, linkType: number): boolean {
    if (linkType !== this.#lastLinkType) {
      this.#last = this.#programFor(linkType);
      this.#lastLinkType = linkType;
    }
    return this.#last!.run(bytes, start, end, wireLength) !== 0;
  }

  #programFor(linkType: number): BpfProgram {
    let program = this.#programs.get(linkType);
    if (program === undefined) {
      const where = ` on packets of link type ${linkType}`;
      program = new BpfProgram(explained(this.expression, compilerFor(linkType), where));
      this.#programs.set(linkType, program);
    }
    return program;
  }
}

/** Hands on the packets that match. */
export class FilteredSink implements PacketSink {
  /** Packets that did not match. */
  rejected = 0;

  readonly #filter: FileFilter;
  readonly #next: PacketSink;

  constructor(filter: FileFilter, next: PacketSink) {
    this.#filter = filter;
    this.#next = next;
  }

  packet(
    bytes: Uint8Array,
    start: number,
    end: number,
    wireLength: number,
    sec: number,
    nsec: number,
    linkType: number,
  ): void {
    if (this.#filter.matches(bytes, start, end, wireLength, linkType)) {
      this.#next.packet(bytes, start, end, wireLength, sec, nsec, linkType);
    } else this.rejected++;
  }
}
