/** Text of IP addresses. */
import { u16be } from "../bytes/read.ts";

function dotted(bytes: Uint8Array, at: number): string {
  return `${bytes[at]}.${bytes[at + 1]}.${bytes[at + 2]}.${bytes[at + 3]}`;
}

function isMapped(bytes: Uint8Array, at: number): boolean {
  for (let i = 0; i < 10; i++) if (bytes[at + i] !== 0) return false;
  return bytes[at + 10] === 0xff && bytes[at + 11] === 0xff;
}

/** Text of 4 or 16 bytes: dotted quad, or IPv6 after RFC 5952 (IPv4-mapped addresses as dotted quad). */
export function ipText(bytes: Uint8Array, at: number, length: number): string {
  if (length === 4) return dotted(bytes, at);
  if (isMapped(bytes, at)) return dotted(bytes, at + 12);
  let bestStart = -1, bestLength = 1; // a single zero group is not shortened (RFC 5952, 4.2.2)
  for (let i = 0; i < 8;) {
    let j = i;
    while (j < 8 && u16be(bytes, at + 2 * j) === 0) j++;
    if (j - i > bestLength) {
      bestStart = i;
      bestLength = j - i;
    }
    i = j + 1;
  }
  let text = "";
  for (let i = 0; i < 8; i++) {
    if (i === bestStart) {
      text += "::";
      i += bestLength - 1;
      continue;
    }
    if (text !== "" && !text.endsWith(":")) text += ":";
    text += u16be(bytes, at + 2 * i).toString(16);
  }
  return text;
}

const IPV4 = /^(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)(?:\.(?!$)|$)){4}$/;

/** An address that a person wrote, in the one form that {@link ipText} gives; undefined for what is none. */
export function canonicalAddress(text: string): string | undefined {
  if (!text.includes(":")) return IPV4.test(text) ? text.split(".").map(Number).join(".") : undefined;
  const mapped = /^::ffff:([\d.]+)$/i.exec(text);
  if (mapped !== null) return canonicalAddress(mapped[1]);
  if (!/^[\da-f:.]+$/i.test(text)) return undefined;
  try {
    return new URL(`http://[${text}]`).hostname.slice(1, -1);
  } catch {
    return undefined;
  }
}
