/** Bytes written one after another into one growing buffer that is used again. */

const encoder = new TextEncoder();

/**
 * UTF-8 that is written often, kept so that it can be copied eight bytes at a time: a sixth of what its characters would
 * take. Eight bytes travel as a double. Valid UTF-8 never makes a NaN, the one double that may not keep its bits.
 */
export class Fragment {
  readonly length: number;
  /** The bytes, and some more: eight may be read from each of them on. */
  readonly view: DataView;

  constructor(source: string | Uint8Array) {
    const bytes = typeof source === "string" ? encoder.encode(source) : source;
    const padded = new Uint8Array(bytes.length + 7);
    padded.set(bytes);
    this.length = bytes.length;
    this.view = new DataView(padded.buffer);
  }
}

export class ByteWriter {
  bytes: Uint8Array;
  /** The same bytes, for writing fragments. */
  #view: DataView;
  length = 0;

  constructor(capacity = 65536) {
    this.bytes = new Uint8Array(capacity);
    this.#view = new DataView(this.bytes.buffer);
  }

  /** Makes room for `more` bytes. */
  reserve(more: number): void {
    const needed = this.length + more;
    if (needed <= this.bytes.length) return;
    const grown = new Uint8Array(Math.max(needed, this.bytes.length * 2));
    grown.set(this.bytes.subarray(0, this.length));
    this.bytes = grown;
    this.#view = new DataView(grown.buffer);
  }

  /** Text that was made ready before, from one of its bytes on. */
  fragment(fragment: Fragment, from = 0): void {
    const { view, length } = fragment;
    this.reserve(length + 7); // the last step may reach beyond
    const out = this.#view;
    let at = this.length;
    this.length += length - from;
    for (; from < length; from += 8, at += 8) out.setFloat64(at, view.getFloat64(from, true), true);
  }

  /** Text whose characters are all below U+0080. */
  ascii(text: string): void {
    const n = text.length;
    this.reserve(n);
    const bytes = this.bytes;
    let at = this.length;
    for (let i = 0; i < n; i++) bytes[at++] = text.charCodeAt(i);
    this.length = at;
  }

  /** Text as UTF-8. */
  utf8(text: string): void {
    this.reserve(text.length * 3);
    this.length += encoder.encodeInto(text, this.bytes.subarray(this.length)).written;
  }

  append(bytes: Uint8Array): void {
    this.reserve(bytes.length);
    this.bytes.set(bytes, this.length);
    this.length += bytes.length;
  }

  byte(value: number): void {
    if (this.length === this.bytes.length) this.reserve(1);
    this.bytes[this.length++] = value;
  }

  /** What was written, borrowed until the next write. */
  view(): Uint8Array {
    return this.bytes.subarray(0, this.length);
  }

  clear(): void {
    this.length = 0;
  }
}
