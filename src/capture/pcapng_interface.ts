/**
 * The interface description of pcapng (draft-ietf-opsawg-pcapng, 4.2,
 * https://datatracker.ietf.org/doc/draft-ietf-opsawg-pcapng/) and the clock that it defines.
 */

/*
 * Body of the block                Options, until code 0 or the end
 *    0  link type    u16              0  code    u16
 *    2  reserved     u16              2  length  u16
 *    4  snap length  u32              4  value, padded to 4
 *    8  options
 */
const FIXED = 8;
const END_OF_OPTIONS = 0;
/** One byte: the clock's unit is 10^-n s, or 2^-n s with the top bit set. */
const TIME_RESOLUTION = 9;
/** Signed 64 bits: seconds to add to every time. */
const TIME_OFFSET = 14;

const MICROSECONDS = 6;

/** One interface of a section. */
export class CaptureInterface {
  readonly linkType: number;
  /** Longest part of a packet that was kept; 0 for no limit. */
  readonly snapLength: number;
  /** The last time set, Unix epoch. */
  sec = 0;
  nsec = 0;

  /** The clock's units in a second, and what to add to its seconds. */
  readonly #unitsPerSecond: bigint;
  readonly #offsetSeconds: bigint;
  /** Nanoseconds in a unit where a sum with the low word is exact in a number, else 0. */
  readonly #nsPerUnit: number;
  /** The high word last seen, and the time that it stands for when the low word is 0. */
  #high = -1;
  #highSec = 0;
  #highNsec = 0;

  constructor(linkType: number, snapLength: number, resolution: number, offsetSeconds: bigint) {
    this.linkType = linkType;
    this.snapLength = snapLength;
    const exponent = resolution & 0x7f;
    const isDecimal = resolution < 0x80;
    this.#unitsPerSecond = (isDecimal ? 10n : 2n) ** BigInt(exponent);
    this.#offsetSeconds = offsetSeconds;
    this.#nsPerUnit = isDecimal && exponent >= 3 && exponent <= 9 ? 10 ** (9 - exponent) : 0;
  }

  /**
   * Sets `sec` and `nsec` to the time that a packet carries in two words. The high word changes every 71 minutes of
   * microseconds or 4.3 seconds of nanoseconds: only then is it divided with BigInt.
   */
  setTime(high: number, low: number): void {
    if (this.#nsPerUnit === 0) return this.#divide(high, low);
    if (high !== this.#high) {
      this.#divide(high, 0);
      this.#high = high;
      this.#highSec = this.sec;
      this.#highNsec = this.nsec;
    }
    const ns = this.#highNsec + low * this.#nsPerUnit; // below 2^53: at most 2^32 milliseconds
    const seconds = Math.floor(ns / 1e9);
    this.sec = this.#highSec + seconds;
    this.nsec = ns - seconds * 1e9;
  }

  #divide(high: number, low: number): void {
    const units = (BigInt(high) << 32n) | BigInt(low);
    this.sec = Number(units / this.#unitsPerSecond + this.#offsetSeconds);
    this.nsec = Number(((units % this.#unitsPerSecond) * 1_000_000_000n) / this.#unitsPerSecond);
  }
}

/** The interface that the block body `view[at..end)` describes, or null when an option does not fit in it. */
export function readInterface(view: DataView, at: number, end: number, little: boolean): CaptureInterface | null {
  if (end - at < FIXED) return null;
  const linkType = view.getUint16(at, little);
  const snapLength = view.getUint32(at + 4, little);
  let resolution = MICROSECONDS;
  let offsetSeconds = 0n;
  let option = at + FIXED;
  while (end - option >= 4) {
    const code = view.getUint16(option, little);
    const length = view.getUint16(option + 2, little);
    const value = option + 4;
    if (code === END_OF_OPTIONS) break;
    if (length > end - value) return null;
    if (code === TIME_RESOLUTION && length === 1) resolution = view.getUint8(value);
    else if (code === TIME_OFFSET && length === 8) offsetSeconds = view.getBigInt64(value, little);
    option = value + ((length + 3) & ~3);
  }
  return new CaptureInterface(linkType, snapLength, resolution, offsetSeconds);
}
