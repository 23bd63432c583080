/**
 * Where the fields of C structs lie, in bytes, on 64-bit systems. Linux was verified; macOS, BSD and Windows are
 * written down from their headers and have not been run.
 */

const system = Deno.build.os;
const isBsd = system === "darwin" || system === "freebsd" || system === "netbsd";

/** `PCAP_ERRBUF_SIZE` */
export const PCAP_ERROR_BYTES = 256;

/**
 *     struct pcap_if {                  struct pcap_addr {
 *       struct pcap_if *next;      0      struct pcap_addr *next;      0
 *       char *name;                8      struct sockaddr *addr;       8
 *       char *description;        16      struct sockaddr *netmask;   16
 *       struct pcap_addr *address;24      struct sockaddr *broadaddr; 24
 *       bpf_u_int32 flags;        32      struct sockaddr *dstaddr;   32
 *     };                                };
 */
export const PCAP_IF = { next: 0, name: 8, description: 16, addresses: 24, flags: 32 } as const;
export const PCAP_ADDR = { next: 0, address: 8, netmask: 16 } as const;
export const PCAP_IF_LOOPBACK = 1;
export const PCAP_IF_UP = 2;
export const PCAP_IF_RUNNING = 4;

/**
 *     Linux, Windows: struct sockaddr { uint16_t family; ... }
 *     BSD, macOS:     struct sockaddr { uint8_t len; uint8_t family; ... }
 *     sockaddr_in:    address at 4; sockaddr_in6: address at 8
 */
export const SOCKADDR = {
  familyIsByteAt1: isBsd,
  inet: 2,
  inet6: system === "darwin"
    ? 30
    : system === "freebsd"
    ? 28
    : system === "netbsd"
    ? 24
    : system === "windows"
    ? 23
    : 10,
  inetAddress: 4,
  inet6Address: 8,
} as const;

/**
 *     struct pcap_pkthdr {        Linux, BSD   macOS   Windows
 *       time_t tv_sec;                0 (8)    0 (8)    0 (4)
 *       suseconds_t tv_usec;          8 (8)    8 (4)    4 (4)   nanoseconds when asked for
 *       bpf_u_int32 caplen;          16       16        8
 *       bpf_u_int32 len;             20       20       12       (macOS: a comment follows)
 *     };
 * The low 32 bits of the seconds are read everywhere: enough until 2106.
 */
export const PCAP_PKTHDR = system === "windows"
  ? { seconds: 0, fraction: 4, captured: 8, wire: 12, size: 16 } as const
  : { seconds: 0, fraction: 8, captured: 16, wire: 20, size: 24 } as const;

/** `struct pcap_stat { u_int ps_recv; u_int ps_drop; u_int ps_ifdrop; }`; on Windows three more follow. */
export const PCAP_STAT = { received: 0, dropped: 4, size: 24 } as const;

/**
 *     struct bpf_program { u_int bf_len; struct bpf_insn *bf_insns; }        0, 8
 *     struct sock_fprog  { unsigned short len; struct sock_filter *filter; } 0, 8
 * An instruction is `{ u16 code; u8 jt; u8 jf; u32 k; }`.
 */
export const BPF_PROGRAM = { length: 0, instructions: 8, size: 16 } as const;
export const BPF_INSTRUCTION_BYTES = 8;

/** Linux: `struct pollfd { int fd; short events; short revents; }` */
export const POLLFD = { descriptor: 0, events: 4, size: 8 } as const;

/**
 * Linux, linux/if_packet.h:
 *
 *     struct sockaddr_ll { u16 family 0; be16 protocol 2; int ifindex 4; u16 hatype 8; u8 pkttype 10; u8 halen 11;
 *                          u8 addr[8] 12; }
 *     struct packet_mreq { int ifindex 0; u16 type 4; u16 alen 6; u8 address[8] 8; }
 *     struct ifreq       { char name[16] 0; struct sockaddr hwaddr 16; ... }   the family is the hardware type
 */
export const SOCKADDR_LL = { family: 0, protocol: 2, interfaceIndex: 4, size: 20 } as const;
export const PACKET_MREQ = { interfaceIndex: 0, type: 4, size: 16 } as const;
export const IFREQ = { name: 0, nameBytes: 16, hardwareType: 16, size: 40 } as const;

/**
 * Linux, TPACKET_V3: a ring is so many blocks; a block is a header and a chain of frames, each aligned to 16 bytes.
 *
 *     struct tpacket_block_desc { u32 version 0; u32 offset_to_priv 4; u32 block_status 8; u32 num_pkts 12;
 *                                 u32 offset_to_first_pkt 16; u32 blk_len 20; ... }
 *     struct tpacket3_hdr { u32 next_offset 0; u32 sec 4; u32 nsec 8; u32 snaplen 12; u32 len 16; u32 status 20;
 *                           u16 mac 24; u16 net 26; u32 rxhash 28; u32 vlan_tci 32; u16 vlan_tpid 36; ... }  48 bytes,
 *     struct sockaddr_ll  behind it, at 48
 */
export const TPACKET_BLOCK = { status: 8, packets: 12, firstOffset: 16 } as const;
export const TPACKET3 = {
  nextOffset: 0,
  sec: 4,
  nsec: 8,
  captured: 12,
  wire: 16,
  /** Where the frame begins, from the header on: the link header, or the network header of a cooked socket. */
  frameOffset: 24,
  address: 48,
} as const;
/** `TP_STATUS_USER`: the block is the program's until it writes `TP_STATUS_KERNEL`. */
export const BLOCK_IS_OURS = 1;
export const BLOCK_IS_KERNELS = 0;
