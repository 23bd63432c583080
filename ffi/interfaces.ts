/** The network interfaces of this machine, from pcap_findalldevs. */
import { fromCBuffer, fromCPointer, pointerAt } from "./cstring.ts";
import { checked } from "./errors.ts";
import {
  PCAP_ADDR,
  PCAP_ERROR_BYTES,
  PCAP_IF,
  PCAP_IF_LOOPBACK,
  PCAP_IF_RUNNING,
  PCAP_IF_UP,
  SOCKADDR,
} from "./layout.ts";
import { interfaceIndex } from "./libc.ts";
import { libpcap } from "./libpcap.ts";

export interface NetworkInterface {
  readonly name: string;
  /** For people; empty on most systems. */
  readonly description: string;
  /** IPv4 and IPv6 addresses with the length of their network, in the system's order: `127.0.0.1/8`, `::1/128`. */
  readonly addresses: readonly string[];
  readonly isLoopback: boolean;
  readonly isUp: boolean;
  readonly isRunning: boolean;
}

/**
 * All interfaces, also those without an address, in the order of the operating system. libpcap's other sources (`any`,
 * nflog, USB, D-Bus) are left out. Throws a NativeError.
 */
export function interfaces(): NetworkInterface[] {
  const head = new Uint8Array(8), error = new Uint8Array(PCAP_ERROR_BYTES);
  checked(
    libpcap().pcap_findalldevs(head, error),
    "listing the interfaces",
    (code) => ({ kind: "system", text: fromCBuffer(error), code }),
  );
  const first = pointerAt(head, 0);
  const found: { index: number; device: NetworkInterface }[] = [];
  try {
    for (let at = first; at !== null;) {
      const view = new Deno.UnsafePointerView(at);
      const device = readInterface(view);
      // Only Linux has pseudo-devices in the list, and only there the order of the list is not the system's.
      const index = Deno.build.os === "linux" ? interfaceIndex(device.name) : found.length + 1;
      if (index !== 0) found.push({ index, device });
      at = view.getPointer(PCAP_IF.next);
    }
  } finally {
    libpcap().pcap_freealldevs(first);
  }
  return found.sort((a, b) => a.index - b.index).map(({ device }) => device);
}

function readInterface(view: Deno.UnsafePointerView): NetworkInterface {
  const flags = view.getUint32(PCAP_IF.flags);
  const addresses: string[] = [];
  for (let at = view.getPointer(PCAP_IF.addresses); at !== null;) {
    const entry = new Deno.UnsafePointerView(at);
    const text = cidr(entry.getPointer(PCAP_ADDR.address), entry.getPointer(PCAP_ADDR.netmask));
    if (text !== "") addresses.push(text);
    at = entry.getPointer(PCAP_ADDR.next);
  }
  return {
    name: fromCPointer(view.getPointer(PCAP_IF.name)),
    description: fromCPointer(view.getPointer(PCAP_IF.description)),
    addresses,
    isLoopback: (flags & PCAP_IF_LOOPBACK) !== 0,
    isUp: (flags & PCAP_IF_UP) !== 0,
    isRunning: (flags & PCAP_IF_RUNNING) !== 0,
  };
}

/** Text of an address and its netmask; empty for other families (hardware addresses). */
function cidr(address: Deno.PointerValue, netmask: Deno.PointerValue): string {
  if (address === null) return "";
  const view = new Deno.UnsafePointerView(address);
  const family = SOCKADDR.familyIsByteAt1 ? view.getUint8(1) : view.getUint16(0);
  const isV4 = family === SOCKADDR.inet;
  if (!isV4 && family !== SOCKADDR.inet6) return "";
  const offset = isV4 ? SOCKADDR.inetAddress : SOCKADDR.inet6Address, length = isV4 ? 4 : 16;
  const bytes = new Uint8Array(length);
  view.copyInto(bytes, offset);
  const text = isV4 ? bytes.join(".") : ipv6Text(bytes);
  return `${text}/${netmask === null ? length * 8 : prefixLength(netmask, offset, length)}`;
}

function prefixLength(netmask: Deno.PointerObject, offset: number, length: number): number {
  const view = new Deno.UnsafePointerView(netmask);
  for (let i = 0; i < length; i++) {
    const byte = view.getUint8(offset + i);
    if (byte !== 0xff) return i * 8 + Math.clz32(~byte << 24);
  }
  return length * 8;
}

/** The short form after RFC 5952, which is also how a URL spells its host. */
function ipv6Text(bytes: Uint8Array): string {
  const groups: string[] = [];
  for (let i = 0; i < 16; i += 2) groups.push(((bytes[i] << 8) | bytes[i + 1]).toString(16));
  return new URL(`http://[${groups.join(":")}]`).hostname.slice(1, -1);
}
