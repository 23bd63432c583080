/**
 * Runs classic BPF programs, so that filters work on files without a call into C for each packet. The instructions are
 * those of https://www.tcpdump.org/papers/bpf-usenix93.pdf, section 3, as libpcap compiles them.
 *
 *     instruction { u16 code; u8 jt; u8 jf; u32 k; }
 */
import { u16be, u16le, u32be, u32le } from "../bytes/read.ts";

/** Fields of `code`: the lowest three bits are the class. */
export const BPF = {
  LD: 0x00,
  LDX: 0x01,
  ST: 0x02,
  STX: 0x03,
  ALU: 0x04,
  JMP: 0x05,
  RET: 0x06,
  MISC: 0x07,
  // sizes of loads
  W: 0x00,
  H: 0x08,
  B: 0x10,
  // where loads read
  IMM: 0x00,
  ABS: 0x20,
  IND: 0x40,
  MEM: 0x60,
  LEN: 0x80,
  MSH: 0xa0,
  // operations of JMP
  JA: 0x00,
  JEQ: 0x10,
  JGT: 0x20,
  JGE: 0x30,
  JSET: 0x40,
  // source of operands
  K: 0x00,
  X: 0x08,
  // what RET returns
  A: 0x10,
  // operations of ALU
  ADD: 0x00,
  MUL: 0x20,
  AND: 0x50,
  LSH: 0x60,
  RSH: 0x70,
} as const;

const { ADD, MUL, AND, LSH, RSH } = BPF;
const SUB = 0x10, DIV = 0x30, OR = 0x40, NEG = 0x80, MOD = 0x90, XOR = 0xa0;
const TAX = 0x00;
const SCRATCH_WORDS = 16;
/** `ip6 protochain` loops; a packet of 256 KiB has no more headers than this. */
const JUMPS_BACK = 32768;

/** A program that judges packets. */
export class BpfProgram {
  readonly #code: Uint16Array;
  readonly #jt: Uint8Array;
  readonly #jf: Uint8Array;
  readonly #k: Uint32Array;
  readonly #scratch = new Uint32Array(SCRATCH_WORDS);

  /** @param instructions 8 bytes each, least significant byte first */
  constructor(instructions: Uint8Array) {
    const count = Math.trunc(instructions.length / 8);
    this.#code = new Uint16Array(count);
    this.#jt = new Uint8Array(count);
    this.#jf = new Uint8Array(count);
    this.#k = new Uint32Array(count);
    for (let i = 0, at = 0; i < count; i++, at += 8) {
      this.#code[i] = u16le(instructions, at);
      this.#jt[i] = instructions[at + 2];
      this.#jf[i] = instructions[at + 3];
      this.#k[i] = u32le(instructions, at + 4);
    }
  }

  /** What the program returns for the packet `bytes[start..end)`: 0 when it does not match. */
  run(bytes: Uint8Array, start: number, end: number, wireLength: number): number {
    const codes = this.#code, ks = this.#k, scratch = this.#scratch, captured = end - start;
    let a = 0, x = 0, jumpsBack = 0;
    for (let pc = 0; pc < codes.length; pc++) {
      const code = codes[pc], k = ks[pc];
      switch (code & 7) {
        case BPF.LD: {
          const mode = code & 0xe0;
          if (mode === BPF.ABS || mode === BPF.IND) {
            const at = mode === BPF.ABS ? k : k + x;
            const size = code & 0x18;
            if (at + (size === BPF.W ? 4 : size === BPF.H ? 2 : 1) > captured) return 0;
            if (size === BPF.H) a = u16be(bytes, start + at);
            else if (size === BPF.B) a = bytes[start + at];
            else a = u32be(bytes, start + at);
          } else if (mode === BPF.IMM) a = k;
          else if (mode === BPF.MEM) a = scratch[k & 15];
          else if (mode === BPF.LEN) a = wireLength;
          else return 0;
          break;
        }
        case BPF.LDX: {
          const mode = code & 0xe0;
          if (mode === BPF.MSH) { // four times the low half of a byte: the length of an IPv4 header
            if (k >= captured) return 0;
            x = (bytes[start + k] & 15) << 2;
          } else if (mode === BPF.IMM) x = k;
          else if (mode === BPF.MEM) x = scratch[k & 15];
          else if (mode === BPF.LEN) x = wireLength;
          else return 0;
          break;
        }
        case BPF.ST:
          scratch[k & 15] = a;
          break;
        case BPF.STX:
          scratch[k & 15] = x;
          break;
        case BPF.ALU: {
          const operand = (code & BPF.X) === 0 ? k : x;
          if (operand === 0 && ((code & 0xf0) === DIV || (code & 0xf0) === MOD)) return 0;
          a = calculate(code & 0xf0, a, operand);
          break;
        }
        case BPF.JMP: {
          const operation = code & 0xf0;
          if (operation === BPF.JA) {
            const distance = k | 0;
            if (distance < 0 && ++jumpsBack > JUMPS_BACK) return 0;
            pc += distance;
            break;
          }
          const operand = (code & BPF.X) === 0 ? k : x;
          const holds = operation === BPF.JEQ
            ? a === operand
            : operation === BPF.JGT
            ? a > operand
            : operation === BPF.JGE
            ? a >= operand
            : (a & operand) !== 0;
          pc += holds ? this.#jt[pc] : this.#jf[pc];
          break;
        }
        case BPF.RET:
          return (code & 0x18) === BPF.A ? a : k;
        default: // MISC
          if ((code & 0xf8) === TAX) x = a;
          else a = x;
      }
    }
    return 0;
  }
}

/** Unsigned arithmetic of 32 bits; shifts by 32 or more give 0. */
function calculate(operation: number, a: number, operand: number): number {
  switch (operation) {
    case ADD:
      return (a + operand) >>> 0;
    case SUB:
      return (a - operand) >>> 0;
    case MUL:
      return Math.imul(a, operand) >>> 0;
    case DIV:
      return Math.trunc(a / operand);
    case MOD:
      return a % operand;
    case OR:
      return (a | operand) >>> 0;
    case AND:
      return (a & operand) >>> 0;
    case XOR:
      return (a ^ operand) >>> 0;
    case LSH:
      return operand > 31 ? 0 : (a << operand) >>> 0;
    case RSH:
      return operand > 31 ? 0 : a >>> operand;
    case NEG:
      return -a >>> 0;
    default:
      return a;
  }
}
