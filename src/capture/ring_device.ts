/** What an interface of Linux gives to a packet socket, and the program that goes with that. */
import { hardwareType, interfaceIndex, NativeError, PcapHandle } from "../../ffi/mod.ts";
import { LINK } from "../core/packet.ts";
import { onAllInterfaces, onlyReceived } from "./bpf_link.ts";
import { type Compile, compilerFor, type LiveFilter, SNAP_LENGTH } from "./live_filter.ts";

/** The name that stands for all interfaces. */
export const ANY = "any";
/** ARPHRD_ values of linux/if_arp.h: the links whose frames have an Ethernet header. */
const ARPHRD_ETHER = 1, ARPHRD_LOOPBACK = 772;

export interface RingDevice {
  readonly name: string;
  /** 0 for all interfaces. */
  readonly index: number;
  readonly isLoopback: boolean;
  /** Packets are taken without their link header: from all interfaces, and from tunnels, which have none. */
  readonly cooked: boolean;
}

/** Throws a NativeError of kind `device` if there is no such interface. */
export function ringDevice(name: string): RingDevice {
  if (name === ANY) return { name, index: 0, isLoopback: false, cooked: true };
  const index = interfaceIndex(name);
  if (index === 0) throw new NativeError("device", `${name}: there is no such interface`);
  const type = hardwareType(name);
  const isLoopback = type === ARPHRD_LOOPBACK;
  return { name, index, isLoopback, cooked: !isLoopback && type !== ARPHRD_ETHER };
}

/** The programs to attach, best first. */
export function ringPrograms(device: RingDevice, filter: LiveFilter | undefined): Uint8Array<ArrayBuffer>[] {
  const compile = compilerFor(device.cooked ? LINK.RAW : LINK.ETHERNET);
  const plain = filter === undefined
    ? [compile("")]
    : filter.programs(!device.cooked, compile, extraCompiler(device, compile));
  if (device.index === 0) {
    const loopbackIndex = interfaceIndex("lo");
    return plain.map((program) => onAllInterfaces(program, loopbackIndex));
  }
  return device.isLoopback ? plain.map(onlyReceived) : plain;
}

/**
 * The user's expression is compiled on a handle that libpcap has opened on the interface, as tcpdump does: only then
 * `vlan` finds tags that the kernel has taken off, and `inbound` means something.
 */
function extraCompiler(device: RingDevice, compile: Compile): Compile {
  if (device.cooked) return compile;
  return (expression) => {
    if (expression === "") return compile("");
    const options = { snapLength: SNAP_LENGTH, promiscuous: false, timeoutMs: 100, bufferBytes: 1024 * 1024 };
    const handle = new PcapHandle(device.name, options);
    try {
      return handle.compile(expression);
    } finally {
      handle.close();
    }
  };
}
