/**
 * Fixed-offset integer reads. The caller has checked the length once; nothing here checks again.
 * Shifts on plain indices cost the same as a DataView and need no view per buffer.
 */

/** Unsigned 16 bits, most significant byte first. */
export function u16be(bytes: Uint8Array, at: number): number {
  return (bytes[at] << 8) | bytes[at + 1];
}

/** Signed 32 bits, most significant byte first: sequence numbers and addresses are compared in this form. */
export function i32be(bytes: Uint8Array, at: number): number {
  return (bytes[at] << 24) | (bytes[at + 1] << 16) | (bytes[at + 2] << 8) | bytes[at + 3];
}

/** Unsigned 24 bits, most significant byte first. */
export function u24be(bytes: Uint8Array, at: number): number {
  return (bytes[at] << 16) | (bytes[at + 1] << 8) | bytes[at + 2];
}

/** Unsigned 32 bits, most significant byte first. */
export function u32be(bytes: Uint8Array, at: number): number {
  return i32be(bytes, at) >>> 0;
}

/** Unsigned 64 bits, most significant byte first, as a number: exact below 2^53. */
export function u64be(bytes: Uint8Array, at: number): number {
  return u32be(bytes, at) * 4294967296 + u32be(bytes, at + 4);
}

/** Unsigned 16 bits, least significant byte first. */
export function u16le(bytes: Uint8Array, at: number): number {
  return bytes[at] | (bytes[at + 1] << 8);
}

/** Unsigned 24 bits, least significant byte first. */
export function u24le(bytes: Uint8Array, at: number): number {
  return bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16);
}

/** Signed 32 bits, least significant byte first. */
export function i32le(bytes: Uint8Array, at: number): number {
  return bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24);
}

/** Unsigned 32 bits, least significant byte first. */
export function u32le(bytes: Uint8Array, at: number): number {
  return i32le(bytes, at) >>> 0;
}

/** Unsigned 64 bits, least significant byte first, as a number: exact below 2^53. */
export function u64le(bytes: Uint8Array, at: number): number {
  return u32le(bytes, at + 4) * 4294967296 + u32le(bytes, at);
}
