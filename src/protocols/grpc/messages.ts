/** What gRPC adds to HTTP/2 (https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md): its messages, its status. */
import { latin1, utf8FromLatin1 } from "../../bytes/text.ts";
import type { BodyReader } from "../_h2/stream.ts";

/** Longest trailers of gRPC-Web that are read. */
const TRAILER_BYTES = 4096;
/** Compressed-Flag and Message-Length before each message. */
const PREFIX_BYTES = 5;
const COMPRESSED = 0x01, TRAILER = 0x80;

/**
 * Counts the messages of one direction: `flag (8) length (32) message`, over any number of DATA frames. gRPC-Web has
 * its trailers as a last such message, flagged 0x80.
 */
export class MessageCounter implements BodyReader {
  messages = 0;
  compressed = 0;
  /** Whether the framing was lost, so that the counts are not to be told. */
  broken = false;
  /** Trailers of gRPC-Web: lines `name: value`, one character a byte. */
  trailer = "";
  /** Whether all that was seen were whole messages, and no byte more. */
  get isWhole(): boolean {
    return !this.broken && this.#prefix === 0;
  }

  #prefix = 0;
  #flag = 0;
  #remaining = 0;

  take(bytes: Uint8Array, start: number, end: number): void {
    let at = start;
    while (at < end && !this.broken) {
      if (this.#prefix < PREFIX_BYTES) {
        this.#prefixByte(bytes[at++]);
        continue;
      }
      const taken = Math.min(this.#remaining, end - at);
      if ((this.#flag & TRAILER) !== 0 && this.trailer.length + taken <= TRAILER_BYTES) {
        this.trailer += latin1(bytes, at, at + taken);
      }
      at += taken;
      this.#remaining -= taken;
      if (this.#remaining === 0) this.#messageEnd();
    }
  }

  skip(lost: number): void {
    if (this.#prefix < PREFIX_BYTES || lost > this.#remaining) this.broken = true;
    if (this.broken) return;
    this.#remaining -= lost;
    if (this.#remaining === 0) this.#messageEnd();
  }

  #prefixByte(byte: number): void {
    if (this.#prefix++ === 0) {
      this.#flag = byte;
      this.#remaining = 0;
      if ((byte & ~(COMPRESSED | TRAILER)) !== 0) this.broken = true;
    } else this.#remaining = this.#remaining * 256 + byte;
    if (this.#prefix === PREFIX_BYTES && this.#remaining === 0) this.#messageEnd();
  }

  #messageEnd(): void {
    this.#prefix = 0;
    if ((this.#flag & TRAILER) !== 0) return;
    this.messages++;
    this.compressed += this.#flag & COMPRESSED;
  }
}

/** Text of a grpc-message: percent-encoded UTF-8, in which a broken escape stands for itself. */
export function messageText(sent: string): string {
  if (!sent.includes("%")) return utf8FromLatin1(sent);
  const bytes = sent.replace(/%([0-9A-Fa-f]{2})/g, (_, hex) => String.fromCharCode(parseInt(hex, 16)));
  return utf8FromLatin1(bytes);
}

const UNITS: Readonly<Record<string, number>> = { H: 3600e3, M: 60e3, S: 1e3, m: 1, u: 1e-3, n: 1e-6 };

/** Milliseconds of a grpc-timeout (`998837u`), or undefined. */
export function timeoutMs(sent: string | undefined): number | undefined {
  const parts = /^([0-9]{1,8})([HMSmun])$/.exec(sent ?? "");
  return parts === null ? undefined : Number(parts[1]) * UNITS[parts[2]];
}
