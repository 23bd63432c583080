/**
 * Pairing by position: the n-th response answers the n-th request.
 *
 * That holds only while nothing of either direction is missing. After a gap or a late start the count is gone, and
 * pairs are made again only from a quiet point on: a request that was sent when nothing was in flight either way
 * (`Arrival.quietAt`), whose response then must begin at the sequence number that the request's segment acknowledged.
 * A client seen to send requests while answers to earlier ones were under way has no such point that could be
 * trusted, neither now nor before: after a gap its requests are counted as lost until the connection ends. Where
 * several requests waited when responses were lost, some may be answered yet: then the first turn after the quiet point
 * is on trial, and counted as lost, since a response too many would show that. And where a quiet point is only supposed,
 * since the other side's last bytes are not known, a second request before the first answer shows a pipeline that may
 * have begun earlier: its requests are lost too.
 */
import type { Arrival } from "../core/flow.ts";
import { PENDING_REQUESTS } from "../core/limits.ts";
import type { ConversationContext } from "../core/protocol.ts";
import type { RoundTrip } from "../core/roundtrip.ts";
import type { Instant } from "../core/time.ts";
import { abandon, settle } from "./settle.ts";

export class Fifo<D> {
  readonly #context: ConversationContext;
  readonly #capacity: number;
  /** Requests lie in `[#head, #tail)`; the array is not shortened, since that would give up its memory each time. */
  #queue: (RoundTrip<D> | undefined)[] = [];
  #head = 0;
  #tail = 0;
  /** Requests after those in the queue that were too many to keep: their responses are taken and dropped. */
  #unkept = 0;
  /** Whether the next request's place in the order is known. */
  #requestsCertain: boolean;
  /** Whether the next response must be the head's wherever it begins; else it must begin at the head's `matchKey`. */
  #responsesCertain: boolean;
  /** Whether the head's place is only supposed. */
  #supposed = false;
  /** Whether the head's response has begun; and whether the head was lost since, so that its end answers nobody. */
  #begun = false;
  #abandoned = false;
  /** Whether the head is the first since the order was lost, and its response has begun at its very place. */
  #atPlace = false;
  /** Whether the order was lost before, so that it hangs on a quiet point. */
  #resumed: boolean;
  /** Whether requests that were given up may still be answered; and whether the present turn is to show that. */
  #doubted = false;
  #onTrial = false;
  /** Whether requests were ever sent between the responses to earlier ones. */
  #overlapped = false;

  /** @param certain whether the flow is followed from its start */
  constructor(context: ConversationContext, certain: boolean, capacity: number = PENDING_REQUESTS) {
    this.#context = context;
    this.#capacity = capacity;
    this.#requestsCertain = certain;
    this.#responsesCertain = certain;
    this.#resumed = !certain;
  }

  /** How many requests wait. */
  get size(): number {
    return this.#tail - this.#head + this.#unkept;
  }

  /**
   * A request became known.
   *
   * @param offset where in the bytes of `at` the request began
   * @param keep false when there is no room for what it says: its response is still awaited in turn
   */
  request(roundTrip: RoundTrip<D>, at: Arrival, offset: number, keep = true): void {
    const ledger = this.#context.ledger;
    ledger.requests++;
    const acknowledged = at.acknowledgedAt(offset);
    const waiting = this.#tail - this.#head;
    if (waiting > 0 && this.#queue[this.#head]!.matchKey !== acknowledged) {
      this.#overlapped = true;
      if (this.#resumed) this.responseGap();
    }
    if (this.#supposed && waiting > 0) this.responseGap();
    if (!this.#requestsCertain) {
      if (this.#overlapped || !at.quietAt(offset)) {
        ledger.lost++;
        return;
      }
      this.#forget();
      this.#requestsCertain = true;
      this.#responsesCertain = false;
      this.#supposed = !at.provenAt(offset);
      this.#resumed = true;
      this.#onTrial = this.#doubted;
    } else if (this.#onTrial && waiting === 0) { // one response for each request: the turn has passed
      if (at.quietAt(offset)) this.#onTrial = this.#doubted = false;
      else this.responseGap();
    }
    if (!this.#requestsCertain) {
      ledger.lost++;
      return;
    }
    roundTrip.matchKey = acknowledged;
    if (!keep || this.#unkept > 0 || waiting >= this.#capacity) {
      this.#unkept++;
      ledger.evicted++;
      return;
    }
    ledger.waiting.add(roundTrip as RoundTrip);
    this.#queue[this.#tail++] = roundTrip;
  }

  /** A request that the protocol does not answer. */
  oneWay(): void {
    this.#context.ledger.requests++;
    this.#context.ledger.oneWay++;
  }

  /**
   * The request that a response answers which begins at this sequence number of the server's bytes; it stays the
   * oldest until `answered` or `dropped`. Undefined when there is none that is certain.
   */
  awaiting(sequence: number): RoundTrip<D> | undefined {
    if (this.#head === this.#tail) return undefined;
    const head = this.#queue[this.#head]!;
    if (!this.#responsesCertain) {
      if (head.matchKey !== sequence) {
        if (((sequence - head.matchKey) | 0) > 0) this.#mistrust();
        return undefined;
      }
      this.#responsesCertain = this.#atPlace = true;
    }
    this.#supposed = false; // a response at its very place
    this.#begun = head.begun = true;
    this.#abandoned = false;
    return head;
  }

  /** The request that has waited longest. */
  get oldest(): RoundTrip<D> | undefined {
    return this.#head === this.#tail ? undefined : this.#queue[this.#head];
  }

  /** Where the response that is awaited after a gap must begin; undefined when none is awaited or all is certain. */
  get resumesAt(): number | undefined {
    if (this.#responsesCertain || this.#head === this.#tail) return undefined;
    return this.#queue[this.#head]!.matchKey;
  }

  /** Whether the position of the next response is certain. */
  get inOrder(): boolean {
    return this.#responsesCertain;
  }

  /** The oldest request's response is complete. */
  answered(at: Instant, responseBytes: number): void {
    if (this.#abandoned) {
      this.#abandoned = false;
      this.#context.ledger.responsesAlone++;
      return;
    }
    const roundTrip = this.#take();
    if (this.#onTrial) {
      this.#context.ledger.waiting.remove(roundTrip as RoundTrip);
      this.#context.ledger.lost++;
    } else settle(this.#context, roundTrip, at, responseBytes);
  }

  /** The oldest request will not be answered: the protocol said so. */
  answeredNever(): void {
    const { ledger } = this.#context;
    ledger.waiting.remove(this.#take() as RoundTrip);
    ledger.oneWay++;
  }

  /** A response came that answers no request that is certain. */
  alone(): void {
    const isCertain = this.#responsesCertain && this.#head === this.#tail;
    // The response of a request that was not kept is no riddle: it takes its turn.
    if (isCertain && this.#unkept > 0) {
      this.#unkept--;
      return;
    }
    this.#context.ledger.responsesAlone++;
    if (!isCertain || !this.#requestsCertain) return;
    this.responseGap(); // one too many: the order is not what it was taken for
    this.#doubted ||= this.#resumed;
  }

  /** Requests may be missing: those that wait are still answered in order, new ones wait for a quiet point. */
  requestGap(): void {
    this.#requestsCertain = false;
  }

  /** Responses may be missing: those that wait are lost, and pairing starts anew at a quiet point. */
  responseGap(): void {
    if (this.size > 1) this.#doubted = true;
    this.#onTrial = false;
    this.#forget();
    this.#requestsCertain =
      this.#responsesCertain =
      this.#supposed =
      this.#atPlace =
        false;
  }

  /** What begins where the oldest request's response must begin is no response. */
  notResponse(): void {
    if (this.#atPlace) this.#mistrust();
  }

  /** The flow is over: what waits was not answered. */
  close(): void {
    for (; this.#head < this.#tail; this.#head++) abandon(this.#context, this.#queue[this.#head]!);
    this.#queue.length =
      this.#head =
      this.#tail =
      this.#unkept =
        0;
  }

  /** An earlier response was under way where the head's should have begun: the quiet point was none, nor will others be. */
  #mistrust(): void {
    this.#overlapped = true;
    this.responseGap();
  }

  #take(): RoundTrip<D> {
    const roundTrip = this.#queue[this.#head]!;
    this.#begun = this.#supposed = this.#atPlace = false;
    this.#queue[this.#head++] = undefined;
    if (this.#head === this.#tail) this.#head = this.#tail = 0;
    else if (this.#head >= 1024 && this.#head * 2 > this.#tail) {
      this.#queue = this.#queue.slice(this.#head, this.#tail);
      this.#tail -= this.#head;
      this.#head = 0;
    }
    return roundTrip;
  }

  #forget(): void {
    const { ledger } = this.#context;
    ledger.lost += this.#tail - this.#head;
    for (let i = this.#head; i < this.#tail; i++) ledger.waiting.remove(this.#queue[i] as RoundTrip);
    this.#abandoned ||= this.#begun;
    this.#begun = false;
    this.#queue.length =
      this.#head =
      this.#tail =
      this.#unkept =
        0;
  }
}
