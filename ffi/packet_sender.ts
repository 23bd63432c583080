/** Sends frames on an interface of Linux as they are, many with one call: packet(7), sendmmsg(2). For the benches. */
import { checked } from "./errors.ts";
import { SOCKADDR_LL } from "./layout.ts";
import { interfaceIndex, libc, libcFailure } from "./libc.ts";
import { lazily } from "./load.ts";

const AF_PACKET = 17, SOCK_RAW = 3, SOCK_CLOEXEC = 0x80000;
const SOL_PACKET = 263, PACKET_QDISC_BYPASS = 20;

const library = lazily({ title: "the C library", files: { linux: ["libc.so.6"] }, install: {} }, {
  sendmmsg: { parameters: ["i32", "buffer", "u32", "i32"], result: "i32" }, // int fd, struct mmsghdr *messages, unsigned count, int flags
});

/**
 *     struct iovec   { void *base 0; size_t length 8; }                                        16 bytes
 *     struct mmsghdr { struct msghdr { void *name 0; socklen_t namelen 8; struct iovec *iov 16; size_t iovlen 24;
 *                      void *control 32; size_t controllen 40; int flags 48; }; unsigned len 56; }  64 bytes
 */
const IOVEC_WORDS = 2, MMSGHDR_WORDS = 8, MMSGHDR_IOV = 2, MMSGHDR_IOVLEN = 3;

export class PacketSender {
  readonly #descriptor: number;
  readonly #name: string;
  /** Referred to by the messages. */
  readonly #vectors: BigUint64Array<ArrayBuffer>;
  readonly #messages: BigUint64Array<ArrayBuffer>;

  /**
   * @param memory holds all frames; what is changed in it is sent changed
   * @param starts where each begins
   * @throws NativeError
   */
  constructor(
    name: string,
    readonly memory: Uint8Array<ArrayBuffer>,
    starts: readonly number[],
    lengths: readonly number[],
  ) {
    this.#name = name;
    const base = addressOf(memory);
    this.#vectors = new BigUint64Array(IOVEC_WORDS * starts.length);
    this.#messages = new BigUint64Array(MMSGHDR_WORDS * starts.length);
    const vectors = addressOf(this.#vectors);
    for (let i = 0; i < starts.length; i++) {
      this.#vectors[IOVEC_WORDS * i] = base + BigInt(starts[i]);
      this.#vectors[IOVEC_WORDS * i + 1] = BigInt(lengths[i]);
      this.#messages[MMSGHDR_WORDS * i + MMSGHDR_IOV] = vectors + BigInt(IOVEC_WORDS * 8 * i);
      this.#messages[MMSGHDR_WORDS * i + MMSGHDR_IOVLEN] = 1n;
    }
    this.#descriptor = checked(libc().socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0), "packet socket", libcFailure);
    const address = new DataView(new ArrayBuffer(SOCKADDR_LL.size));
    address.setUint16(SOCKADDR_LL.family, AF_PACKET, true);
    address.setInt32(SOCKADDR_LL.interfaceIndex, interfaceIndex(name), true);
    const bytes = new Uint8Array(address.buffer);
    checked(libc().bind(this.#descriptor, bytes, bytes.length), `bind to ${name}`, libcFailure);
    const on = new Uint8Array(Uint32Array.of(1).buffer); // straight to the device, which takes them faster so
    checked(libc().setsockopt(this.#descriptor, SOL_PACKET, PACKET_QDISC_BYPASS, on, 4), name, libcFailure);
  }

  /** @returns how many of `count` frames from `first` on were sent, at least one */
  send(first: number, count: number): number {
    const messages = new Uint8Array(this.#messages.buffer, MMSGHDR_WORDS * 8 * first, MMSGHDR_WORDS * 8 * count);
    return checked(library().sendmmsg(this.#descriptor, messages, count, 0), `sending on ${this.#name}`, libcFailure);
  }

  close(): void {
    libc().close(this.#descriptor);
  }
}

function addressOf(array: Uint8Array<ArrayBuffer> | BigUint64Array<ArrayBuffer>): bigint {
  return BigInt(Deno.UnsafePointer.value(Deno.UnsafePointer.of(array)));
}
