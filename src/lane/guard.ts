/** Stands in front of a lane, so that a fault of ours in decoding one packet does not end the capture of all others. */
import type { PacketSink } from "../core/packet.ts";

/** Different errors that are told. */
const TOLD = 100;

export class Guard implements PacketSink {
  /** Errors so far: each is a fault in this program. */
  surprises = 0;
  readonly #next: PacketSink;
  readonly #tell: (error: Error) => void;
  readonly #told = new Set<string>();

  /** @param tell is given each error that was not given before */
  constructor(next: PacketSink, tell: (error: Error) => void) {
    this.#next = next;
    this.#tell = tell;
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
    try {
      this.#next.packet(bytes, start, end, wireLength, sec, nsec, linkType);
    } catch (error) {
      this.#surprised(error);
    }
  }

  #surprised(thrown: unknown): void {
    this.surprises++;
    const error = thrown instanceof Error ? thrown : new Error(String(thrown));
    const key = error.stack ?? error.message;
    if (this.#told.has(key) || this.#told.size >= TOLD) return;
    this.#told.add(key);
    this.#tell(error);
  }
}
