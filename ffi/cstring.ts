/** Strings as C has them: bytes up to a zero. */

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Text as UTF-8 with a zero behind it; what follows a zero within the text is lost. */
export function toCString(text: string): Uint8Array<ArrayBuffer> {
  return encoder.encode(text + "\0");
}

/** Text of a zero-terminated buffer. */
export function fromCBuffer(bytes: Uint8Array): string {
  const end = bytes.indexOf(0);
  return decoder.decode(end < 0 ? bytes : bytes.subarray(0, end));
}

/** Text behind a `char *`; empty for a null pointer. */
export function fromCPointer(pointer: Deno.PointerValue): string {
  return pointer === null ? "" : Deno.UnsafePointerView.getCString(pointer);
}

/** The pointer that stands at an offset of a struct, as Deno wants it. All systems that Deno runs on are little-endian. */
export function pointerAt(struct: Uint8Array, offset: number): Deno.PointerValue {
  return Deno.UnsafePointer.create(
    new DataView(struct.buffer, struct.byteOffset + offset, 8).getBigUint64(0, true),
  );
}
