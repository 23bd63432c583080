/** The content of one response as far as it is kept: what came before a limit, a gap or an early end. */
import type { Bodies } from "../../core/bodies.ts";
import type { ProtocolLedger } from "../../core/ledger.ts";
import type { ConversationContext } from "../../core/protocol.ts";
import { headersOf } from "./headers.ts";
import type { Head } from "./messages.ts";

const FIRST_BYTES = 1024;

export class CapturedBody {
  bytes: Uint8Array<ArrayBuffer> = new Uint8Array(0);
  /** How many of the bytes are content. */
  length = 0;
  /** Whether nothing is missing so far. What comes after something that is missing is not kept. */
  whole = true;
  readonly #bodies: Bodies;
  readonly #ledger: ProtocolLedger;

  /**
   * @param mediaType in lower case, without parameters
   * @param coding what Content-Encoding says, in lower case; empty for nothing
   */
  constructor(bodies: Bodies, ledger: ProtocolLedger, readonly mediaType: string, readonly coding: string) {
    this.#bodies = bodies;
    this.#ledger = ledger;
  }

  /** The most that this body may have, decoded too. */
  get maxBytes(): number {
    return this.#bodies.maxBytes;
  }

  /** Keeps content. */
  add(bytes: Uint8Array, start: number, end: number): void {
    if (!this.whole) return;
    const kept = Math.min(end - start, this.maxBytes - this.length);
    if (this.length + kept > this.bytes.length && !this.#grow(this.length + kept)) {
      this.whole = false;
      this.#ledger.reasons.add("a body that was not kept whole: too many are kept at once");
      return;
    }
    this.bytes.set(bytes.subarray(start, start + kept), this.length);
    this.length += kept;
    if (kept < end - start) this.whole = false;
  }

  /** Something is missing here. */
  cut(): void {
    this.whole = false;
  }

  /** The round trip was rendered, or never will be. */
  release(): void {
    this.#bodies.give(this.bytes.length);
    this.bytes = new Uint8Array(0);
    this.length = 0;
    this.whole = false;
  }

  #grow(needed: number): boolean {
    const size = Math.min(this.maxBytes, Math.max(FIRST_BYTES, needed, this.bytes.length * 2));
    if (!this.#bodies.take(size - this.bytes.length)) return false;
    const grown = new Uint8Array(size);
    grown.set(this.bytes.subarray(0, this.length));
    this.bytes = grown;
    return true;
  }
}

/** Where the body behind this head is to be kept; undefined where nobody wants it. */
export function captureFor(head: Head, { bodies, ledger, sink }: ConversationContext): CapturedBody | undefined {
  if (bodies === undefined || sink.rendersText === false) return undefined;
  const mediaType = headersOf(head).value("Content-Type").split(";", 1)[0].trim().toLowerCase();
  if (!bodies.wants(mediaType)) return undefined;
  const coding = headersOf(head).value("Content-Encoding").trim().toLowerCase();
  return new CapturedBody(bodies, ledger, mediaType, coding);
}
