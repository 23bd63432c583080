/** Where the bytes of heads are, from their arrival until their round trip is complete: no string is made of them. */
const SMALLEST = 1024;
const NOTHING: Uint8Array = new Uint8Array(0);

/** Bytes of heads by their position, which stays the same when they are moved. */
export abstract class HeadBytes {
  bytes: Uint8Array = NOTHING;
  #view: DataView | undefined = undefined;
  #viewed = NOTHING;

  /** The same bytes, for reading many at a time. */
  get view(): DataView {
    const { bytes } = this;
    if (this.#view === undefined || this.#viewed !== bytes) {
      this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
      this.#viewed = bytes;
    }
    return this.#view;
  }

  /** Where in `bytes` a position lies. */
  abstract indexOf(position: number): number;
}

/** The head of the response that is coming in: borrowed, and copied only when its body goes on in another segment. */
export class AnswerHead extends HeadBytes {
  #copy = NOTHING;
  #offset = 0;
  #length = 0;
  #borrowed = false;

  /** Takes a head that is valid until {@link own} is called; its position is 0. */
  borrow(bytes: Uint8Array, start: number, end: number): void {
    this.bytes = bytes;
    this.#offset = start;
    this.#length = end - start;
    this.#borrowed = true;
  }

  /** Copies what is borrowed. */
  own(): void {
    if (!this.#borrowed) return;
    if (this.#copy.length < this.#length) this.#copy = new Uint8Array(Math.max(SMALLEST, this.#length));
    this.#copy.set(this.bytes.subarray(this.#offset, this.#offset + this.#length));
    this.bytes = this.#copy;
    this.#offset = 0;
    this.#borrowed = false;
  }

  indexOf(position: number): number {
    return this.#offset + position;
  }
}

/** Stands for a head that was not kept since nobody asked for its text when it came: all of it reads `<unknown>`. */
class UnknownHead extends HeadBytes {
  override bytes = new TextEncoder().encode("<unknown>");

  get length(): number {
    return this.bytes.length;
  }

  indexOf(position: number): number {
    return position;
  }
}

export const unknownHead = new UnknownHead();

/** The heads of requests that wait for their response, copied one after another. */
export class HeadStore extends HeadBytes {
  /** Positions count from the first byte ever kept; the one at index 0 is this. */
  #base = 0;
  #end = 0;

  constructor(readonly limit: number) {
    super();
  }

  /**
   * Keeps a head and returns its position, or -1 when there is no room for it.
   *
   * @param oldest position of the oldest head that is still wanted; -1 when none is
   */
  keep(bytes: Uint8Array, start: number, end: number, oldest: number): number {
    const length = end - start;
    if (oldest < 0) this.#base = this.#end;
    if (this.#end - this.#base + length > this.bytes.length && !this.#makeRoom(length, oldest)) return -1;
    this.bytes.set(bytes.subarray(start, end), this.#end - this.#base);
    this.#end += length;
    return this.#end - length;
  }

  indexOf(position: number): number {
    return position - this.#base;
  }

  #makeRoom(length: number, oldest: number): boolean {
    const from = oldest < 0 ? this.#end : Math.max(oldest, this.#base);
    const needed = this.#end - from + length;
    if (needed > this.limit) return false;
    const kept = this.bytes.subarray(from - this.#base, this.#end - this.#base);
    // Half of it stays free, so that moving what is kept costs each byte only once or twice.
    const target = needed * 2 <= this.bytes.length ? this.bytes : new Uint8Array(Math.max(SMALLEST, needed * 2));
    if (target === this.bytes) target.copyWithin(0, from - this.#base, this.#end - this.#base);
    else target.set(kept);
    this.bytes = target;
    this.#base = from;
    return true;
  }
}
