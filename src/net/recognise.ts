/** Names what else than the configured protocol the first bytes of a flow may be. */

/** A well-known protocol that these bytes begin, or an empty string. Certain signatures only. */
export function knownStranger(bytes: Uint8Array, start: number, end: number): string {
  if (end - start < 6) return "";
  const b = bytes[start];
  // TLS record (RFC 8446, 5.1): handshake, version 3.x; then ClientHello or ServerHello
  if (b === 0x16 && bytes[start + 1] === 3 && bytes[start + 2] <= 4 && bytes[start + 5] <= 2) return "TLS";
  if ((b === 0x17 || b === 0x15) && bytes[start + 1] === 3 && bytes[start + 2] <= 4) return "TLS";
  if (b === 0x53 && startsWith(bytes, start, end, "SSH-")) return "SSH";
  if (b === 0x50 && startsWith(bytes, start, end, "PRI * HTTP/2")) return "HTTP/2";
  if (b === 0x41 && startsWith(bytes, start, end, "AMQP")) return "AMQP";
  if (b === 0x2a && /^\*[0-9]+\r/.test(String.fromCharCode(...bytes.subarray(start, Math.min(end, start + 8))))) {
    return "Redis";
  }
  if (b === 0x13 && startsWith(bytes, start + 1, end, "BitTorrent")) return "BitTorrent";
  return "";
}

function startsWith(bytes: Uint8Array, start: number, end: number, text: string): boolean {
  if (end - start < text.length) return false;
  for (let i = 0; i < text.length; i++) if (bytes[start + i] !== text.charCodeAt(i)) return false;
  return true;
}
