/**
 * Live capture on Linux: packets straight from the ring that the kernel fills (TPACKET_V3, see
 * https://docs.kernel.org/networking/packet_mmap.html), without a call into C for each.
 *
 * A block is ours while its status says so; it is walked from its first frame to its last and given back whole, within
 * one call of `drain`. Nobody may hold on to its bytes after that.
 */
import {
  BLOCK_IS_KERNELS,
  BLOCK_IS_OURS,
  ENETDOWN,
  errorText,
  PacketRing,
  PollSet,
  SOCKADDR_LL,
  TPACKET3,
  TPACKET_BLOCK,
} from "../../ffi/mod.ts";
import { u16be } from "../bytes/read.ts";
import { LINK, type PacketSink, type SourceStats } from "../core/packet.ts";
import { type Fanout, fanoutProgram, groupOf } from "./fanout.ts";
import type { LiveFilter } from "./live_filter.ts";
import type { LiveSource } from "./open.ts";
import { type RingDevice, ringDevice, ringPrograms } from "./ring_device.ts";

/**
 * 64 MB, which at 300 MB/s is 0.2 s. Blocks may be handed over nearly empty, and 64 of them times 20 ms are 1.3 s. A ring
 * of more has larger ones instead: to be woken for a block takes 40 µs, more than packets of 64 KB that fill it.
 */
export const BLOCK_BYTES = 512 * 1024;
export const BLOCKS = 128;
const MOST_BLOCKS = 64;
const FEWEST_BLOCKS = 16;
/** Of several rings that share an interface: a block holds a packet of 64 KB, and the loopback device has such. */
const LEAST_BLOCK_BYTES = 128 * 1024;
/** The most that a packet waits in a block that does not fill. */
const RETIRE_MS = 20;

const TYPE_IPV4 = 0x0800, TYPE_IPV6 = 0x86dd, TYPE_8021Q = 0x8100, TYPE_8021AD = 0x88a8, TYPE_QINQ_OLD = 0x9100;

export interface RingOptions {
  readonly filter?: LiveFilter;
  /** Blocks of 512 KiB, or less where lanes share the interface. */
  readonly blocks?: number;
  readonly promiscuous?: boolean;
  /** Sources that share a set share one wait. */
  readonly pollSet?: PollSet;
  /** Undefined where one ring gets all packets. */
  readonly fanout?: Fanout;
}

export class RingSource implements LiveSource {
  readonly name: string;
  readonly #ring: PacketRing;
  readonly #pollSet: PollSet;
  readonly #device: RingDevice;
  readonly #notes: string[] = [];
  // Views of the ring by width; they become empty when the ring is closed.
  #bytes: Uint8Array;
  #halves: Uint16Array;
  #words: Uint32Array;
  /** For the status words, which the kernel writes at the same time. */
  #shared: Int32Array;
  #block = 0;
  #packets = 0;
  #dropped = 0;
  #busyMs = 0;
  #ended = false;
  #draining = false;
  #closed = false;

  /**
   * @param name an interface, or `any` for all of them
   * @throws NativeError or UsageError
   */
  constructor(name: string, options: RingOptions = {}) {
    this.name = name;
    this.#device = ringDevice(name);
    const { index, cooked, isLoopback } = this.#device, { fanout, blocks = BLOCKS } = options;
    const merged = blocks > MOST_BLOCKS ? 2 : 1;
    this.#ring = new PacketRing({
      name,
      interfaceIndex: index,
      cooked,
      ignoreOutgoing: isLoopback,
      promiscuous: (options.promiscuous ?? true) && index !== 0 && !isLoopback,
      programs: ringPrograms(this.#device, options.filter),
      blockBytes: merged * blockBytesFor(fanout?.lanes ?? 1),
      blocks: Math.trunc(blocks / merged),
      fewestBlocks: FEWEST_BLOCKS,
      retireMs: RETIRE_MS,
      fanout: fanout && { id: groupOf(fanout, index), members: fanout.lanes, program: fanoutProgram(fanout) },
    });
    this.#attached(this.#ring.attached);
    for (const warning of this.#ring.warnings) this.#note(warning);
    this.#bytes = new Uint8Array(this.#ring.buffer);
    this.#halves = new Uint16Array(this.#ring.buffer);
    this.#words = new Uint32Array(this.#ring.buffer);
    this.#shared = new Int32Array(this.#ring.buffer);
    this.#pollSet = options.pollSet ?? new PollSet();
    this.#pollSet.add(this.#ring.descriptor);
  }

  get ended(): boolean {
    return this.#ended;
  }

  get fill(): number {
    if (this.#ended) return 0;
    const { blocks, blockBytes } = this.#ring;
    const shared = this.#shared, words = blockBytes >>> 2, first = TPACKET_BLOCK.status >>> 2;
    let ready = 0; // the kernel fills them in turn: those that wait for us follow each other
    for (let block = this.#block; ready < blocks; ready++) {
      if ((Atomics.load(shared, block * words + first) & BLOCK_IS_OURS) === 0) break;
      block = block + 1 === blocks ? 0 : block + 1;
    }
    return ready / blocks;
  }

  drain(sink: PacketSink, max: number): number {
    if (this.#ended) return 0;
    const wordsPerBlock = this.#ring.blockBytes >>> 2, beganMs = performance.now();
    let count = 0;
    this.#draining = true;
    try {
      while (count < max && !this.#closed) {
        const block = this.#block * wordsPerBlock, status = block + (TPACKET_BLOCK.status >>> 2);
        if ((Atomics.load(this.#shared, status) & BLOCK_IS_OURS) === 0) break;
        count += this.#device.cooked ? this.#walkCooked(sink, block) : this.#walkFrames(sink, block);
        Atomics.store(this.#shared, status, BLOCK_IS_KERNELS);
        this.#block = this.#block + 1 === this.#ring.blocks ? 0 : this.#block + 1;
      }
    } finally {
      this.#draining = false;
    }
    this.#packets += count;
    this.#busyMs += performance.now() - beganMs;
    if (this.#closed) this.#release();
    else if (count === 0) this.#noticeErrors();
    return count;
  }

  prepareFilter(filter: LiveFilter, fanout?: Fanout): () => void {
    const programs = ringPrograms(this.#device, filter);
    return () => {
      if (this.#closed) return;
      if (fanout !== undefined) this.#ring.share(fanoutProgram(fanout));
      this.#attached(this.#ring.attach(programs));
    };
  }

  wait(ms: number): Promise<void> {
    return this.#pollSet.wait(ms);
  }

  stats(): SourceStats {
    if (!this.#ended) this.#dropped = this.#ring.statistics().dropped;
    return { packets: this.#packets, dropped: this.#dropped, notes: this.#notes };
  }

  get busySeconds(): number {
    return this.#busyMs / 1000;
  }

  /** The descriptor and the memory are given back at once, or when the drain or the wait that is under way has ended. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    if (!this.#ended) this.#dropped = this.#ring.statistics().dropped;
    if (!this.#draining) this.#release();
  }

  #release(): void {
    this.#ended = true;
    this.#bytes = new Uint8Array(0);
    this.#halves = new Uint16Array(0);
    this.#words = new Uint32Array(0);
    this.#shared = new Int32Array(0);
    const polled = this.#pollSet.remove(this.#ring.descriptor);
    if (polled === undefined) this.#ring.close();
    else polled.then(() => this.#ring.close());
  }

  #walkFrames(sink: PacketSink, block: number): number {
    const bytes = this.#bytes, halves = this.#halves, words = this.#words;
    const count = words[block + (TPACKET_BLOCK.packets >>> 2)];
    let frame = block + (words[block + (TPACKET_BLOCK.firstOffset >>> 2)] >>> 2);
    for (let i = 0; i < count; i++) {
      const start = (frame << 2) + halves[(frame << 1) + (TPACKET3.frameOffset >>> 1)];
      sink.packet(
        bytes,
        start,
        start + words[frame + (TPACKET3.captured >>> 2)],
        words[frame + (TPACKET3.wire >>> 2)],
        words[frame + (TPACKET3.sec >>> 2)],
        words[frame + (TPACKET3.nsec >>> 2)],
        LINK.ETHERNET,
      );
      frame += words[frame + (TPACKET3.nextOffset >>> 2)] >>> 2;
    }
    return count;
  }

  /** Packets without a link header; the type of the network layer stands in the address behind the frame's header. */
  #walkCooked(sink: PacketSink, block: number): number {
    const bytes = this.#bytes, halves = this.#halves, words = this.#words;
    const count = words[block + (TPACKET_BLOCK.packets >>> 2)];
    let frame = block + (words[block + (TPACKET_BLOCK.firstOffset >>> 2)] >>> 2);
    let handedOn = 0;
    for (let i = 0; i < count; i++) {
      const start = (frame << 2) + halves[(frame << 1) + (TPACKET3.frameOffset >>> 1)];
      const end = start + words[frame + (TPACKET3.captured >>> 2)];
      const address = (frame << 2) + TPACKET3.address;
      const skip = bytesBeforeIp(bytes, start, end, u16be(bytes, address + SOCKADDR_LL.protocol));
      if (skip >= 0) {
        handedOn++;
        const wireLength = words[frame + (TPACKET3.wire >>> 2)] - skip;
        const sec = words[frame + (TPACKET3.sec >>> 2)], nsec = words[frame + (TPACKET3.nsec >>> 2)];
        sink.packet(bytes, start + skip, end, wireLength, sec, nsec, LINK.RAW);
      }
      frame += words[frame + (TPACKET3.nextOffset >>> 2)] >>> 2;
    }
    return handedOn;
  }

  /** @param program which of the programs the kernel took */
  #attached(program: number): void {
    if (program === 0) return;
    this.#note("the kernel refuses the filter made from the rules as too long; all packets are copied");
  }

  #noticeErrors(): void {
    const code = this.#ring.takeError();
    if (code === 0) return;
    if (!this.#ring.isBound()) {
      this.#note("the interface is gone");
      this.close();
    } else this.#note(code === ENETDOWN ? "the interface is down; waiting for it to come back" : errorText(code));
  }

  /** Told once, however often it happens. */
  #note(text: string): void {
    const note = `${this.name}: ${text}`;
    if (!this.#notes.includes(note)) this.#notes.push(note);
  }
}

/** Rings of several lanes have as many blocks as one, so that as long a standstill costs no packet, but smaller ones. */
function blockBytesFor(lanes: number): number {
  return Math.max(LEAST_BLOCK_BYTES, BLOCK_BYTES >> Math.ceil(Math.log2(lanes)));
}

/**
 * Where in a cooked packet the IP header begins, -1 where there is none. The kernel takes one VLAN tag off; a packet
 * that had two begins with the rest of the second: two bytes and the type of what follows. Whether the type that comes
 * with the packet is the tag's or already that of what follows depends on the kernel's version (6.11) and on the
 * direction, so the bytes have to tell.
 */
function bytesBeforeIp(bytes: Uint8Array, start: number, end: number, type: number): number {
  const isTag = type === TYPE_8021Q || type === TYPE_8021AD || type === TYPE_QINQ_OLD;
  if (!isTag && type !== TYPE_IPV4 && type !== TYPE_IPV6) return -1;
  const isBehindTag = start + 4 < end && isIp(u16be(bytes, start + 2), bytes[start + 4]);
  if (isTag) return isBehindTag ? 4 : 0;
  return isBehindTag && !isIp(type, bytes[start]) ? 4 : 0;
}

function isIp(type: number, firstByte: number): boolean {
  return type === TYPE_IPV4 && firstByte >> 4 === 4 || type === TYPE_IPV6 && firstByte >> 4 === 6;
}
