/**
 * A packet socket of Linux with a ring of memory that the kernel fills: packet(7), TPACKET_V3 of
 * https://docs.kernel.org/networking/packet_mmap.html. CAP_NET_RAW is all that it needs.
 */
import { toCString } from "./cstring.ts";
import { checked, NativeError } from "./errors.ts";
import { programStruct } from "./filter.ts";
import { IFREQ, PACKET_MREQ, SOCKADDR_LL } from "./layout.ts";
import { ENOMEM, errorText, libc, libcFailure } from "./libc.ts";

const AF_INET = 2, AF_PACKET = 17;
const SOCK_DGRAM = 2, SOCK_RAW = 3, SOCK_CLOEXEC = 0x80000;
const ETH_P_ALL = 3;
const SIOCGIFHWADDR = 0x8927;
const SOL_SOCKET = 1, SO_ERROR = 4, SO_ATTACH_FILTER = 26;
const SOL_PACKET = 263;
const PACKET_ADD_MEMBERSHIP = 1, PACKET_RX_RING = 5, PACKET_STATISTICS = 6, PACKET_VERSION = 10;
const PACKET_FANOUT = 18, PACKET_FANOUT_DATA = 22, PACKET_IGNORE_OUTGOING = 23;
const PACKET_FANOUT_CBPF = 6, PACKET_FANOUT_FLAG_IGNORE_OUTGOING = 0x4000;
const TPACKET_V3 = 2;
const PACKET_MR_PROMISC = 1;
const PROT_READ_WRITE = 3, MAP_SHARED = 1;
const MAP_FAILED = 0xffffffffffffffffn;
/** Only has to divide the block and be aligned to 16: frames of TPACKET_V3 have the length that they need. */
const FRAME_BYTES = 2048;
/** A program that accepts no packet: `ret #0`. */
const NOTHING = Uint8Array.of(0x06, 0, 0, 0, 0, 0, 0, 0);

/** Several sockets share the packets of an interface: each packet goes to one of them. */
export interface FanoutGroup {
  /** 16 bits: the same for all members, and for nobody else in the network namespace. */
  readonly id: number;
  readonly members: number;
  /** Classic BPF: what it returns, modulo the members, is the member that a packet goes to. */
  readonly program: Uint8Array<ArrayBuffer>;
}

export interface PacketRingOptions {
  /** For people: what the socket is bound to. */
  readonly name: string;
  /** 0 for all interfaces together. */
  readonly interfaceIndex: number;
  /** Let the kernel take the link header off: packets begin at the network layer. */
  readonly cooked: boolean;
  /** Do not deliver what this machine sends: right for the loopback interface alone. */
  readonly ignoreOutgoing: boolean;
  readonly promiscuous: boolean;
  /** Classic BPF; of several the first that the kernel accepts. */
  readonly programs: readonly Uint8Array<ArrayBuffer>[];
  /** A power of two times the page size. */
  readonly blockBytes: number;
  /** Halved as long as the kernel has not the memory, down to `fewestBlocks`. */
  readonly blocks: number;
  readonly fewestBlocks: number;
  /** A block is handed over after this long, however little is in it. */
  readonly retireMs: number;
  /** Undefined for a socket that gets all packets. */
  readonly fanout?: FanoutGroup;
}

export class PacketRing {
  readonly descriptor: number;
  /** The mapped memory. It is detached by `close`, so that nobody can read what is no longer mapped. */
  readonly buffer: ArrayBuffer;
  readonly blockBytes: number;
  readonly blocks: number;
  /** Which of the programs was attached first. */
  readonly attached: number;
  /** What was asked for and is not so, in words. */
  readonly warnings: string[] = [];
  readonly #name: string;
  readonly #boundTo: number;
  readonly #memory: Deno.PointerObject;
  #received = 0;
  #dropped = 0;
  readonly #counters = new Uint32Array(3);

  /** Throws a NativeError; nothing is left open then. */
  constructor(options: PacketRingOptions) {
    this.#name = options.name;
    this.#boundTo = options.interfaceIndex;
    this.blockBytes = options.blockBytes;
    // Protocol 0: nothing is received until the socket is bound, which comes last, so nothing unfiltered gets in.
    const type = (options.cooked ? SOCK_DGRAM : SOCK_RAW) | SOCK_CLOEXEC;
    this.descriptor = checked(libc().socket(AF_PACKET, type, 0), `packet socket for ${options.name}`, libcFailure);
    try {
      this.#setOption("PACKET_VERSION", PACKET_VERSION, Uint32Array.of(TPACKET_V3));
      // Kernels before 4.20 do not know this; the filter then has to drop the copies.
      if (options.ignoreOutgoing) this.#trySetOption(SOL_PACKET, PACKET_IGNORE_OUTGOING, Uint32Array.of(1));
      // Between its binding and its entry into the group a socket would get the other members' packets too.
      this.attached = this.attach(options.fanout === undefined ? options.programs : [NOTHING]);
      this.blocks = this.#allocate(options);
      this.#memory = this.#map();
      this.buffer = Deno.UnsafePointerView.getArrayBuffer(this.#memory, this.blocks * this.blockBytes);
    } catch (error) {
      libc().close(this.descriptor);
      throw error;
    }
    try {
      this.#bind();
      if (options.fanout !== undefined) {
        this.#enter(options.fanout, options.ignoreOutgoing);
        this.attached = this.attach(options.programs);
      }
      if (options.promiscuous) this.#promiscuous();
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /** Packets that passed the filter since the start, and those of them that found no room. */
  statistics(): { received: number; dropped: number } {
    // struct tpacket_stats_v3 { u32 tp_packets; u32 tp_drops; u32 tp_freeze_q_cnt; }: reading sets it back to zero.
    const length = Uint32Array.of(this.#counters.byteLength);
    const code = libc().getsockopt(
      this.descriptor,
      SOL_PACKET,
      PACKET_STATISTICS,
      bytesOf(this.#counters),
      bytesOf(length),
    );
    checked(code, `${this.#name}: PACKET_STATISTICS`, libcFailure);
    this.#received += this.#counters[0];
    this.#dropped += this.#counters[1];
    return { received: this.#received, dropped: this.#dropped };
  }

  /** The error that waits on the socket (ENETDOWN when the interface goes down), 0 for none; asking clears it. */
  takeError(): number {
    const value = Uint32Array.of(0), length = Uint32Array.of(4);
    const code = libc().getsockopt(this.descriptor, SOL_SOCKET, SO_ERROR, bytesOf(value), bytesOf(length));
    return code < 0 ? 0 : value[0];
  }

  /** False once the interface is gone for good: the kernel has then unbound the socket. */
  isBound(): boolean {
    if (this.#boundTo === 0) return true;
    const address = new Uint8Array(SOCKADDR_LL.size), length = Uint32Array.of(SOCKADDR_LL.size);
    if (libc().getsockname(this.descriptor, address, bytesOf(length)) < 0) return false;
    return new DataView(address.buffer).getInt32(SOCKADDR_LL.interfaceIndex, true) === this.#boundTo;
  }

  /** Unmaps and closes. No poll may be under way. */
  close(): void {
    this.buffer.transfer(0); // views of it have length 0 from here on; reading unmapped memory would end the process
    libc().munmap(this.#memory, BigInt(this.blocks * this.blockBytes));
    libc().close(this.descriptor);
  }

  /** From now on only packets that a program accepts are received. @returns which of them the kernel took */
  attach(programs: readonly Uint8Array<ArrayBuffer>[]): number {
    let code = 0;
    for (let i = 0; i < programs.length; i++) {
      code = this.#trySetOption(SOL_SOCKET, SO_ATTACH_FILTER, programStruct(programs[i]));
      if (code === 0) return i;
    }
    return checked(code, `${this.#name}: attaching the filter`, libcFailure);
  }

  /** From now on the packets of its group are shared by another program. */
  share(program: Uint8Array<ArrayBuffer>): void {
    const code = this.#trySetOption(SOL_PACKET, PACKET_FANOUT_DATA, programStruct(program));
    checked(code, `${this.#name}: PACKET_FANOUT_DATA`, libcFailure);
  }

  #setOption(title: string, option: number, value: Uint32Array<ArrayBuffer>): void {
    checked(this.#trySetOption(SOL_PACKET, option, value), `${this.#name}: ${title}`, libcFailure);
  }

  #trySetOption(level: number, option: number, value: Uint8Array<ArrayBuffer> | Uint32Array<ArrayBuffer>): number {
    return libc().setsockopt(this.descriptor, level, option, bytesOf(value), value.byteLength);
  }

  #allocate(options: PacketRingOptions): number {
    for (let blocks = options.blocks;; blocks >>= 1) {
      const frames = (options.blockBytes / FRAME_BYTES) * blocks;
      // struct tpacket_req3 { block_size, block_nr, frame_size, frame_nr, retire_blk_tov, sizeof_priv, feature_req_word }
      const request = Uint32Array.of(options.blockBytes, blocks, FRAME_BYTES, frames, options.retireMs, 0, 0);
      const code = this.#trySetOption(SOL_PACKET, PACKET_RX_RING, request);
      if (code < 0) {
        const failure = libcFailure();
        if (failure.code === ENOMEM && blocks >> 1 >= options.fewestBlocks) continue;
        checked(code, `${this.#name}: PACKET_RX_RING`, () => failure);
      }
      if (blocks < options.blocks) {
        this.warnings.push(`memory is short: a ring of ${megabytes(blocks)} instead of ${megabytes(options.blocks)}`);
      }
      return blocks;
    }
    function megabytes(blocks: number): string {
      return `${(blocks * options.blockBytes) / 2 ** 20} MB`;
    }
  }

  #map(): Deno.PointerObject {
    const length = BigInt(this.blocks * this.blockBytes);
    const memory = libc().mmap(null, length, PROT_READ_WRITE, MAP_SHARED, this.descriptor, 0n);
    if (memory === null || BigInt(Deno.UnsafePointer.value(memory)) === MAP_FAILED) {
      checked(-1, `${this.#name}: mapping the ring`, libcFailure);
      throw new NativeError("system", "mmap");
    }
    return memory;
  }

  #bind(): void {
    const address = new Uint8Array(SOCKADDR_LL.size), view = new DataView(address.buffer);
    view.setUint16(SOCKADDR_LL.family, AF_PACKET, true);
    view.setUint16(SOCKADDR_LL.protocol, ETH_P_ALL, false);
    view.setInt32(SOCKADDR_LL.interfaceIndex, this.#boundTo, true);
    checked(libc().bind(this.descriptor, address, address.length), `bind to ${this.#name}`, libcFailure);
  }

  #enter({ id, members, program }: FanoutGroup, ignoreOutgoing: boolean): void {
    // What the socket says of outgoing packets does not count in a group.
    const mode = PACKET_FANOUT_CBPF | (ignoreOutgoing ? PACKET_FANOUT_FLAG_IGNORE_OUTGOING : 0);
    // struct fanout_args { u16 id; u16 type_flags; u32 max_num_members; }: with the ceiling nobody else can enter a
    // group that is complete and take packets away. Kernels before 5.11 do not know it, and refuse it.
    const code = this.#trySetOption(SOL_PACKET, PACKET_FANOUT, Uint32Array.of(id | mode << 16, members));
    checked(code, `${this.#name}: PACKET_FANOUT (several lanes need Linux 5.11)`, libcFailure);
    this.share(program);
  }

  #promiscuous(): void {
    const request = new Uint8Array(PACKET_MREQ.size), view = new DataView(request.buffer);
    view.setInt32(PACKET_MREQ.interfaceIndex, this.#boundTo, true);
    view.setUint16(PACKET_MREQ.type, PACKET_MR_PROMISC, true);
    if (this.#trySetOption(SOL_PACKET, PACKET_ADD_MEMBERSHIP, request) < 0) {
      this.warnings.push(`promiscuous mode is refused: ${errorText(libcFailure().code)}`);
    }
  }
}

/** What kind of link an interface of Linux is: ARPHRD_ value of linux/if_arp.h. */
export function hardwareType(name: string): number {
  const descriptor = checked(libc().socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), "socket", libcFailure);
  try {
    const request = new Uint8Array(IFREQ.size);
    request.set(toCString(name).subarray(0, IFREQ.nameBytes - 1), IFREQ.name);
    checked(libc().ioctl(descriptor, BigInt(SIOCGIFHWADDR), request), name, libcFailure);
    return new DataView(request.buffer).getUint16(IFREQ.hardwareType, true);
  } finally {
    libc().close(descriptor);
  }
}

function bytesOf(array: Uint8Array<ArrayBuffer> | Uint32Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}
