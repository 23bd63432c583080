/** Filter expressions (pcap-filter(7)) to classic BPF, by libpcap's compiler. */
import { fromCPointer, pointerAt, toCString } from "./cstring.ts";
import { NativeError } from "./errors.ts";
import { BPF_INSTRUCTION_BYTES, BPF_PROGRAM } from "./layout.ts";
import { libpcap } from "./libpcap.ts";
import { dltOfLinkType } from "./linktype.ts";

const NETMASK_UNKNOWN = 0xffffffff;

/**
 * Compiles an expression for packets of a link type, as they stand in files. Names of hosts in it are looked up at
 * once, which may take a while.
 *
 * @param linkType LINKTYPE_ value
 * @param snapLength what the program returns for a packet that matches; 0 for the others
 * @returns the instructions, 8 bytes each: `{ u16 code; u8 jt; u8 jf; u32 k; }`, little-endian
 * @throws NativeError of kind `filter` with libpcap's message, or `library`
 */
export function compileFilter(expression: string, linkType: number, snapLength: number): Uint8Array<ArrayBuffer> {
  const handle = libpcap().pcap_open_dead(dltOfLinkType(linkType), snapLength);
  if (handle === null) throw new NativeError("system", "pcap_open_dead: out of memory");
  try {
    return compileOn(handle, expression);
  } finally {
    libpcap().pcap_close(handle);
  }
}

/** Compiles an expression for the packets of an open handle. */
export function compileOn(handle: Deno.PointerObject, expression: string): Uint8Array<ArrayBuffer> {
  const program = new Uint8Array(BPF_PROGRAM.size);
  const text = toCString(expression);
  if (expression.includes("\0") || libpcap().pcap_compile(handle, program, text, 1, NETMASK_UNKNOWN) !== 0) {
    const reason = expression.includes("\0") ? "it contains a zero byte" : fromCPointer(libpcap().pcap_geterr(handle));
    throw new NativeError("filter", reason);
  }
  const length = new DataView(program.buffer).getUint32(BPF_PROGRAM.length, true) * BPF_INSTRUCTION_BYTES;
  const instructions = new Uint8Array(length);
  const first = pointerAt(program, BPF_PROGRAM.instructions);
  if (first !== null) Deno.UnsafePointerView.copyInto(first, instructions);
  libpcap().pcap_freecode(program);
  return instructions;
}

/** The struct that hands instructions to libpcap or to the kernel; it borrows them, so keep both until the call returns. */
export function programStruct(instructions: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const struct = new Uint8Array(BPF_PROGRAM.size);
  const view = new DataView(struct.buffer);
  view.setUint32(BPF_PROGRAM.length, instructions.length / BPF_INSTRUCTION_BYTES, true);
  // Of the buffer, not of the array: short arrays may lie in V8's heap, which moves them, until their buffer is asked for.
  const address = Deno.UnsafePointer.value(Deno.UnsafePointer.of(instructions.buffer));
  view.setBigUint64(BPF_PROGRAM.instructions, BigInt(address) + BigInt(instructions.byteOffset), true);
  return struct;
}
