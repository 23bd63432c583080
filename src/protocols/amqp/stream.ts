/**
 * One direction of a connection: cut into frames, and what is known of its bytes.
 *
 * https://www.rabbitmq.com/resources/specs/amqp0-9-1.pdf, section 4.2. Methods are read whole; content is passed over
 * by count. Where the borders of frames are not known (bytes are missing, the capture began late), frames begin again
 *
 * - at a method or heartbeat that stands at the beginning of a turn (`Arrival.quietAt`), checked to the last octet, or
 * - behind a chain of frames that is longer than the largest frame: it cannot lie inside the body of a message.
 */
import { i32be, u16be, u32be, u64be } from "../../bytes/read.ts";
import { type Arrival, type Direction, FROM_CLIENT } from "../../core/flow.ts";
import { NOT_MINE } from "../../core/verdict.ts";
import { readArguments } from "./arguments.ts";
import {
  CONTENT_BODY,
  CONTENT_HEADER,
  CONTENT_HEADER_BYTES,
  FRAME_BYTES,
  FRAME_END,
  FRAME_EXTRA_BYTES,
  FRAME_HEADER_BYTES,
  HEARTBEAT,
  METHOD,
  METHOD_BYTES,
  PROTOCOL_HEADER_BYTES,
} from "./messages.ts";
import { type Method, methodOf } from "./methods.ts";
import { frameAt, HALF, isKnownVersion, NO, protocolHeaderAt } from "./search.ts";

/** The largest frame that clients and servers agree on unless they are told otherwise (RabbitMQ: 128 KiB). */
const PROOF_BYTES = 128 * 1024;

/** The protocol header comes next, or what answers it; a frame; the payload of one; frames are searched for. */
const OPENING = 0, FRAME = 1, PAYLOAD = 2, SEARCHING = 3;

/** The method in hand, its arguments read: one object a stream, changed in place. Offsets count as those of `at` do. */
export class MethodFrame {
  channel = 0;
  method!: Method;
  bytes!: Uint8Array;
  /** Bytes of the whole frame, and where its first and its last one lie. */
  frameBytes = 0;
  first = 0;
  last = 0;
  at!: Arrival;

  constructor(readonly direction: Direction) {}
}

/** Who takes the frames of a stream. */
export interface FrameTaker {
  /** Whether anything on the connection was AMQP. */
  readonly isUnderstood: boolean;
  /** The client's, or the refusing server's, protocol header. Returns a verdict, or 0 to go on. */
  protocolHeader(direction: Direction, bytes: Uint8Array, start: number): number;
  method(frame: MethodFrame): void;
  /** A method that could not be read. */
  unreadable(direction: Direction, channel: number, reason: string): void;
  /** A content header has begun. Returns whether its payload is to be hashed. */
  contentHeader(direction: Direction, channel: number, classId: number, bodyBytes: number, at: Arrival): boolean;
  /** A body frame has begun. False when it cannot be one: it is longer than what remains of its message. */
  contentBody(direction: Direction, channel: number, payloadBytes: number, at: Arrival): boolean;
  /** The content frame that began last is complete, with its last byte at `last`. */
  contentFrame(direction: Direction, payloadBytes: number, hash: number, at: Arrival, last: number): void;
  /** The frames of this direction were lost. */
  lost(reason: string): void;
  skipped(bytes: number): void;
}

export class Stream {
  /** How often its frames were lost. */
  losses = 0;
  readonly #methodFrame: MethodFrame;
  #state: typeof OPENING | typeof FRAME | typeof PAYLOAD | typeof SEARCHING;
  /** Whether frame borders are known; else a chain of likely frames is followed, so many bytes long already. */
  #isProven: boolean;
  #chainBytes = 0;
  /** Whether no byte was taken yet. */
  #isUntouched = true;
  /** Payload bytes of the frame in hand, those still to come, and the hash of those that came; NaN for no hash. */
  #payloadBytes = 0;
  #remaining = 0;
  #hash = NaN;
  /** Whether the other side is known to have received all that was lost here. */
  #isOvercome: boolean;
  /** Where in the stream its frames were found again. */
  #resumedAt = 0;

  /** @param sawStart whether the stream is followed from its first byte */
  constructor(readonly direction: Direction, sawStart: boolean, readonly taker: FrameTaker) {
    this.#methodFrame = new MethodFrame(direction);
    this.#state = sawStart ? OPENING : SEARCHING;
    this.#isProven = this.#isOvercome = sawStart;
  }

  /** The connection was seen to begin: nothing came before the next byte. */
  begin(): void {
    if (!this.#isUntouched) return;
    this.#state = OPENING;
    this.#isProven = this.#isOvercome = true;
  }

  /** The other side has received all up to a sequence number: that which was lost here too, perhaps. */
  acknowledgedTo(sequence: number): void {
    if (!this.#isOvercome && this.#isProven && ((sequence - this.#resumedAt) | 0) >= 0) this.#isOvercome = true;
  }

  /**
   * What a message is to remember of this stream, which is to answer it: how many losses its sender had heard the end
   * of, or -1 when that is not known.
   */
  get lossesHeard(): number {
    return this.#isOvercome ? this.losses : -1;
  }

  /**
   * Whether no answer to a message can have been lost here.
   *
   * @param heard what `lossesHeard` was when the message was sent
   * @param acknowledged what the message's segment acknowledged of this stream
   */
  isWholeSince(heard: number, acknowledged: number): boolean {
    if (heard === this.losses) return true;
    return this.#isProven && ((acknowledged - this.#resumedAt) | 0) >= 0;
  }

  /** Takes what it can of `bytes[start..end)`. Returns the count, or a verdict. */
  feed(bytes: Uint8Array, start: number, end: number, at: Arrival): number {
    let position = start;
    while (position < end) {
      const state = this.#state, wasProven = this.#isProven;
      const next = this.#step(bytes, position, start, end, at);
      if (next < 0) return next;
      if (next === position && state === this.#state && wasProven === this.#isProven) break;
      if (next > position) this.#isUntouched = false;
      position = next;
    }
    return position - start;
  }

  /** `lost` bytes will never come: harmless inside a payload that is passed over. */
  gap(lost: number): void {
    if (this.#state === PAYLOAD && lost <= this.#remaining) {
      this.#remaining -= lost;
      this.#hash = NaN;
    } else this.#lose("frames with bytes missing");
  }

  #step(bytes: Uint8Array, position: number, start: number, end: number, at: Arrival): number {
    switch (this.#state) {
      case OPENING:
        return this.#opening(bytes, position, end);
      case SEARCHING:
        return this.#search(bytes, position, start, end, at);
      case PAYLOAD:
        return this.#payload(bytes, position, start, end, at);
      default:
        return this.#isProven
          ? this.#frame(bytes, position, start, end, at)
          : this.#likelyFrame(bytes, position, start, end, at);
    }
  }

  /** Both sides may begin with a protocol header; only the client must. */
  #opening(bytes: Uint8Array, position: number, end: number): number {
    const length = protocolHeaderAt(bytes, position, end);
    if (length === HALF) return position;
    if (length === NO && this.direction === FROM_CLIENT) return NOT_MINE;
    this.#state = FRAME;
    if (length === NO) return position;
    const verdict = this.taker.protocolHeader(this.direction, bytes, position);
    return verdict < 0 ? verdict : position + PROTOCOL_HEADER_BYTES;
  }

  #frame(bytes: Uint8Array, position: number, start: number, end: number, at: Arrival): number {
    if (end - position < FRAME_HEADER_BYTES) return position;
    const channel = u16be(bytes, position + 1);
    const size = u32be(bytes, position + 3);
    switch (bytes[position]) {
      case METHOD:
        return this.#method(bytes, position, start, end, at, channel, size);
      case CONTENT_HEADER: {
        if (size < CONTENT_HEADER_BYTES || size > FRAME_BYTES) break;
        const payload = position + FRAME_HEADER_BYTES;
        if (end - payload < CONTENT_HEADER_BYTES) return position;
        const isHashed = this.taker.contentHeader(
          this.direction,
          channel,
          u16be(bytes, payload),
          u64be(bytes, payload + 4),
          at,
        );
        return this.#pass(position, size, isHashed ? 0 : NaN);
      }
      case CONTENT_BODY:
        if (!this.taker.contentBody(this.direction, channel, size, at)) break;
        return this.#pass(position, size, NaN);
      case HEARTBEAT:
        if (size !== 0) break;
        if (end - position < FRAME_EXTRA_BYTES) return position;
        if (bytes[position + FRAME_HEADER_BYTES] !== FRAME_END) break;
        return position + FRAME_EXTRA_BYTES;
    }
    return this.#broken("not a frame where one must begin", position);
  }

  #method(
    bytes: Uint8Array,
    position: number,
    start: number,
    end: number,
    at: Arrival,
    channel: number,
    size: number,
  ): number {
    if (size < 4 || size > FRAME_BYTES) return this.#broken("method frame of an impossible length", position);
    if (size > METHOD_BYTES) {
      this.taker.unreadable(this.direction, channel, "method too long to be read");
      return this.#pass(position, size, NaN);
    }
    const payload = position + FRAME_HEADER_BYTES, stop = payload + size;
    if (end < stop + 1) return position;
    if (bytes[stop] !== FRAME_END) return this.#broken("frame without its end octet", position);
    const method = methodOf(i32be(bytes, payload));
    if (method === undefined) this.taker.unreadable(this.direction, channel, "unknown method");
    else if (readArguments(method, bytes, payload + 4, stop) < 0) {
      this.taker.unreadable(this.direction, channel, "malformed method");
    } else {
      const frame = this.#methodFrame;
      frame.channel = channel;
      frame.method = method;
      frame.bytes = bytes;
      frame.frameBytes = size + FRAME_EXTRA_BYTES;
      frame.at = at;
      frame.first = position - start;
      frame.last = stop - start;
      this.taker.method(frame);
    }
    return stop + 1;
  }

  /** Begins to pass over the payload of the frame at `position`. */
  #pass(position: number, size: number, hash: number): number {
    this.#state = PAYLOAD;
    this.#payloadBytes = this.#remaining = size;
    this.#hash = hash;
    return position + FRAME_HEADER_BYTES;
  }

  #payload(bytes: Uint8Array, position: number, start: number, end: number, at: Arrival): number {
    if (this.#remaining > 0) {
      const taken = Math.min(this.#remaining, end - position);
      if (!Number.isNaN(this.#hash)) this.#hash = hashed(this.#hash, bytes, position, position + taken);
      if (!this.#isProven) this.taker.skipped(taken);
      this.#remaining -= taken;
      return position + taken;
    }
    if (bytes[position] !== FRAME_END) return this.#broken("frame without its end octet", position);
    this.#state = FRAME;
    if (this.#isProven) this.taker.contentFrame(this.direction, this.#payloadBytes, this.#hash, at, position - start);
    else {
      this.taker.skipped(1);
      this.#chainBytes += FRAME_EXTRA_BYTES + this.#payloadBytes;
      if (this.#chainBytes >= PROOF_BYTES) this.#resume(position + 1, start, at);
    }
    return position + 1;
  }

  /** The next frame of a chain that is not proven yet. */
  #likelyFrame(bytes: Uint8Array, position: number, start: number, end: number, at: Arrival): number {
    if (at.quietAt(position - start)) {
      const length = frameAt(bytes, position, end, this.direction);
      if (length === HALF) return position;
      if (length !== NO) return this.#resume(position, start, at);
    }
    if (end - position < FRAME_HEADER_BYTES) return position;
    const type = bytes[position], size = u32be(bytes, position + 3);
    if ((type > CONTENT_BODY && type !== HEARTBEAT) || type === 0 || size > PROOF_BYTES) {
      this.#state = SEARCHING;
      return position;
    }
    this.taker.skipped(FRAME_HEADER_BYTES);
    return this.#pass(position, size, NaN);
  }

  #search(bytes: Uint8Array, position: number, start: number, end: number, at: Arrival): number {
    for (let i = position; i < end; i++) {
      const isQuiet = at.quietAt(i - start);
      if (!isQuiet && bytes[i] !== METHOD) continue;
      let length = isQuiet ? protocolHeaderAt(bytes, i, end) : NO;
      if (length > 0) {
        // The version that is decoded is believed only at the very beginning; any other closes the conversation.
        if (isKnownVersion(bytes, i) && !this.#isUntouched) continue;
        const verdict = this.taker.protocolHeader(this.direction, bytes, i);
        if (verdict < 0) return verdict;
        this.#isOvercome = true;
        return this.#resume(i + PROTOCOL_HEADER_BYTES, start, at);
      }
      if (length === NO) length = frameAt(bytes, i, end, this.direction);
      if (length === NO) continue;
      this.taker.skipped(i - position);
      if (length === HALF) return i;
      if (isQuiet) return this.#resume(i, start, at);
      this.#state = FRAME;
      this.#chainBytes = 0;
      return i;
    }
    this.taker.skipped(end - position);
    return end;
  }

  /** Frames are known again from `position` on. */
  #resume(position: number, start: number, at: Arrival): number {
    this.#state = FRAME;
    this.#isProven = true;
    this.#resumedAt = (at.sequence + (position - start)) | 0;
    return position;
  }

  /** What stands at `position` is no frame. Returns where to go on, or a verdict. */
  #broken(reason: string, position: number): number {
    if (!this.#isProven) {
      this.#state = SEARCHING;
      return position;
    }
    if (!this.taker.isUnderstood) return NOT_MINE;
    this.#lose(reason);
    this.taker.skipped(1);
    return position + 1;
  }

  #lose(reason: string): void {
    if (this.#isProven) {
      this.losses++;
      this.taker.lost(reason);
    }
    this.#state = SEARCHING;
    this.#isProven = this.#isOvercome = false;
    this.#isUntouched = false;
  }
}

/** FNV-1a (https://datatracker.ietf.org/doc/draft-eastlake-fnv/), continued from an earlier part. */
function hashed(hash: number, bytes: Uint8Array, start: number, end: number): number {
  for (let i = start; i < end; i++) hash = Math.imul(hash ^ bytes[i], 0x01000193);
  return hash >>> 0;
}
