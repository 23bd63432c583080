/** Protocol Buffers written straight into bytes (https://protobuf.dev/programming-guides/encoding/). */
import { ByteWriter } from "../bytes/writer.ts";

/** Wire types. */
export const VARINT = 0, FIXED64 = 1, BYTES = 2, FIXED32 = 5;

/** The longest varint. */
const VARINT_BYTES = 10;
const TWO_32 = 2 ** 32;
const INT64_MAX = 2n ** 63n - 1n;

/** Number of a field, up to 15, with the wire type of its value: one byte. */
export function tag(field: number, type: typeof VARINT | typeof FIXED64 | typeof BYTES | typeof FIXED32): number {
  return (field << 3) | type;
}

const double = new DataView(new ArrayBuffer(8));

export class ProtobufWriter extends ByteWriter {
  /** A whole number that is not negative, below 2^53. */
  varint(value: number): void {
    this.reserve(VARINT_BYTES);
    const bytes = this.bytes;
    let at = this.length;
    for (; value >= TWO_32; value = Math.floor(value / 128)) bytes[at++] = 0x80 | (value % 128);
    for (; value > 0x7f; value >>>= 7) bytes[at++] = 0x80 | (value & 0x7f);
    bytes[at++] = value;
    this.length = at;
  }

  /** A whole number as int64: two's complement where it is negative, the largest where it is larger than that. */
  int64(value: number): void {
    if (value >= 0 && value <= Number.MAX_SAFE_INTEGER) return this.varint(value);
    let rest = value >= 2 ** 63 ? INT64_MAX : BigInt.asUintN(64, BigInt(value));
    for (; rest > 0x7fn; rest >>= 7n) this.byte(0x80 | Number(rest & 0x7fn));
    this.byte(Number(rest));
  }

  /** Little-endian. */
  fixed32(value: number): void {
    this.reserve(4);
    for (let i = 0; i < 4; i++) this.bytes[this.length++] = value >>> (8 * i);
  }

  double(value: number): void {
    double.setFloat64(0, value, true);
    this.reserve(8);
    for (let i = 0; i < 8; i++) this.bytes[this.length++] = double.getUint8(i);
  }

  /** Nanoseconds of the Unix epoch as fixed64: more than a number can hold exactly, so in two halves. */
  nanoseconds(sec: number, nsec: number): void {
    const high = Math.floor(sec / 65536) * 1e9; // of 2^16
    const low = (sec % 65536) * 1e9 + nsec;
    const lower = (high % 65536) * 65536 + (low % TWO_32);
    this.fixed32(lower);
    this.fixed32(Math.floor(high / 65536) + Math.floor(low / TWO_32) + Math.floor(lower / TWO_32));
  }

  /** Bytes with their length in front. */
  prefixed(value: Uint8Array): void {
    this.varint(value.length);
    this.reserve(value.length);
    this.bytes.set(value, this.length);
    this.length += value.length;
  }

  /** Text as UTF-8 with its length in front. */
  text(text: string): void {
    const start = this.open();
    this.reserve(text.length);
    const bytes = this.bytes;
    let at = this.length, i = 0;
    for (; i < text.length; i++) {
      const c = text.charCodeAt(i);
      if (c > 0x7f) break;
      bytes[at++] = c;
    }
    if (i === text.length) this.length = at;
    else this.utf8(text);
    this.close(start);
  }

  /** Begins what has its length in front. @returns what {@link close} wants */
  open(): number {
    this.byte(0);
    return this.length;
  }

  /** Ends it and writes the length, for which one byte was left: where it takes more, what was written moves on. */
  close(start: number): void {
    const length = this.length - start;
    let more = 0;
    for (let rest = length; rest > 0x7f; rest >>>= 7) more++;
    if (more > 0) {
      this.reserve(more);
      this.bytes.copyWithin(start + more, start, this.length);
      this.length += more;
    }
    let at = start - 1, rest = length;
    for (; rest > 0x7f; rest >>>= 7) this.bytes[at++] = 0x80 | (rest & 0x7f);
    this.bytes[at] = rest;
  }
}
