/** Names protocols that are not decoded here by the first bytes of a flow. */

/** How texts of well-known protocols begin, in either direction; each is long enough to be nothing else. */
const TEXTS: readonly (readonly [begins: string, name: string])[] = [
  ["SSH-", "SSH"],
  ["\x13BitTorrent", "BitTorrent"],
  ["RFB 003.", "VNC"],
  ["JRMI\0", "Java RMI"],
  ["* OK ", "IMAP"],
  ["EHLO ", "SMTP"],
  ["HELO ", "SMTP"],
  ["RTSP/1.0 ", "RTSP"],
  ["SIP/2.0 ", "SIP"],
  ['INFO {"server_id"', "NATS"],
];

/** The first line of a mail or file server (RFC 5321, 4.2; RFC 959, 5.4): its code is the same, its words are not. */
const GREETING = /^220[ -][ -~]*\b(E?SMTP|FTP)/i;

/** How the methods of protocols that look like HTTP end their first line. */
const FIRST_LINE = /^[A-Z_]{3,16} \S+ (RTSP|SIP)\/[12]\.0\r\n/;

/** How long a line is looked at. */
const LINE_BYTES = 256;

/** A well-known protocol that these bytes begin, or an empty string. Certain signatures only. */
export function knownStranger(bytes: Uint8Array, start: number, end: number): string {
  if (end - start < 6) return "";
  const b = bytes[start];
  // TLS record (RFC 8446, 5.1): handshake, version 3.x; then ClientHello or ServerHello
  if (b === 0x16 && bytes[start + 1] === 3 && bytes[start + 2] <= 4 && bytes[start + 5] <= 2) return "TLS";
  if ((b === 0x17 || b === 0x15) && bytes[start + 1] === 3 && bytes[start + 2] <= 4) return "TLS";
  for (const [text, name] of TEXTS) if (b === text.charCodeAt(0) && startsWith(bytes, start, end, text)) return name;
  if (b === 0x32 && startsWith(bytes, start, end, "220")) {
    return GREETING.exec(line(bytes, start, end))?.[1].toUpperCase().replace("ESMTP", "SMTP") ?? "";
  }
  if (b >= 0x41 && b <= 0x5a) return FIRST_LINE.exec(line(bytes, start, end))?.[1] ?? "";
  return "";
}

function line(bytes: Uint8Array, start: number, end: number): string {
  return String.fromCharCode(...bytes.subarray(start, Math.min(end, start + LINE_BYTES)));
}

function startsWith(bytes: Uint8Array, start: number, end: number, text: string): boolean {
  if (end - start < text.length) return false;
  for (let i = 0; i < text.length; i++) if (bytes[start + i] !== text.charCodeAt(i)) return false;
  return true;
}
