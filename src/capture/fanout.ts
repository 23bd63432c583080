/**
 * Which lane a packet goes to, told to the kernel as a classic BPF program (PACKET_FANOUT_CBPF of packet(7)).
 *
 * The kernel's own hash (PACKET_FANOUT_HASH) looks at addresses and ports alone: the directions of a VXLAN, whose source
 * ports differ, and the fragments of a datagram would come apart. Here what has no ports to tell (fragments, GRE, packets
 * behind extension headers) and datagrams of encapsulations go by their outer addresses alone; and what is not plain IP
 * (MPLS, PPPoE, a second VLAN tag) goes to the first lane. So both directions of whatever is inside stay together, as
 * long as they travel between the same two addresses.
 */
import { TUNNEL_PORT } from "../core/encapsulation.ts";
import { BPF } from "./bpf.ts";
import { assemble, type Instruction, PROTOCOL } from "./bpf_link.ts";

/** What the lanes of one process have in common. */
export interface Fanout {
  /** Chosen at random, so that another process does not have it: a group's number is this and the interface's. */
  readonly base: number;
  readonly lanes: number;
}

/** The group of an interface: 16 bits. */
export function groupOf({ base }: Fanout, interfaceIndex: number): number {
  return (base + interfaceIndex) & 0xffff;
}

/** SKF_NET_OFF of linux/filter.h: from here on loads count from the network header, whatever stands before it. */
export const NETWORK = 0xfff00000;
const IPV4 = 0x0800, IPV6 = 0x86dd, TCP = 6, UDP = 17;
/** Odd, with its bits in disorder: 2^32 divided by the golden ratio. */
const MIX = 0x9e3779b1;
const SUM = 0;

const LOAD = BPF.LD | BPF.W | BPF.ABS, LOAD_HALF = BPF.LD | BPF.H | BPF.ABS, LOAD_BYTE = BPF.LD | BPF.B | BPF.ABS;
const LOAD_HALF_AT_X = BPF.LD | BPF.H | BPF.IND;
const RECALL = BPF.LD | BPF.MEM, RECALL_X = BPF.LDX | BPF.MEM, STORE = BPF.ST, SET_X = BPF.LDX | BPF.IMM;
const X_IS_A = BPF.MISC, ADD_X = BPF.ALU | BPF.ADD | BPF.X;
const AND = BPF.ALU | BPF.AND, SHIFT_LEFT = BPF.ALU | BPF.LSH, SHIFT_RIGHT = BPF.ALU | BPF.RSH;
const MULTIPLY = BPF.ALU | BPF.MUL;
const EQUAL = BPF.JMP | BPF.JEQ, ANY_BIT = BPF.JMP | BPF.JSET, JUMP = BPF.JMP | BPF.JA;
const RETURN = BPF.RET | BPF.K, RETURN_A = BPF.RET | BPF.A;

/** Loads both addresses and stores their sum: it is the same in both directions. */
function sumOfAddresses(at: number, words: number): Instruction[] {
  const more = Array.from({ length: words - 1 }, (_, i): Instruction[] => [
    [X_IS_A, 0, 0, 0],
    [LOAD, 0, 0, NETWORK + at + 4 * (i + 1)],
    [ADD_X, 0, 0, 0],
  ]);
  return [[LOAD, 0, 0, NETWORK + at], ...more.flat(), [STORE, 0, 0, SUM]];
}

/** Adds the ports, which begin at X, to the sum; with those of an encapsulation, or none, nothing is added. */
function ports(): Instruction[] {
  const tunnels = Object.values(TUNNEL_PORT);
  const add: Instruction[] = [
    [LOAD_HALF_AT_X, 0, 0, NETWORK],
    [STORE, 0, 0, SUM + 1],
    [LOAD_HALF_AT_X, 0, 0, NETWORK + 2],
    [RECALL_X, 0, 0, SUM + 1],
    [ADD_X, 0, 0, 0],
    [RECALL_X, 0, 0, SUM],
    [ADD_X, 0, 0, 0],
    [STORE, 0, 0, SUM],
  ];
  const isTunnel = (at: number, behind: number): Instruction[] => [
    [LOAD_HALF_AT_X, 0, 0, NETWORK + at],
    ...tunnels.map((port, i): Instruction => [EQUAL, tunnels.length - 1 - i + behind + add.length, 0, port]),
  ];
  const udp = [...isTunnel(0, tunnels.length + 1), ...isTunnel(2, 0)];
  return [
    [EQUAL, udp.length + 1, 0, TCP],
    [EQUAL, 0, udp.length + add.length, UDP],
    ...udp,
    ...add,
  ];
}

/** The program of all members of a group. */
export function fanoutProgram(): Uint8Array<ArrayBuffer> {
  const tail: Instruction[] = [
    ...ports(),
    [RECALL, 0, 0, SUM],
    [MULTIPLY, 0, 0, MIX],
    [SHIFT_RIGHT, 0, 0, 16],
    [RETURN_A, 0, 0, 0],
  ];
  const ipv6: Instruction[] = [
    ...sumOfAddresses(8, 8),
    [SET_X, 0, 0, 40],
    [LOAD_BYTE, 0, 0, NETWORK + 6],
  ];
  const ipv4: Instruction[] = [
    ...sumOfAddresses(12, 2),
    [LOAD_HALF, 0, 0, NETWORK + 6], // flags and offset: 0 for what is no fragment
    [ANY_BIT, 5 + ipv6.length + ports().length, 0, 0x3fff],
    [LOAD_BYTE, 0, 0, NETWORK],
    [AND, 0, 0, 15],
    [SHIFT_LEFT, 0, 0, 2],
    [X_IS_A, 0, 0, 0],
    [LOAD_BYTE, 0, 0, NETWORK + 9],
    [JUMP, 0, 0, ipv6.length],
  ];
  return assemble([
    [LOAD, 0, 0, PROTOCOL],
    [EQUAL, 2, 0, IPV4],
    [EQUAL, 1 + ipv4.length, 0, IPV6],
    [RETURN, 0, 0, 0],
    ...ipv4,
    ...ipv6,
    ...tail,
  ]);
}
