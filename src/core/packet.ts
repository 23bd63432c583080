/** What a capture source hands on. */

/**
 * Takes packets one by one. No object per packet: `bytes[start..end)` lies in a long-lived array that the source
 * reuses, so it may be read only until the call returns; what is kept is copied.
 */
export interface PacketSink {
  /**
   * @param linkType LINKTYPE_ value of the packet (https://www.tcpdump.org/linktypes.html)
   * @param wireLength length on the wire, at least `end - start`
   * @param sec,nsec capture time, Unix epoch
   */
  packet(
    bytes: Uint8Array,
    start: number,
    end: number,
    wireLength: number,
    sec: number,
    nsec: number,
    linkType: number,
  ): void;
}

/** Counters of a source since it was opened. */
export interface SourceStats {
  /** Packets handed on. */
  packets: number;
  /** Packets that the kernel or driver dropped for want of buffer space. */
  dropped: number;
  /** What went wrong but did not end the source, in words: a file cut in the middle, a link type not understood. */
  notes: string[];
}

/** A file, an interface, or bytes in memory. */
export interface PacketSource {
  /** What is captured, for people: a path or the name of an interface. */
  readonly name: string;
  /**
   * Hands on what is there, at most about `max` packets, and returns how many; 0 means nothing is there now.
   * Never throws for what the packets hold.
   */
  drain(sink: PacketSink, max: number): number;
  /** True once no packet will ever come again. */
  readonly ended: boolean;
  /** Share of its buffer, from 0 to 1, that waits to be handed on. Only of sources that can lose packets, and know it. */
  readonly fill?: number;
  /** Waits until packets may be there, at most `ms` milliseconds. */
  wait(ms: number): void | Promise<void>;
  stats(): SourceStats;
  /** Gives back what the operating system holds. The source must not be used afterwards. */
  close(): void;
}

/** LINKTYPE_ values that a source may name. */
export const LINK = {
  NULL: 0,
  ETHERNET: 1,
  RAW_BSD: 12,
  RAW_OPENBSD: 14,
  RAW: 101,
  LOOP: 108,
  LINUX_SLL: 113,
  IPV4: 228,
  IPV6: 229,
  LINUX_SLL2: 276,
} as const;
