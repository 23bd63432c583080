/**
 * IP payloads that are compressed (IPComp, RFC 3173) with DEFLATE (RFC 2394):
 * | next header 1 | flags 1 | compression parameter index 2 | compressed payload |
 */
import { u16be } from "../bytes/read.ts";
import { zlib } from "../bytes/zlib.ts";
import { TUNNEL_PROTOCOL } from "../core/encapsulation.ts";
import { type Layers, withPayload } from "./layers.ts";

export const IPCOMP = TUNNEL_PROTOCOL.ipComp;

const HEADER = 4;
/** The longest payload that IP's length fields can tell of: what unpacks to more was not sent by anybody. */
const PAYLOAD_BYTES = 65535;
/** Indexes up to 63 name an algorithm (IANA's "IPSEC IPCOMP Transform Identifiers"); those from 256 on, two hosts agree. */
const DEFLATE = 2, NEGOTIATED = 256;

/** The packet with its payload as it was before, and `layers` pointing at it; or why it cannot be had. */
export function decompressed(bytes: Uint8Array, layers: Layers): Uint8Array | string {
  const { transport: at, end, wireEnd } = layers;
  if (at + HEADER > end || end < wireEnd) return "cut inside a payload of IPComp";
  const index = u16be(bytes, at + 2);
  // What was negotiated was not seen. It is DEFLATE where a stream of it ends with the payload's last byte.
  if (index !== DEFLATE && index < NEGOTIATED) return "IPComp of another algorithm than DEFLATE";
  const payload = inflated(bytes.subarray(at + HEADER, end));
  if (payload === undefined) {
    return index === DEFLATE ? "damaged IPComp" : "IPComp of a negotiated algorithm, not DEFLATE, or damaged";
  }
  layers.protocol = bytes[at];
  const packet = withPayload(payload.length, bytes, layers);
  packet.set(payload, layers.transport);
  return packet;
}

/** Undefined where the bytes are no stream of DEFLATE from the first to the last. */
function inflated(bytes: Uint8Array): Uint8Array | undefined {
  try {
    const { buffer, engine } = inflate(bytes, { maxOutputLength: PAYLOAD_BYTES, info: true });
    return engine.bytesWritten === bytes.length ? buffer : undefined;
  } catch {
    return undefined;
  }
}

/** With `info`, node:zlib tells how much of its input it took; the published types do not know what it returns then. */
function inflate(bytes: Uint8Array, options: { maxOutputLength: number; info: true }) {
  return zlib().inflateRawSync(bytes, options) as unknown as { buffer: Uint8Array; engine: { bytesWritten: number } };
}
