/** One direction of a Kafka connection: the message that is coming in, and what a hole in the bytes does to it. */
import type { RoundTrip } from "../../core/roundtrip.ts";
import type { Decoder } from "./decoder.ts";
import { LENGTH_BYTES } from "./header.ts";
import type { KafkaDetail } from "./messages.ts";

/** What a direction waits for: a message, the rest of one, or a certain start. */
export const MESSAGE = 0, BODY = 1, CERTAIN_START = 2;

const NO_BYTES = new Uint8Array(0);

export class Side {
  state: typeof MESSAGE | typeof BODY | typeof CERTAIN_START;
  readonly decoder: Decoder;
  /** The present message: its size, its bytes still to come, and whose it is; undefined when it is not read. */
  size = 0;
  rest = 0;
  roundTrip: RoundTrip<KafkaDetail> | undefined = undefined;
  /** Bytes that were offered and not consumed, and the length that they announce (0 when they do not). */
  waiting = 0;
  announced = 0;
  /** When the newest bytes came. */
  sec = 0;
  nsec = 0;

  constructor(certain: boolean, decoder: Decoder) {
    this.state = certain ? MESSAGE : CERTAIN_START;
    this.decoder = decoder;
  }

  get isCertain(): boolean {
    return this.state !== CERTAIN_START;
  }

  /** Begins the rest of a message that is read by nobody, or by the decoder if that is active. */
  begin(size: number, taken: number): void {
    this.state = BODY;
    this.size = size;
    this.rest = size - taken;
  }

  /** Takes what there is of the present message. Returns how far. */
  take(bytes: Uint8Array, at: number, end: number): number {
    const messageEnd = at + this.rest;
    const stop = Math.min(end, messageEnd);
    let next = this.decoder.isActive ? this.decoder.read(bytes, at, stop, messageEnd) : stop;
    if (!this.decoder.isActive) next = stop;
    this.rest = messageEnd - next;
    return next;
  }

  /** Takes missing bytes for a part of the present or the announced message. False when they are more than that. */
  swallow(lost: number): boolean {
    const missing = this.waiting + lost;
    if (this.state === MESSAGE && this.announced > 0) {
      if (missing > LENGTH_BYTES + this.announced) return false;
      this.begin(LENGTH_BYTES + this.announced, missing);
    } else {
      if (this.state !== BODY || missing > this.rest) return false;
      if (this.waiting > 0 || !this.decoder.gap(lost)) this.decoder.stop();
      this.rest -= missing;
      if (this.decoder.isActive) this.decoder.read(NO_BYTES, 0, 0, this.rest);
    }
    this.waiting = this.announced = 0;
    return true;
  }

  lose(): void {
    this.state = CERTAIN_START;
    this.decoder.stop();
    this.roundTrip = undefined;
    this.waiting = this.announced = 0;
  }
}
