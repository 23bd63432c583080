/**
 * Messages in a TCP stream: each stands behind its length in two bytes (RFC 1035 section 4.2.2, RFC 7766 section 8).
 *
 * A boundary once known leads to all that follow, and across a gap inside one message, since its length tells where
 * the next begins. Lost otherwise, it is found again only where it is certain: at a segment that begins with a whole
 * message, sound to its last byte, or one that begins a turn with the header and the question of a longer one.
 */
import { u16be } from "../../bytes/read.ts";
import { isPlausibleHeader, MALFORMED, Message, WHOLE } from "./decoder.ts";
import { HEADER_BYTES, NAME_BYTES } from "./messages.ts";

export const PREFIX_BYTES = 2;
/** Answers of {@link Framing.messageBytes} beside the length of a whole message. */
export const WAIT = 0;
export const LOST = -1;

const PROVEN = 1;
type Proof = typeof WAIT | typeof LOST | typeof PROVEN;
/** Scratch for a look at a message. */
const message = new Message();

/** Proof by a message that is all there: sound to its last byte. */
function judgeWhole(bytes: Uint8Array, start: number, end: number): Proof {
  return message.read(bytes, start, end) === WHOLE && message.walkedTo === end ? PROVEN : LOST;
}

/** Proof by the beginning of a longer message: a header that announces one question, and that question. */
function judgeBeginning(bytes: Uint8Array, start: number, end: number): Proof {
  if (u16be(bytes, start + 4) !== 1) return LOST;
  if (message.read(bytes, start, end) !== MALFORMED) return PROVEN;
  return end - start < HEADER_BYTES + NAME_BYTES + 4 ? WAIT : LOST;
}

export class Framing {
  /** Whether the next byte is known to begin a message, or to lie in one whose end is known. */
  #isCertain: boolean;
  /** Bytes of a message with a hole in it that are still to come. */
  #damagedBytes = 0;
  /** Bytes offered and not consumed, and the length that they announce. */
  #waitingBytes = 0;
  #waitingLength = 0;

  /** @param isCertain whether the stream is followed from its start */
  constructor(isCertain: boolean) {
    this.#isCertain = isCertain;
  }

  /** Bytes of a message that is not complete. */
  get unfinishedBytes(): number {
    return this.#waitingBytes;
  }

  /** How many of the next `available` bytes end a damaged message. */
  skip(available: number): number {
    const skipped = Math.min(available, this.#damagedBytes);
    this.#damagedBytes -= skipped;
    return skipped;
  }

  /**
   * The length of the message whose prefix stands at `at`, if it is all there; else WAIT, or LOST when no message is
   * known to begin here.
   *
   * @param beginsTurn whether the sender had nothing in flight before this byte
   */
  messageBytes(bytes: Uint8Array, at: number, end: number, beginsTurn: boolean): number {
    const available = end - at;
    this.#waitingBytes = available;
    if (available < PREFIX_BYTES) return this.#waitOrLose(beginsTurn);
    const length = this.#waitingLength = u16be(bytes, at);
    if (length < HEADER_BYTES) return this.#lose();
    if (available < PREFIX_BYTES + HEADER_BYTES) return this.#waitOrLose(beginsTurn);
    const isWhole = PREFIX_BYTES + length <= available;
    // Where the boundary is certain, a whole message is taken as it is: the next one follows it in any case.
    const mayStand = (this.#isCertain && isWhole) || isPlausibleHeader(bytes, at + PREFIX_BYTES, length);
    if (!mayStand) return this.#lose();
    if (!this.#isCertain) {
      // A turn may also begin between the prefix and its message, when they are sent one by one: that is no proof.
      const proof = isWhole
        ? judgeWhole(bytes, at + PREFIX_BYTES, at + PREFIX_BYTES + length)
        : beginsTurn
        ? judgeBeginning(bytes, at + PREFIX_BYTES, end)
        : LOST;
      if (proof === LOST) return this.#lose();
      if (proof === WAIT) return WAIT;
      this.#isCertain = true;
    }
    if (!isWhole) return WAIT;
    this.#waitingBytes = 0;
    return length;
  }

  /** `lost` bytes are missing behind what waits. Returns whether the next boundary is still known. */
  gap(lost: number): boolean {
    if (this.#isCertain && (this.#damagedBytes > 0 || this.#waitingBytes >= PREFIX_BYTES)) {
      const expected = this.#damagedBytes > 0
        ? this.#damagedBytes
        : PREFIX_BYTES + this.#waitingLength - this.#waitingBytes;
      this.#waitingBytes = 0;
      this.#damagedBytes = Math.max(0, expected - lost);
      this.#isCertain = lost <= expected;
    } else this.#lose();
    return this.#isCertain;
  }

  #waitOrLose(mayWait: boolean): typeof WAIT | typeof LOST {
    return this.#isCertain || mayWait ? WAIT : this.#lose();
  }

  #lose(): typeof LOST {
    this.#isCertain = false;
    this.#damagedBytes = this.#waitingBytes = 0;
    return LOST;
  }
}
