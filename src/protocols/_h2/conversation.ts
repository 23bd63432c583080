/**
 * Both directions of an HTTP/2 connection (RFC 9113): streams from their request to the end of their response, paired
 * by stream id, reported by whichever protocol of the family claims them.
 *
 * A stream id is used once, so a pair is never wrong, and neither is the time of a stream's end. After missing bytes a
 * response whose headers were not seen is counted as lost; one that lacks DATA is reported with the size that was seen,
 * and counted as such.
 */
import { type Arrival, type Direction, type Flow, FROM_CLIENT, FROM_SERVER } from "../../core/flow.ts";
import type { ProtocolLedger } from "../../core/ledger.ts";
import type { Conversation, ConversationContext, InheritedRequest, Protocol } from "../../core/protocol.ts";
import type { Instant } from "../../core/time.ts";
import { CERTAIN, HAND_OVER, NOT_MINE, UNSURE } from "../../core/verdict.ts";
import { type FrameEvents, FrameReader } from "./frame_reader.ts";
import {
  errorName,
  GOAWAY_FRAMES,
  LONGEST_FRAME_BYTES,
  SETTING_MAX_FRAME_SIZE,
  STREAMS,
  WAITING_LIST_BYTES,
} from "./frames.ts";
import { type HeaderBlock, UNKNOWN } from "./header_block.ts";
import { Reporters } from "./reporters.ts";
import { Stream, type StreamProtocol } from "./stream.ts";
import { judgeUpgrade } from "./upgrade.ts";

export class H2Conversation implements Conversation, FrameEvents {
  /** A connection that asks for an Upgrade is HTTP/1's until the answer, which hands it back. */
  readonly successor = "http";
  readonly handOverConsumed = 0;
  readonly #ledger: ProtocolLedger;
  readonly #readers: readonly [FrameReader, FrameReader];
  readonly #reporters: Reporters;
  /** Streams whose response has not ended, the oldest first. */
  readonly #streams = new Map<number, Stream>();
  #listBytes = 0;
  /** The first and the newest stream that the client opened since nothing of it was missed, and the newest at all. */
  #first = 0;
  #newest = 0;
  #newestPromised = 0;
  /** Whether all that the client sent was seen. */
  #clientIsWhole: boolean;
  /** How often frames of each direction were missed: a stream that has another number may lack some. */
  readonly #losses: [number, number] = [0, 0];
  #goAwayFrames = 0;

  /**
   * @param protocol the one that the flow was opened for
   * @param group those of its family that are wanted, itself included
   * @param inherited the request that an Upgrade left to be answered as stream 1
   */
  constructor(
    protocol: StreamProtocol,
    flow: Flow,
    contexts: ReadonlyMap<string, ConversationContext>,
    group: readonly Protocol[],
    inherited?: InheritedRequest,
  ) {
    this.#reporters = new Reporters(flow, contexts, group);
    this.#ledger = contexts.get(protocol.name)!.ledger;
    const isStart = flow.sawStart || inherited !== undefined;
    this.#clientIsWhole = isStart;
    this.#readers = [
      new FrameReader(FROM_CLIENT, this, this.#ledger, isStart),
      new FrameReader(FROM_SERVER, this, this.#ledger, isStart),
    ];
    if (inherited !== undefined) this.#inherit(inherited);
  }

  feed(direction: Direction, bytes: Uint8Array, start: number, end: number, at: Arrival): number {
    return this.#readers[direction].feed(bytes, start, end, at);
  }

  gap(direction: Direction, lost: number): void {
    this.#readers[direction].gap(lost);
  }

  end(direction: Direction): void {
    if (direction !== FROM_SERVER) return;
    // A connection that ends early leaves responses incomplete, but they were the answers.
    for (const stream of this.#streams.values()) {
      if (!stream.responded) continue;
      if (this.#lacks(stream, FROM_CLIENT) || this.#lacks(stream, FROM_SERVER)) {
        this.#giveUp(stream, "lost"); // its true end, or a reset, may be among what is missing
        continue;
      }
      this.#ledger.reasons.add("response cut short by the end of its connection");
      this.#complete(stream, this.#readers[FROM_SERVER]);
    }
  }

  close(): void {
    for (const stream of this.#streams.values()) {
      this.#giveUp(stream, this.#lacks(stream, FROM_SERVER) ? "lost" : "unanswered");
    }
  }

  isOpen(id: number): boolean {
    return this.#streams.has(id);
  }

  started(): void {
    this.#clientIsWhole = true;
    this.#readers[FROM_SERVER].begin();
  }

  noPreface(bytes: Uint8Array, start: number, end: number): number {
    const verdict = judgeUpgrade(bytes, start, end);
    return verdict === CERTAIN ? HAND_OVER : verdict === UNSURE ? 0 : NOT_MINE;
  }

  headers(direction: Direction, id: number, block: HeaderBlock, endStream: boolean, at: Instant): void {
    if (direction === FROM_CLIENT) this.#fromClient(id, block, endStream, at);
    else this.#fromServer(id, block, endStream, at);
  }

  promise(direction: Direction, _stream: number, id: number, block: HeaderBlock, at: Instant): void {
    if (direction !== FROM_SERVER || (id & 1) !== 0 || id <= this.#newestPromised) return;
    this.#newestPromised = id;
    const stream = this.#open(id, block, at);
    stream.requestEnded = true;
  }

  data(direction: Direction, id: number, bytes: Uint8Array, start: number, end: number): void {
    const stream = this.#streams.get(id);
    if (stream === undefined) return;
    if (direction === FROM_CLIENT) {
      stream.requestBytes += end - start;
      stream.requestBody?.take(bytes, start, end);
    } else if (this.#lacksHeaders(stream)) this.#giveUp(stream, "lost");
    else {
      stream.responseBytes += end - start;
      stream.responseBody?.take(bytes, start, end);
    }
  }

  dataLost(direction: Direction, id: number, lost: number): void {
    const stream = this.#streams.get(id);
    if (stream === undefined) return;
    if (direction === FROM_CLIENT) {
      stream.requestBytes += lost;
      stream.requestBody?.skip(lost);
    } else {
      stream.responseBytes += lost;
      stream.responseBody?.skip(lost);
    }
  }

  dataEnd(direction: Direction, id: number, at: Instant): void {
    const stream = this.#streams.get(id);
    if (stream === undefined) return;
    if (direction === FROM_CLIENT) this.#requestEnd(stream);
    else if (this.#lacksHeaders(stream)) this.#giveUp(stream, "lost");
    else this.#complete(stream, at);
  }

  endLost(direction: Direction, id: number): void {
    const stream = this.#streams.get(id);
    if (stream === undefined) return;
    if (direction === FROM_CLIENT) this.#requestEnd(stream);
    else this.#giveUp(stream, "lost");
  }

  reset(_direction: Direction, id: number, code: number, at: Instant): void {
    const stream = this.#streams.get(id);
    if (stream === undefined) return;
    stream.reset = errorName(code);
    if (this.#lacks(stream, FROM_SERVER)) this.#giveUp(stream, "lost"); // it may have ended before
    else if (stream.responded) this.#complete(stream, at);
    else this.#giveUp(stream, "unanswered", `stream reset before an answer: ${stream.reset}`);
  }

  goAway(direction: Direction, last: number, code: number): void {
    // Its sender has not acted and will not act on streams of the other side beyond `last` (RFC 9113, 6.8). Two are
    // usual; a flood of them would have all streams looked at again and again.
    if (++this.#goAwayFrames > GOAWAY_FRAMES) return;
    const parity = direction === FROM_SERVER ? 1 : 0;
    for (const stream of this.#streams.values()) {
      if ((stream.id & 1) !== parity || stream.id <= last || stream.responded) continue;
      stream.reset = errorName(code);
      this.#giveUp(stream, "unanswered", `stream refused by GOAWAY: ${stream.reset}`);
    }
  }

  setting(direction: Direction, name: number, value: number): void {
    if (name !== SETTING_MAX_FRAME_SIZE) return;
    const other = this.#readers[direction === FROM_CLIENT ? FROM_SERVER : FROM_CLIENT];
    other.longestFrame = Math.max(other.longestFrame, value); // one that was made smaller may not be in force yet
  }

  damaged(direction: Direction, id: number): void {
    const stream = this.#streams.get(id);
    if (direction === FROM_CLIENT) this.#newest = Math.max(this.#newest, id); // it may have been a request
    else if (stream !== undefined) this.#giveUp(stream, "lost");
  }

  outOfStep(direction: Direction): void {
    const other = this.#readers[direction === FROM_CLIENT ? FROM_SERVER : FROM_CLIENT];
    other.longestFrame = LONGEST_FRAME_BYTES; // a setting may have been missed
    if (direction === FROM_CLIENT) {
      this.#clientIsWhole = false;
      this.#first = 0;
    }
    this.#losses[direction]++;
  }

  /** Whether frames of a direction were missed since the stream was known to be whole. */
  #lacks(stream: Stream, direction: Direction): boolean {
    return (direction === FROM_CLIENT ? stream.clientLosses : stream.serverLosses) !== this.#losses[direction];
  }

  /** Whether the response's headers are among what is missing, when something of it comes that is not its headers. */
  #lacksHeaders(stream: Stream): boolean {
    return !stream.responded && this.#lacks(stream, FROM_SERVER);
  }

  #fromClient(id: number, block: HeaderBlock, endStream: boolean, at: Instant): void {
    const known = this.#streams.get(id);
    if (known !== undefined) { // trailers
      if (endStream) this.#requestEnd(known);
      return;
    }
    // Streams are opened in order of their ids: an older one is over, or was opened among bytes that were not seen.
    if ((id & 1) === 0 || id <= this.#newest) return;
    if (!this.#clientIsWhole && endStream && !block.hasPseudo) {
      this.#ledger.reasons.add("headers that may be a request's or its trailers");
      return;
    }
    this.#newest = id;
    if (this.#first === 0) this.#first = id;
    const stream = this.#open(id, block, at);
    stream.requestEnded = endStream;
  }

  #fromServer(id: number, block: HeaderBlock, endStream: boolean, at: Instant): void {
    const stream = this.#streams.get(id);
    if (stream === undefined) return this.#alone(id, block);
    if (stream.responded && !(stream.status === UNKNOWN && block.status !== "")) {
      return this.#trailers(stream, block, endStream, at);
    }
    if (block.status.length === 3 && block.status[0] === "1" && !endStream) return; // interim (RFC 9110, 15.2)
    // A response has a status. Where none of its fields is unknown, or the stream ends here, it may be trailers.
    if (block.status === "" && (block.unknown === 0 || (endStream && this.#lacksHeaders(stream)))) {
      return this.#giveUp(stream, "lost");
    }
    stream.serverLosses = this.#losses[FROM_SERVER]; // it begins here, or with interim ones that do not matter
    stream.status = block.shown(block.status);
    stream.responseFields = block.fields(block.status === "" ? 1 : 0);
    stream.responded = true;
    this.#keep(stream, block);
    this.#reporters.decide(stream, block);
    if (stream.roundTrip !== undefined) stream.roundTrip.begun = true;
    if (!endStream) return;
    stream.trailers = stream.responseFields; // nothing else will come: these are gRPC's trailers too
    this.#complete(stream, at);
  }

  #trailers(stream: Stream, block: HeaderBlock, endStream: boolean, at: Instant): void {
    stream.trailers = block.fields(0);
    this.#keep(stream, block);
    if (endStream) this.#complete(stream, at);
  }

  /** A response whose request is not known, or one that nobody waits for any more. */
  #alone(id: number, block: HeaderBlock): void {
    const wasOpened = (id & 1) === 0
      ? id <= this.#newestPromised
      : this.#first !== 0 && id >= this.#first && id <= this.#newest;
    if (wasOpened || block.status === "" || block.status[0] === "1") return;
    this.#reporters.alone(block);
  }

  #open(id: number, block: HeaderBlock, at: Instant): Stream {
    const stream = new Stream(id, at);
    stream.method = block.shown(block.method);
    stream.scheme = block.shown(block.scheme);
    stream.authority = block.shown(block.authority);
    stream.path = block.shown(block.path);
    const { method, scheme, authority, path } = block;
    stream.requestFields = block.fields(+(method === "") + +(scheme === "") + +(authority === "") + +(path === ""));
    stream.clientLosses = this.#losses[FROM_CLIENT];
    stream.serverLosses = this.#readers[FROM_SERVER].inStep ? this.#losses[FROM_SERVER] : -1;
    this.#enter(stream);
    this.#keep(stream, block);
    this.#reporters.decide(stream, block);
    return stream;
  }

  /** The request that came before an Upgrade is stream 1, and whole (RFC 7540, 3.2). */
  #inherit(request: InheritedRequest): void {
    const stream = new Stream(1, request);
    stream.method = request.method;
    stream.scheme = request.scheme;
    stream.authority = request.authority;
    stream.path = request.target;
    stream.requestFields = request.fields;
    stream.requestBytes = request.bytes;
    stream.requestEnded = true;
    this.#first = this.#newest = 1;
    this.#readers[FROM_SERVER].longestFrame = LONGEST_FRAME_BYTES; // HTTP2-Settings may say so
    this.#enter(stream);
    this.#reporters.giveGeneral(stream);
  }

  #requestEnd(stream: Stream): void {
    if (stream.requestEnded) return;
    stream.requestEnded = true;
    if (!this.#lacks(stream, FROM_CLIENT)) return;
    stream.isShort = true;
    stream.requestBody = undefined;
  }

  #enter(stream: Stream): void {
    this.#streams.set(stream.id, stream);
    if (this.#streams.size > STREAMS) this.#makeRoom(stream);
  }

  /** Counts what a stream's headers hold. */
  #keep(stream: Stream, block: HeaderBlock): void {
    stream.listBytes += block.bytes;
    this.#listBytes += block.bytes;
    while (this.#listBytes > WAITING_LIST_BYTES && this.#streams.size > 1) this.#makeRoom(stream);
  }

  /** Gives up the oldest streams but the one in hand: many at once, as a Map is slow to find its first after deletions. */
  #makeRoom(kept: Stream): void {
    let count = 1 + (this.#streams.size >> 4);
    for (const oldest of this.#streams.values()) {
      if (oldest === kept) continue;
      this.#giveUp(oldest, "evicted");
      if (--count === 0) return;
    }
  }

  #complete(stream: Stream, at: Instant): void {
    if (!stream.requestEnded && this.#lacks(stream, FROM_CLIENT)) {
      stream.isShort = true;
      stream.requestBody = undefined;
    }
    if (this.#lacks(stream, FROM_SERVER)) {
      stream.isShort = true;
      stream.responseBody = undefined;
    }
    this.#forget(stream);
    const { reporter } = stream;
    if (reporter === undefined) return;
    if (stream.isShort) reporter.context.ledger.reasons.add("a size that may lack bytes missing from the capture");
    reporter.answered(stream, at);
  }

  #giveUp(stream: Stream, fate: "unanswered" | "lost" | "evicted", reason = ""): void {
    this.#forget(stream);
    const { reporter } = stream;
    if (reporter === undefined) return;
    if (reason !== "" && fate === "unanswered") reporter.context.ledger.reasons.add(reason);
    reporter.gaveUp(stream, fate);
  }

  /** The stream is over: whose it is must be known now. */
  #forget(stream: Stream): void {
    if (!this.#reporters.decideAtLast(stream)) this.#ledger.reasons.add("streams whose content type is not known");
    this.#streams.delete(stream.id);
    this.#listBytes -= stream.listBytes;
  }
}
