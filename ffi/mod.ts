/**
 * The public face of everything written in C: libpcap, and on Linux the C library. Nothing is opened on import, only
 * when a function is first called; so help, and reading files without a filter, work where libpcap is missing.
 *
 * Deno's permissions: `--allow-ffi` without a list of paths, since pointers may not be followed with a scoped one; no
 * other. The operating system's: interfaces() and compileFilter() need none; PacketRing and PcapHandle need CAP_NET_RAW
 * on Linux, access to /dev/bpf* on macOS and BSD, and Npcap's consent on Windows.
 */
export { compileFilter } from "./filter.ts";
export { NativeError, type NativeErrorKind } from "./errors.ts";
export { interfaces, type NetworkInterface } from "./interfaces.ts";
export { BLOCK_IS_KERNELS, BLOCK_IS_OURS, SOCKADDR_LL, TPACKET3, TPACKET_BLOCK } from "./layout.ts";
export { ENETDOWN, errorText, interfaceIndex } from "./libc.ts";
export { type FanoutGroup, hardwareType, PacketRing, type PacketRingOptions } from "./packet_ring.ts";
export { NotifySocket } from "./notify_socket.ts";
export { PcapHandle, type PcapOptions } from "./pcap_handle.ts";
export { PollSet } from "./poll.ts";
