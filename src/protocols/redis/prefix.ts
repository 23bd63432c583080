/** The first bytes of a text that may come in pieces: enough to tell which word it is. */
import { latin1, token, utf8 } from "../../bytes/text.ts";
import { WORD_BYTES } from "./messages.ts";

export class Prefix {
  readonly #bytes = new Uint8Array(WORD_BYTES);
  #length = 0;
  /** Whether the text was longer than what is kept of it. */
  cut = false;

  get length(): number {
    return this.#length;
  }

  clear(): void {
    this.#length = 0;
    this.cut = false;
  }

  add(bytes: Uint8Array, start: number, end: number): void {
    const room = WORD_BYTES - this.#length;
    if (end - start > room) this.cut = true;
    const last = Math.min(end, start + room);
    for (let i = start; i < last; i++) this.#bytes[this.#length++] = bytes[i];
  }

  push(byte: number): void {
    if (this.#length === WORD_BYTES) this.cut = true;
    else this.#bytes[this.#length++] = byte;
  }

  /** What is kept, one character a byte. */
  text(): string {
    return latin1(this.#bytes, 0, this.#length);
  }

  /** What is kept, up to the first space or control character. */
  word(): string {
    return token(this.#bytes, 0, this.#wordEnd());
  }

  /** As {@link word}, in capitals; read as UTF-8. */
  capitals(): string {
    const end = this.#wordEnd();
    let highest = 0;
    for (let i = 0; i < end; i++) {
      const c = this.#bytes[i];
      highest |= c;
      if (c >= 0x61 && c <= 0x7a) this.#bytes[i] = c - 0x20;
    }
    return highest < 0x80 ? token(this.#bytes, 0, end) : utf8(this.#bytes, 0, end);
  }

  #wordEnd(): number {
    let end = 0;
    while (end < this.#length && this.#bytes[end] > 0x20) end++;
    return end;
  }
}
