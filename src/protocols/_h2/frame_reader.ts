/**
 * One direction of an HTTP/2 connection (RFC 9113, sections 4 to 6): frames one after another, header blocks put
 * together and decoded, DATA and what does not matter skipped by count.
 */
import { u16be, u32be } from "../../bytes/read.ts";
import { type Arrival, type Direction, FROM_CLIENT } from "../../core/flow.ts";
import type { ProtocolLedger } from "../../core/ledger.ts";
import type { Instant } from "../../core/time.ts";
import { CERTAIN, UNSURE } from "../../core/verdict.ts";
import { CertainStart, prefaceBytes } from "./certain_start.ts";
import {
  ACK,
  CONTINUATION,
  DATA,
  END_HEADERS,
  END_STREAM,
  findFragment,
  fragment,
  GOAWAY,
  HEADER_BYTES,
  HEADERS,
  LONGEST_FRAME_BYTES,
  PADDED,
  payloadLength,
  PREFACE,
  PUSH_PROMISE,
  RST_STREAM,
  SETTINGS,
  streamId,
  USUAL_FRAME_BYTES,
  WHOLE_FRAME_BYTES,
} from "./frames.ts";
import { Fragments } from "./fragments.ts";
import { HeaderBlock } from "./header_block.ts";
import { HpackDecoder } from "./hpack.ts";

/** What a reader tells. `at` is the time of the packet that made it whole. */
export interface FrameEvents {
  /** Asked, not told: whether a stream is known and has not ended. */
  isOpen(stream: number): boolean;
  /** The client's preface: the connection begins here, in both directions. */
  started(): void;
  /** The client began with something else. Returns what `feed` returns: 0 to see more of it. */
  noPreface(bytes: Uint8Array, start: number, end: number): number;
  /** @param block valid until the call returns */
  headers(direction: Direction, stream: number, block: HeaderBlock, endStream: boolean, at: Instant): void;
  promise(direction: Direction, stream: number, promised: number, block: HeaderBlock, at: Instant): void;
  /** A part of a DATA frame's payload, without padding. */
  data(direction: Direction, stream: number, bytes: Uint8Array, start: number, end: number): void;
  /** A part of a DATA frame's payload will never come. */
  dataLost(direction: Direction, stream: number, lost: number): void;
  /** The last DATA frame of a stream is whole. */
  dataEnd(direction: Direction, stream: number, at: Instant): void;
  /** The last bytes of a stream's last DATA frame will never come: it ended nobody knows when. */
  endLost(direction: Direction, stream: number): void;
  reset(direction: Direction, stream: number, code: number, at: Instant): void;
  goAway(direction: Direction, last: number, code: number): void;
  setting(direction: Direction, name: number, value: number): void;
  /** A frame of this stream that is more than DATA could not be read. */
  damaged(direction: Direction, stream: number): void;
  /** It is not known any more where frames begin, nor which ones were missed. */
  outOfStep(direction: Direction): void;
}

const TOO_LONG = "a header block too long to be kept";

/** What the reader is at. */
const AT_PREFACE = 0, AT_FRAME = 1, IN_DATA = 2, IN_SKIPPED = 3, SEARCHING = 4;

export class FrameReader implements Instant {
  /** Time of the newest bytes. */
  sec = 0;
  nsec = 0;
  /** The longest payload that the receiver takes. */
  longestFrame: number;
  readonly #hpack: HpackDecoder;
  readonly #block = new HeaderBlock();
  #state: number;
  #waits = false;
  /** Bytes offered and not consumed, and the frame that they begin. */
  #pending = 0;
  #type = 0;
  #stream = 0;
  /** Of the frame that is passed: payload and padding still to come, and whether it ends its stream. */
  #remaining = 0;
  #padding = 0;
  #endsStream = false;
  /** The header block that is being put together: its stream (0: none), what it promises, and what came so far. */
  #blockStream = 0;
  #promised = 0;
  #blockEndsStream = false;
  readonly #fragments = new Fragments();
  /** The place that is being judged lies at the first byte offered. */
  readonly #start: CertainStart;
  #hasCandidate = false;
  #skippedAny = false;

  /** @param certain whether the connection begins with what will be fed first */
  constructor(
    readonly direction: Direction,
    readonly events: FrameEvents,
    readonly ledger: ProtocolLedger,
    certain: boolean,
  ) {
    this.#hpack = new HpackDecoder(certain);
    this.#start = new CertainStart(direction, (stream) => events.isOpen(stream));
    this.#state = !certain ? SEARCHING : direction === FROM_CLIENT ? AT_PREFACE : AT_FRAME;
    this.longestFrame = certain ? USUAL_FRAME_BYTES : LONGEST_FRAME_BYTES;
  }

  /** Whether frames are followed, so that nothing of what comes next is missed. */
  get inStep(): boolean {
    return this.#state !== SEARCHING;
  }

  /** See `Conversation.feed`. */
  feed(bytes: Uint8Array, start: number, end: number, at: Arrival): number {
    this.sec = at.sec;
    this.nsec = at.nsec;
    this.#waits = false;
    let position = start;
    while (position < end && !this.#waits) {
      switch (this.#state) {
        case AT_FRAME:
          position = this.#frame(bytes, position, end);
          break;
        case IN_DATA:
          position = this.#data(bytes, position, end);
          break;
        case IN_SKIPPED: {
          const taken = Math.min(this.#remaining, end - position);
          position += taken;
          this.#remaining -= taken;
          if (this.#remaining === 0) this.#state = AT_FRAME;
          break;
        }
        case SEARCHING:
          position = this.#search(bytes, position, start, end, at);
          break;
        default: {
          const length = prefaceBytes(bytes, position, end);
          if (length < 0) return this.events.noPreface(bytes, position, end);
          if (length < PREFACE.length) this.#waits = true;
          else {
            position += length;
            this.#state = AT_FRAME;
            this.events.started();
          }
        }
      }
    }
    this.#pending = end - position;
    return position - start;
  }

  /** Bytes will never come. */
  gap(lost: number): void {
    const pending = this.#pending;
    this.#pending = 0;
    if (this.#state === IN_DATA && lost <= this.#remaining + this.#padding) {
      const data = Math.min(lost, this.#remaining);
      this.#remaining -= data;
      this.#padding -= lost - data;
      this.events.dataLost(this.direction, this.#stream, data);
      if (this.#remaining + this.#padding > 0) return;
      this.#state = AT_FRAME;
      if (this.#endsStream) this.events.endLost(this.direction, this.#stream);
    } else if (this.#state === IN_SKIPPED && lost <= this.#remaining) this.#skip(this.#remaining - lost);
    else if (this.#state === AT_FRAME && pending >= HEADER_BYTES && pending + lost <= this.#remaining) {
      // Only the frame that was waited for is hurt: what follows is where its length says.
      this.#damageFrame();
      this.#skip(this.#remaining - pending - lost);
    } else this.#desynchronise();
  }

  /** The connection begins here: what this direction sent so far, if anything, were whole frames without headers. */
  begin(): void {
    this.longestFrame = USUAL_FRAME_BYTES;
    if (this.#state !== SEARCHING || this.#skippedAny) return;
    this.#state = AT_FRAME;
    this.#hasCandidate = false;
    this.#hpack.table.restart();
  }

  /** Reads the frame at `position` if it is there, and returns where to go on. */
  #frame(bytes: Uint8Array, position: number, end: number): number {
    if (end - position < HEADER_BYTES) return this.#wait(position);
    const length = payloadLength(bytes, position), type = bytes[position + 3];
    const stream = streamId(bytes, position), next = position + HEADER_BYTES + length;
    if (length > this.longestFrame) {
      this.ledger.reasons.add("a frame longer than its receiver allows");
      this.#desynchronise();
      return position;
    }
    if (this.#blockStream !== 0 && (type !== CONTINUATION || stream !== this.#blockStream)) {
      this.#dropBlock("a frame between the parts of a header block");
    }
    this.#type = type;
    this.#stream = stream;
    switch (type) {
      case DATA:
        return this.#dataFrame(bytes, position, end, length);
      case HEADERS:
      case PUSH_PROMISE:
      case CONTINUATION:
      case RST_STREAM:
      case SETTINGS:
      case GOAWAY:
        if (next <= end) {
          this.#whole(bytes, position, next);
          return next;
        }
        this.#remaining = HEADER_BYTES + length;
        if (length <= WHOLE_FRAME_BYTES) return this.#wait(position);
        this.ledger.reasons.add("a frame too long to be kept");
        this.#damageFrame();
    }
    this.#skip(length);
    return position + HEADER_BYTES;
  }

  #wait(position: number): number {
    this.#waits = true;
    return position;
  }

  #skip(remaining: number): void {
    this.#remaining = remaining;
    this.#state = remaining > 0 ? IN_SKIPPED : AT_FRAME;
  }

  /** Begins a DATA frame (section 6.1). */
  #dataFrame(bytes: Uint8Array, position: number, end: number, length: number): number {
    const flags = bytes[position + 4];
    let header = HEADER_BYTES;
    this.#padding = 0;
    if ((flags & PADDED) !== 0 && length > 0) {
      if (end - position === HEADER_BYTES) {
        this.#remaining = HEADER_BYTES + length;
        return this.#wait(position);
      }
      header++;
      this.#padding = Math.min(bytes[position + HEADER_BYTES], length - 1);
    }
    this.#remaining = length - (header - HEADER_BYTES) - this.#padding;
    this.#endsStream = (flags & END_STREAM) !== 0;
    this.#state = IN_DATA;
    if (this.#remaining + this.#padding === 0) this.#dataEnd();
    return position + header;
  }

  #data(bytes: Uint8Array, position: number, end: number): number {
    const data = Math.min(this.#remaining, end - position);
    if (data > 0) {
      this.#remaining -= data;
      this.events.data(this.direction, this.#stream, bytes, position, position + data);
      position += data;
    }
    const padding = Math.min(this.#padding, end - position);
    this.#padding -= padding;
    if (this.#remaining + this.#padding === 0) this.#dataEnd();
    return position + padding;
  }

  #dataEnd(): void {
    this.#state = AT_FRAME;
    if (this.#endsStream) this.events.dataEnd(this.direction, this.#stream, this);
  }

  /** Reads a whole frame of those that are waited for. */
  #whole(bytes: Uint8Array, at: number, end: number): void {
    const flags = bytes[at + 4], payload = at + HEADER_BYTES, length = end - payload;
    switch (this.#type) {
      case RST_STREAM:
        if (length === 4) this.events.reset(this.direction, this.#stream, u32be(bytes, payload), this);
        return;
      case GOAWAY:
        if (length < 8) return;
        this.events.goAway(this.direction, u32be(bytes, payload) & 0x7fffffff, u32be(bytes, payload + 4));
        return;
      case SETTINGS:
        if ((flags & ACK) !== 0) return;
        for (let i = payload; i + 6 <= end; i += 6) {
          this.events.setting(this.direction, u16be(bytes, i), u32be(bytes, i + 2));
        }
        return;
      case CONTINUATION:
        return this.#continuation(bytes, payload, end, (flags & END_HEADERS) !== 0);
    }
    const promised = this.#type === PUSH_PROMISE;
    if (!findFragment(bytes, at)) return this.#dropBlock("a header block that does not fit its frame");
    this.#promised = promised ? u32be(bytes, fragment.start - 4) & 0x7fffffff : 0;
    this.#blockStream = this.#stream;
    this.#blockEndsStream = !promised && (flags & END_STREAM) !== 0;
    if ((flags & END_HEADERS) !== 0) return this.#headers(bytes, fragment.start, fragment.end);
    if (!this.#fragments.add(bytes, fragment.start, fragment.end)) this.#dropBlock(TOO_LONG);
  }

  #continuation(bytes: Uint8Array, start: number, end: number, isLast: boolean): void {
    if (this.#blockStream === 0) return this.#dropBlock("a part of a header block without its beginning");
    if (!this.#fragments.add(bytes, start, end)) this.#dropBlock(TOO_LONG);
    else if (isLast) this.#headers(this.#fragments.bytes, 0, this.#fragments.length);
  }

  /** A header block is whole. */
  #headers(bytes: Uint8Array, start: number, end: number): void {
    const block = this.#block, stream = this.#blockStream, promised = this.#promised;
    if (!this.#hpack.decode(bytes, start, end, block)) return this.#dropBlock("a header block that does not decode");
    this.#forgetBlock();
    if (block.unknown > 0) {
      this.ledger.reasons.add("header fields not known: they are named by what was not seen", block.unknown);
    }
    if (block.cut) this.ledger.reasons.add("a header list too long to be kept whole");
    if (promised !== 0) this.events.promise(this.direction, stream, promised, block, this);
    else this.events.headers(this.direction, stream, block, this.#blockEndsStream, this);
  }

  /** A header block cannot be read: its stream lacks it, and the table whatever it would have added. */
  #dropBlock(reason: string): void {
    this.ledger.reasons.add(reason);
    this.#damage(this.#promised !== 0 ? 0 : this.#blockStream !== 0 ? this.#blockStream : this.#stream);
  }

  /** The frame that was begun last cannot be read. */
  #damageFrame(): void {
    if (this.#type >= HEADERS && this.#type !== RST_STREAM && this.#type !== SETTINGS && this.#type !== GOAWAY) {
      this.#damage(this.#type === PUSH_PROMISE ? 0 : this.#stream);
    } else this.events.damaged(this.direction, this.#stream);
  }

  #damage(stream: number): void {
    this.#hpack.table.lose();
    this.#forgetBlock();
    this.events.damaged(this.direction, stream);
  }

  #forgetBlock(): void {
    this.#blockStream = this.#promised = 0;
    this.#fragments.clear();
  }

  #desynchronise(): void {
    this.#hpack.table.lose();
    this.#forgetBlock();
    this.#start.reset();
    this.#hasCandidate = false;
    this.#skippedAny = true;
    this.#state = SEARCHING;
    this.events.outOfStep(this.direction);
  }

  /** Looks for a certain start: where the last look could not tell, then at the beginning of the newest segment. */
  #search(bytes: Uint8Array, position: number, start: number, end: number, at: Arrival): number {
    if (this.#hasCandidate && position === start) {
      const found = this.#start.judge(bytes, position, end);
      if (found === CERTAIN) return this.#found(bytes, position, end);
      if (found === UNSURE) return this.#wait(position);
    }
    this.#hasCandidate = false;
    const segment = start + at.carried;
    if (segment < position || segment >= end) return this.#pass(end - position, end);
    this.#start.reset();
    const found = this.#start.judge(bytes, segment, end);
    if (found === CERTAIN) return this.#found(bytes, this.#pass(segment - position, segment), end);
    if (found !== UNSURE) return this.#pass(end - position, end);
    this.#hasCandidate = true;
    return this.#wait(this.#pass(segment - position, segment));
  }

  #found(bytes: Uint8Array, position: number, end: number): number {
    const isPreface = this.direction === FROM_CLIENT && prefaceBytes(bytes, position, end) === PREFACE.length;
    if (isPreface) this.#hpack.table.restart();
    this.#state = isPreface ? AT_PREFACE : AT_FRAME;
    this.#hasCandidate = false;
    return position;
  }

  #pass(skipped: number, position: number): number {
    this.ledger.skippedBytes += skipped;
    if (skipped > 0) this.#skippedAny = true;
    return position;
  }
}
