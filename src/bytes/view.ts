/** A `DataView` of bytes, for reading several at once. */

let viewed: Uint8Array = new Uint8Array(0);
let view = new DataView(viewed.buffer);

/** The view of an array. Making one costs as much as reading a message: the one of the array asked for last is kept. */
export function viewOf(bytes: Uint8Array): DataView {
  if (bytes !== viewed) {
    viewed = bytes;
    view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  }
  return view;
}

/**
 * Whether `length` bytes, 8 or more, are the same. Eight are compared at a time, as doubles: different bytes make
 * different doubles, except that 0 has two forms, so those of `b` must not hold eight zero bytes in a row.
 */
export function sameBytes(a: DataView, at: number, b: DataView, length: number): boolean {
  const last = length - 8;
  if (a.getFloat64(at + last, true) !== b.getFloat64(last, true)) return false;
  for (let i = 0; i < last; i += 8) if (a.getFloat64(at + i, true) !== b.getFloat64(i, true)) return false;
  return true;
}
