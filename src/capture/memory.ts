/** Packets from memory, for tests. */
import type { PacketSink, PacketSource, SourceStats } from "../core/packet.ts";

export interface MemoryPacket {
  readonly bytes: Uint8Array;
  readonly sec: number;
  readonly nsec: number;
  readonly linkType: number;
  /** Length on the wire; that of `bytes` when it is left out. */
  readonly wireLength?: number;
}

/** Hands on the packets it was given, in order. */
export class MemorySource implements PacketSource {
  readonly name: string;
  readonly #packets: readonly MemoryPacket[];
  #next = 0;

  constructor(packets: readonly MemoryPacket[], name = "memory") {
    this.#packets = packets;
    this.name = name;
  }

  get ended(): boolean {
    return this.#next >= this.#packets.length;
  }

  drain(sink: PacketSink, max: number): number {
    const end = Math.min(this.#next + max, this.#packets.length);
    const packets = end - this.#next;
    while (this.#next < end) {
      const { bytes, sec, nsec, linkType, wireLength } = this.#packets[this.#next++];
      sink.packet(bytes, 0, bytes.length, wireLength ?? bytes.length, sec, nsec, linkType);
    }
    return packets;
  }

  wait(): void {}

  stats(): SourceStats {
    return { packets: this.#next, dropped: 0, notes: [] };
  }

  close(): void {
    this.#next = this.#packets.length;
  }
}
