/** Builds pcapng blocks by hand (draft-ietf-opsawg-pcapng, 3 and 4), in either byte order. */
import { concat } from "./collect.ts";

export class Blocks {
  readonly little: boolean;

  constructor(little: boolean) {
    this.little = little;
  }

  u16(value: number): number[] {
    return this.little ? [value & 255, value >>> 8] : [value >>> 8, value & 255];
  }

  u32(value: number): number[] {
    const low = this.u16(value & 0xffff), high = this.u16(value >>> 16);
    return this.little ? [...low, ...high] : [...high, ...low];
  }

  u64(value: bigint): number[] {
    const unsigned = BigInt.asUintN(64, value);
    const low = this.u32(Number(unsigned & 0xffffffffn)), high = this.u32(Number(unsigned >> 32n));
    return this.little ? [...low, ...high] : [...high, ...low];
  }

  padded(bytes: ArrayLike<number>): number[] {
    const list = Array.from(bytes);
    while (list.length % 4 !== 0) list.push(0);
    return list;
  }

  /** 3.1: type, total length, body, total length. */
  block(type: number, body: readonly number[]): Uint8Array<ArrayBuffer> {
    const length = this.u32(body.length + 12);
    return concat(this.u32(type), length, body, length);
  }

  /** 3.5: code, length, value, padded. */
  option(code: number, value: readonly number[]): number[] {
    return [...this.u16(code), ...this.u16(value.length), ...this.padded(value)];
  }

  /** 4.1 */
  section(): Uint8Array<ArrayBuffer> {
    return this.block(0x0a0d0d0a, [...this.u32(0x1a2b3c4d), ...this.u16(1), ...this.u16(0), ...this.u64(-1n)]);
  }

  /** 4.2 */
  interface(linkType: number, snapLength = 0, options: readonly number[] = []): Uint8Array<ArrayBuffer> {
    return this.block(1, [...this.u16(linkType), 0, 0, ...this.u32(snapLength), ...options]);
  }

  /** 4.3 */
  enhanced(
    interfaceNumber: number,
    units: bigint,
    bytes: Uint8Array,
    original = bytes.length,
    options: readonly number[] = [],
  ): Uint8Array<ArrayBuffer> {
    return this.block(6, [
      ...this.u32(interfaceNumber),
      ...this.u32(Number(units >> 32n)),
      ...this.u32(Number(units & 0xffffffffn)),
      ...this.u32(bytes.length),
      ...this.u32(original),
      ...this.padded(bytes),
      ...options,
    ]);
  }

  /** 4.4 */
  simple(bytes: Uint8Array, original = bytes.length): Uint8Array<ArrayBuffer> {
    return this.block(3, [...this.u32(original), ...this.padded(bytes)]);
  }

  /** Appendix A: the obsolete packet block. */
  packet(interfaceNumber: number, units: bigint, bytes: Uint8Array, original = bytes.length): Uint8Array<ArrayBuffer> {
    return this.block(2, [
      ...this.u16(interfaceNumber),
      ...this.u16(3),
      ...this.u32(Number(units >> 32n)),
      ...this.u32(Number(units & 0xffffffffn)),
      ...this.u32(bytes.length),
      ...this.u32(original),
      ...this.padded(bytes),
    ]);
  }
}

/** Both byte orders. */
export const BOTH_ORDERS = [new Blocks(true), new Blocks(false)];
