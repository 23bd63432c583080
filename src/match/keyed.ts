/** Pairing by an id that request and response carry. Gaps do no harm here: a lost response leaves its request waiting. */
import { PENDING_REQUESTS } from "../core/limits.ts";
import type { ConversationContext } from "../core/protocol.ts";
import type { RoundTrip } from "../core/roundtrip.ts";
import type { Instant } from "../core/time.ts";
import { ByKey } from "./by_key.ts";
import { abandon, settle } from "./settle.ts";

export class Keyed<D> {
  readonly #context: ConversationContext;
  readonly #capacity: number;
  readonly #waiting = new ByKey<D>();

  constructor(context: ConversationContext, capacity: number = PENDING_REQUESTS) {
    this.#context = context;
    this.#capacity = capacity;
  }

  get size(): number {
    return this.#waiting.size;
  }

  /** A request became known. An earlier one that still waits under the same key can no longer be answered: evicted. */
  request(key: number, roundTrip: RoundTrip<D>): void {
    const { ledger } = this.#context;
    ledger.requests++;
    ledger.waiting.add(roundTrip as RoundTrip);
    roundTrip.matchKey = key;
    const earlier = this.#waiting.get(key);
    if (earlier !== undefined) this.#evict(earlier);
    else if (this.#waiting.size >= this.#capacity) {
      for (const oldest of this.#waiting.values()) {
        this.#evict(oldest);
        break;
      }
    }
    this.#waiting.add(roundTrip);
  }

  /** A request that the protocol does not answer. */
  oneWay(): void {
    this.#context.ledger.requests++;
    this.#context.ledger.oneWay++;
  }

  /** The request that waits under a key; it goes on waiting. */
  awaiting(key: number): RoundTrip<D> | undefined {
    const roundTrip = this.#waiting.get(key);
    if (roundTrip !== undefined) roundTrip.begun = true;
    return roundTrip;
  }

  /** The response to a waiting request is complete. */
  answered(roundTrip: RoundTrip<D>, at: Instant, responseBytes: number): void {
    this.#waiting.delete(roundTrip.matchKey);
    settle(this.#context, roundTrip, at, responseBytes);
  }

  /** A waiting request will not be answered: the protocol said so. */
  answeredNever(roundTrip: RoundTrip<D>): void {
    if (!this.#waiting.delete(roundTrip.matchKey)) return;
    this.#context.ledger.waiting.remove(roundTrip as RoundTrip);
    this.#context.ledger.oneWay++;
  }

  /** A waiting request has no response that could be told: it was refused, bytes are missing, or it must make room. */
  gaveUp(roundTrip: RoundTrip<D>, fate: "unanswered" | "lost" | "evicted"): void {
    if (!this.#waiting.delete(roundTrip.matchKey)) return;
    if (fate === "unanswered") return abandon(this.#context, roundTrip);
    const { ledger } = this.#context;
    ledger.waiting.remove(roundTrip as RoundTrip);
    ledger[fate]++;
  }

  /** A response came whose request is not known. */
  alone(): void {
    this.#context.ledger.responsesAlone++;
  }

  /** The responses to all that waits were among bytes that are missing. */
  lost(): void {
    const { ledger } = this.#context;
    ledger.lost += this.#waiting.size;
    for (const roundTrip of this.#waiting.values()) ledger.waiting.remove(roundTrip as RoundTrip);
    this.#waiting.clear();
  }

  /** The flow is over: what waits was not answered. */
  close(): void {
    for (const roundTrip of this.#waiting.values()) abandon(this.#context, roundTrip);
    this.#waiting.clear();
  }

  #evict(roundTrip: RoundTrip<D>): void {
    this.#waiting.delete(roundTrip.matchKey);
    this.#context.ledger.waiting.remove(roundTrip as RoundTrip);
    this.#context.ledger.evicted++;
  }
}
