/** Content codings (RFC 9110, section 8.4.1): bodies as they were before they were compressed. */
import { zlib } from "../../bytes/zlib.ts";
import type { CapturedBody } from "./captured_body.ts";

type Decoder = (bytes: Uint8Array, options: { maxOutputLength: number }) => Uint8Array;

const decoders = new Map<string, Decoder>([
  ["gzip", (bytes, options) => zlib().gunzipSync(bytes, options)],
  ["x-gzip", (bytes, options) => zlib().gunzipSync(bytes, options)],
  ["deflate", inflate],
  ["br", (bytes, options) => zlib().brotliDecompressSync(bytes, options)],
  ["zstd", (bytes, options) => zlib().zstdDecompressSync(bytes, options)],
]);

/** Some senders leave out the zlib format around the data (RFC 9110, 8.4.1.2); its first byte tells (RFC 1950, 2.2). */
function inflate(bytes: Uint8Array, options: { maxOutputLength: number }): Uint8Array {
  const hasZlibHeader = (bytes[0] & 15) === 8 && ((bytes[0] << 8) | bytes[1]) % 31 === 0;
  return hasZlibHeader ? zlib().inflateSync(bytes, options) : zlib().inflateRawSync(bytes, options);
}

/** The content of a body without its coding, or why it is left out, for people. */
export function decoded(body: CapturedBody): Uint8Array | string {
  const { coding, maxBytes } = body;
  const bytes = body.bytes.subarray(0, body.length);
  if (coding === "" || coding === "identity") return bytes;
  const decode = decoders.get(coding);
  if (decode === undefined) return `<left out: its coding, ${coding}, is not known>`;
  if (!body.whole) return `<left out: ${coding}, of which only ${body.length} bytes were kept>`;
  try {
    return decode(bytes, { maxOutputLength: maxBytes });
  } catch (error) {
    const isTooLong = (error as { code?: string }).code === "ERR_BUFFER_TOO_LARGE";
    return `<left out: ${coding}, ${isTooLong ? `more than ${maxBytes} bytes when decoded` : "damaged"}>`;
  }
}
