/** Connections that begin as HTTP/1.1 and ask to go on as HTTP/2 (RFC 7540, section 3.2). */
import { latin1 } from "../../bytes/text.ts";
import { CERTAIN, NO, type Probe, UNSURE } from "../../core/verdict.ts";

/** Longest head that is waited for. */
const HEAD_BYTES = 16 * 1024;
const CR = 13, LF = 10, HT = 9;

/** Whether these first bytes are an HTTP/1.1 request that offers an Upgrade to h2c. */
export function judgeUpgrade(bytes: Uint8Array, start: number, end: number): Probe {
  const last = Math.min(end, start + HEAD_BYTES);
  for (let i = start; i < last; i++) {
    if (bytes[i] < 0x20 && bytes[i] !== CR && bytes[i] !== LF && bytes[i] !== HT) return NO;
    if (bytes[i] !== LF || i < start + 3 || bytes[i - 2] !== LF) continue;
    const head = latin1(bytes, start, i);
    return /^[A-Z]+ \S+ HTTP\/1\.1\r\n/.test(head) && /\nupgrade:[^\n]*\bh2c\b/i.test(head) ? CERTAIN : NO;
  }
  return last - start === HEAD_BYTES ? NO : UNSURE;
}
