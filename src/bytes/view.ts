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
