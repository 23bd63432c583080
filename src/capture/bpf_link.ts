/**
 * Puts classic BPF programs together. Jumps in them are relative, so a program runs wherever it stands; and since each
 * part is compiled by itself, a word that moves libpcap's offsets (`vlan`) in one has no effect on the other. (In one
 * text it moves them for all that follows; and compiling takes time by the square of the length.)
 */
import { u16le, u32le } from "../bytes/read.ts";
import { BPF } from "./bpf.ts";

export type Instruction = readonly [code: number, jt: number, jf: number, k: number];

/** Loads of the kernel's own facts: SKF_AD_ of linux/filter.h. */
const KERNEL_FACT = 0xfffff000;
export const PROTOCOL = KERNEL_FACT + 0;
const PACKET_TYPE = KERNEL_FACT + 4;
const INTERFACE_INDEX = KERNEL_FACT + 8;

const OUTGOING = 4;
/** EtherTypes of VLAN tags: 802.1Q, 802.1ad, and what came before that. */
const TAG_TYPES = [0x8100, 0x88a8, 0x9100] as const;
const TAG_BYTES = 4;
const ETHER_TYPE_AT = 12;

const LOAD_HALF = BPF.LD | BPF.H | BPF.ABS;
const LOAD = BPF.LD | BPF.W | BPF.ABS;
const EQUAL = BPF.JMP | BPF.JEQ | BPF.K;
const JUMP = BPF.JMP | BPF.JA;
const RETURN = BPF.RET | BPF.K;

/** The bytes of instructions. */
export function assemble(instructions: readonly Instruction[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(instructions.length * 8), view = new DataView(bytes.buffer);
  instructions.forEach(([code, jt, jf, k], i) => {
    view.setUint16(i * 8, code, true);
    view.setUint8(i * 8 + 2, jt);
    view.setUint8(i * 8 + 3, jf);
    view.setUint32(i * 8 + 4, k, true);
  });
  return bytes;
}

function joined(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/** A program for packets that both programs accept; it returns what the second returns. */
export function conjoin(first: Uint8Array, second: Uint8Array): Uint8Array<ArrayBuffer> {
  const bytes = joined(first, second), view = new DataView(bytes.buffer);
  for (let at = 0; at < first.length; at += 8) {
    if (u16le(bytes, at) !== RETURN || u32le(bytes, at + 4) === 0) continue;
    view.setUint16(at, JUMP, true); // where the first accepts, go on behind it
    view.setUint32(at + 4, (first.length - at) / 8 - 1, true);
  }
  return bytes;
}

/** The program for packets that begin `distance` bytes later. */
export function shifted(program: Uint8Array, distance: number): Uint8Array<ArrayBuffer> {
  const bytes = joined(program), view = new DataView(bytes.buffer);
  for (let at = 0; at < bytes.length; at += 8) {
    const code = u16le(bytes, at), k = u32le(bytes, at + 4), kind = code & 7, mode = code & 0xe0;
    const reads = kind === BPF.LD && (mode === BPF.ABS || mode === BPF.IND) || kind === BPF.LDX && mode === BPF.MSH;
    if (reads && k < KERNEL_FACT) view.setUint32(at + 4, k + distance, true);
  }
  return bytes;
}

/** If A is the type of a tag, jumps over so many of the instructions that follow these. */
function jumpIfTag(skip: number): Instruction[] {
  return TAG_TYPES.map((type, i) => [EQUAL, TAG_TYPES.length - 1 - i + skip, 0, type]);
}

/** The program for Ethernet frames with no, one or two VLAN tags in them, where it is one for frames without. */
export function behindTags(program: Uint8Array): Uint8Array<ArrayBuffer> {
  const count = program.length / 8;
  return joined(
    assemble([
      [LOAD_HALF, 0, 0, ETHER_TYPE_AT],
      ...jumpIfTag(1),
      [JUMP, 0, 0, TAG_TYPES.length + 3], // no tag
      [LOAD_HALF, 0, 0, ETHER_TYPE_AT + TAG_BYTES],
      ...jumpIfTag(1),
      [JUMP, 0, 0, count + 1], // one
      [JUMP, 0, 0, 2 * count], // two
    ]),
    program,
    shifted(program, TAG_BYTES),
    shifted(program, 2 * TAG_BYTES),
  );
}

/** For the loopback interface of Linux, where each packet passes twice: only the copy that is received. */
export function onlyReceived(program: Uint8Array): Uint8Array<ArrayBuffer> {
  return joined(
    assemble([
      [LOAD, 0, 0, PACKET_TYPE],
      [EQUAL, 0, 1, OUTGOING],
      [RETURN, 0, 0, 0],
    ]),
    program,
  );
}

/**
 * For a cooked socket on all interfaces of Linux, whose packets begin at the network layer: drops the copy of a packet
 * that is sent on the loopback interface, and lets the program see what stands behind a VLAN tag. The kernel has taken
 * the outermost tag off; a received packet with one more begins with the rest of that: two bytes, and the type of what
 * follows. (A packet that is sent begins behind its tags.)
 */
export function onAllInterfaces(program: Uint8Array, loopbackIndex: number): Uint8Array<ArrayBuffer> {
  const count = program.length / 8;
  return joined(
    assemble([
      [LOAD, 0, 0, PACKET_TYPE],
      [EQUAL, 0, 3, OUTGOING],
      [LOAD, 0, 0, INTERFACE_INDEX],
      [EQUAL, 0, TAG_TYPES.length + 2, loopbackIndex],
      [RETURN, 0, 0, 0],
      [LOAD, 0, 0, PROTOCOL],
      ...jumpIfTag(1),
      [JUMP, 0, 0, 1],
      [JUMP, 0, 0, count],
    ]),
    program,
    shifted(program, TAG_BYTES),
  );
}
