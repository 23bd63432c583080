/** The functions of libpcap that are used: https://www.tcpdump.org/manpages/pcap.3pcap.html */
import type { Failure } from "./errors.ts";
import { fromCPointer } from "./cstring.ts";
import { lazily } from "./load.ts";

const symbols = {
  pcap_findalldevs: { parameters: ["buffer", "buffer"], result: "i32" }, // pcap_if_t **alldevsp, char *errbuf
  pcap_freealldevs: { parameters: ["pointer"], result: "void" }, // pcap_if_t *alldevs
  pcap_create: { parameters: ["buffer", "buffer"], result: "pointer" }, // char *source, char *errbuf
  pcap_open_dead: { parameters: ["i32", "i32"], result: "pointer" }, // int linktype, int snaplen
  pcap_set_snaplen: { parameters: ["pointer", "i32"], result: "i32" }, // pcap_t *p, int snaplen
  pcap_set_promisc: { parameters: ["pointer", "i32"], result: "i32" }, // pcap_t *p, int promisc
  pcap_set_timeout: { parameters: ["pointer", "i32"], result: "i32" }, // pcap_t *p, int to_ms
  pcap_set_buffer_size: { parameters: ["pointer", "i32"], result: "i32" }, // pcap_t *p, int buffer_size
  pcap_set_tstamp_precision: { parameters: ["pointer", "i32"], result: "i32" }, // pcap_t *p, int tstamp_precision
  pcap_activate: { parameters: ["pointer"], result: "i32" }, // pcap_t *p
  pcap_close: { parameters: ["pointer"], result: "void" }, // pcap_t *p
  pcap_datalink: { parameters: ["pointer"], result: "i32" }, // pcap_t *p
  pcap_compile: { parameters: ["pointer", "buffer", "buffer", "i32", "u32"], result: "i32" }, // pcap_t *p, struct bpf_program *fp, char *str, int optimize, bpf_u_int32 netmask
  pcap_freecode: { parameters: ["buffer"], result: "void" }, // struct bpf_program *fp
  pcap_setfilter: { parameters: ["pointer", "buffer"], result: "i32" }, // pcap_t *p, struct bpf_program *fp
  pcap_setnonblock: { parameters: ["pointer", "i32", "buffer"], result: "i32" }, // pcap_t *p, int nonblock, char *errbuf
  pcap_get_selectable_fd: { parameters: ["pointer"], result: "i32", optional: true }, // pcap_t *p; missing on Windows
  pcap_next_ex: { parameters: ["pointer", "buffer", "buffer"], result: "i32" }, // pcap_t *p, struct pcap_pkthdr **h, const u_char **data
  pcap_stats: { parameters: ["pointer", "buffer"], result: "i32" }, // pcap_t *p, struct pcap_stat *ps
  pcap_geterr: { parameters: ["pointer"], result: "pointer" }, // pcap_t *p
  pcap_statustostr: { parameters: ["i32"], result: "pointer" }, // int error
} as const satisfies Deno.ForeignLibraryInterface;

/** Where libpcap is found; the names that are not Linux's or the first macOS one are from documentation. */
export const LIBPCAP_NAMES = {
  title: "libpcap",
  files: {
    linux: ["libpcap.so.0.8", "libpcap.so.1", "libpcap.so"],
    darwin: ["libpcap.A.dylib", "/usr/lib/libpcap.dylib", "/usr/lib/libpcap.A.dylib"],
    windows: [`C:\\Windows\\System32\\Npcap\\wpcap.dll`, "wpcap.dll"],
    freebsd: ["libpcap.so.8", "libpcap.so"],
    netbsd: ["libpcap.so"],
  },
  before: { windows: `C:\\Windows\\System32\\Npcap\\Packet.dll` },
  install: {
    linux: "`apt install libpcap0.8`, `dnf install libpcap`, `apk add libpcap` or `pacman -S libpcap`",
    darwin: "it is part of macOS; or `brew install libpcap`",
    windows: "Npcap from https://npcap.com",
    freebsd: "`pkg install libpcap`",
    netbsd: "`pkgin install libpcap`",
  },
} as const;

/** The library; opened when first called. Throws a NativeError of kind `library` where it is missing. */
export const libpcap = lazily(LIBPCAP_NAMES, symbols);

const PCAP_ERROR_NO_SUCH_DEVICE = -5;
const PCAP_ERROR_PERM_DENIED = -8;
const PCAP_ERROR_IFACE_NOT_UP = -9;
const PCAP_ERROR_PROMISC_PERM_DENIED = -11;

/** Why a call on this handle failed. To be asked before the handle is closed. */
export function pcapFailure(handle: Deno.PointerValue): (code: number) => Failure {
  return (code) => {
    const detail = fromCPointer(libpcap().pcap_geterr(handle));
    const status = code === -1 ? "" : fromCPointer(libpcap().pcap_statustostr(code));
    const text = status === "" || status === detail
      ? detail || "failed"
      : detail === ""
      ? status
      : `${status} (${detail})`;
    if (code === PCAP_ERROR_PERM_DENIED || code === PCAP_ERROR_PROMISC_PERM_DENIED) {
      return { kind: "privilege", text, code };
    }
    const device = code === PCAP_ERROR_NO_SUCH_DEVICE || code === PCAP_ERROR_IFACE_NOT_UP;
    return { kind: device ? "device" : "system", text, code };
  };
}
