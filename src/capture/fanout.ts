/**
 * Which lane a packet goes to, told to the kernel as a classic BPF program (PACKET_FANOUT_CBPF of packet(7)).
 *
 * Segments of TCP go by their addresses and ports, in both directions alike. Whatever else IP carries goes by its addresses
 * alone: the fragments of a datagram have no ports, and of a tunnel (VXLAN, GRE) the ports, if there are any, differ by
 * direction; so both stay together with all that goes between the same two hosts. (The kernel's own hash,
 * PACKET_FANOUT_HASH, tears both apart, and its PACKET_FANOUT_FLAG_DEFRAG mixes what several groups see of one datagram.)
 * What is not plain IP goes to the first lane: MPLS, PPPoE, a second VLAN tag.
 */
import { BPF } from "./bpf.ts";
import { assemble, type Instruction, PROTOCOL } from "./bpf_link.ts";

/** What the lanes of one process have in common. */
export interface FanoutMembers {
  /** Chosen at random, so that another process does not have it: a group's number is this and the interface's. */
  readonly base: number;
  readonly lanes: number;
}

export interface Fanout extends FanoutMembers {
  /** TCP ports whose connections all go to the first lane, since what one of them says helps to read the others. */
  readonly together: readonly number[];
}

/** The group of an interface: 16 bits. */
export function groupOf({ base }: FanoutMembers, interfaceIndex: number): number {
  return (base + interfaceIndex) & 0xffff;
}

/** SKF_NET_OFF of linux/filter.h: from here on loads count from the network header, whatever stands before it. */
export const NETWORK = 0xfff00000;
const IPV4 = 0x0800, IPV6 = 0x86dd, TCP = 6, IPV6_HEADER_BYTES = 40;
/** Odd, with its bits in disorder: 2^32 divided by the golden ratio. */
const MIX = 0x9e3779b1;
/** Extension headers that are passed over, and how many of them; more are rare (RFC 8504, section 5.3). */
const EXTENSIONS = [0, 43, 60], MOST_EXTENSIONS = 4; // hop by hop, routing, destination
/** Places in memory: the sum of both addresses, a port, and which header is next. */
const SUM = 0, PORT = 1, NEXT = 2;

const LOAD = BPF.LD | BPF.W | BPF.ABS, LOAD_HALF = BPF.LD | BPF.H | BPF.ABS, LOAD_BYTE = BPF.LD | BPF.B | BPF.ABS;
const LOAD_HALF_AT_X = BPF.LD | BPF.H | BPF.IND, LOAD_BYTE_AT_X = BPF.LD | BPF.B | BPF.IND;
const RECALL = BPF.LD | BPF.MEM, RECALL_X = BPF.LDX | BPF.MEM, STORE = BPF.ST, SET_X = BPF.LDX | BPF.IMM;
const X_IS_A = BPF.MISC, ADD_X = BPF.ALU | BPF.ADD | BPF.X;
const ADD = BPF.ALU | BPF.ADD, AND = BPF.ALU | BPF.AND, SHIFT_LEFT = BPF.ALU | BPF.LSH, SHIFT_RIGHT = BPF.ALU | BPF.RSH;
const MULTIPLY = BPF.ALU | BPF.MUL;
const EQUAL = BPF.JMP | BPF.JEQ, ANY_BIT = BPF.JMP | BPF.JSET, JUMP = BPF.JMP | BPF.JA;
const RETURN = BPF.RET | BPF.K, RETURN_A = BPF.RET | BPF.A;

/** The program of all members of a group. */
export function fanoutProgram({ together }: Fanout): Uint8Array<ArrayBuffer> {
  const addPorts: Instruction[] = [
    [LOAD_HALF_AT_X, 0, 0, NETWORK],
    ...firstLaneIf(together),
    [STORE, 0, 0, PORT],
    [LOAD_HALF_AT_X, 0, 0, NETWORK + 2],
    ...firstLaneIf(together),
    [RECALL_X, 0, 0, PORT],
    [ADD_X, 0, 0, 0],
    [RECALL_X, 0, 0, SUM],
    [ADD_X, 0, 0, 0],
    [STORE, 0, 0, SUM],
  ];
  const ipv6: Instruction[] = [
    ...sumOfAddresses(8, 8),
    [LOAD_BYTE, 0, 0, NETWORK + 6],
    [SET_X, 0, 0, IPV6_HEADER_BYTES],
    ...passExtensions(),
    [EQUAL, 1, 0, TCP],
    [JUMP, 0, 0, addPorts.length],
  ];
  const ipv4: Instruction[] = [
    ...sumOfAddresses(12, 2),
    [LOAD_BYTE, 0, 0, NETWORK],
    [AND, 0, 0, 15],
    [SHIFT_LEFT, 0, 0, 2],
    [X_IS_A, 0, 0, 0], // the length of the header
    [LOAD_BYTE, 0, 0, NETWORK + 9],
    [EQUAL, 0, 2, TCP],
    [LOAD_HALF, 0, 0, NETWORK + 6], // flags and offset
    [ANY_BIT, 0, 1, 0x3fff],
    [JUMP, 0, 0, 1 + ipv6.length + addPorts.length],
    [JUMP, 0, 0, ipv6.length],
  ];
  return assemble([
    [LOAD, 0, 0, PROTOCOL],
    [EQUAL, 2, 0, IPV4],
    [EQUAL, 1 + ipv4.length, 0, IPV6],
    [RETURN, 0, 0, 0],
    ...ipv4,
    ...ipv6,
    ...addPorts,
    [RECALL, 0, 0, SUM],
    [MULTIPLY, 0, 0, MIX],
    [SHIFT_RIGHT, 0, 0, 16],
    [RETURN_A, 0, 0, 0],
  ]);
}

/** Loads both addresses and stores their sum, which is the same in both directions. */
function sumOfAddresses(at: number, words: number): Instruction[] {
  const more = Array.from({ length: words - 1 }, (_, i): Instruction[] => [
    [X_IS_A, 0, 0, 0],
    [LOAD, 0, 0, NETWORK + at + 4 * (i + 1)],
    [ADD_X, 0, 0, 0],
  ]);
  return [[LOAD, 0, 0, NETWORK + at], ...more.flat(), [STORE, 0, 0, SUM]];
}

/** With the kind of a header in A, which begins at X: goes on to the first that is no extension. */
function passExtensions(): Instruction[] {
  const pass: Instruction[] = [
    [LOAD_BYTE_AT_X, 0, 0, NETWORK],
    [STORE, 0, 0, NEXT],
    [LOAD_BYTE_AT_X, 0, 0, NETWORK + 1], // its length: in units of 8 bytes, the first of them not counted
    [ADD, 0, 0, 1],
    [SHIFT_LEFT, 0, 0, 3],
    [ADD_X, 0, 0, 0],
    [X_IS_A, 0, 0, 0],
    [RECALL, 0, 0, NEXT],
  ];
  const one: Instruction[] = [
    ...EXTENSIONS.map((kind, i): Instruction => [EQUAL, EXTENSIONS.length - i, 0, kind]),
    [JUMP, 0, 0, pass.length],
    ...pass,
  ];
  return Array.from({ length: MOST_EXTENSIONS }, () => one).flat();
}

/** Ends with the first lane if A is one of these. */
function firstLaneIf(values: readonly number[]): Instruction[] {
  return values.flatMap((value): Instruction[] => [[EQUAL, 0, 1, value], [RETURN, 0, 0, 0]]);
}
