/**
 * All messages of a connection that wait for their answer, under one ceiling, and their account.
 *
 * Each waits in a table of its channel; here all are known in the order of arrival, so that the oldest gives way when
 * too many wait.
 */
import { PENDING_REQUESTS } from "../../core/limits.ts";
import type { ConversationContext } from "../../core/protocol.ts";
import type { RoundTrip } from "../../core/roundtrip.ts";
import type { Instant } from "../../core/time.ts";
import { abandon, settle } from "../../match/settle.ts";
import { type AmqpRoundTrip, Table } from "./table.ts";

export class Waiting {
  readonly #context: ConversationContext;
  readonly #all = new Table(false, false);
  #serial = 0;

  constructor(context: ConversationContext) {
    this.#context = context;
  }

  /** A request waits from now on, under a key larger than those before it, or under one that is made for it. */
  add(table: Table, roundTrip: AmqpRoundTrip, key?: number): void {
    const { ledger } = this.#context;
    if (this.#all.size >= PENDING_REQUESTS) this.evict(this.#all.oldest!);
    const { detail } = roundTrip;
    detail.table = table;
    detail.key = key ?? this.#serial++;
    ledger.requests++;
    ledger.waiting.add(roundTrip as RoundTrip);
    this.#all.push(roundTrip);
    table.push(roundTrip);
  }

  /** A request that needs no answer. */
  oneWay(): void {
    this.#context.ledger.requests++;
    this.#context.ledger.oneWay++;
  }

  /** A request whose answer could not be told with certainty. */
  uncertain(): void {
    this.#context.ledger.requests++;
    this.#context.ledger.lost++;
  }

  /** An answer whose request is not known. */
  alone(): void {
    this.#context.ledger.responsesAlone++;
  }

  answered(roundTrip: AmqpRoundTrip, at: Instant, responseBytes: number): void {
    this.#release(roundTrip);
    settle(this.#context, roundTrip, at, responseBytes);
  }

  /** Its answer may have been among bytes that are missing. */
  lost(roundTrip: AmqpRoundTrip): void {
    this.#release(roundTrip);
    this.#context.ledger.waiting.remove(roundTrip as RoundTrip);
    this.#context.ledger.lost++;
  }

  /** Its answer will not come: what it belongs to was closed. */
  unanswered(roundTrip: AmqpRoundTrip): void {
    this.#release(roundTrip);
    abandon(this.#context, roundTrip);
  }

  /** It turned out to need no answer. */
  answeredNever(roundTrip: AmqpRoundTrip): void {
    this.#release(roundTrip);
    this.#context.ledger.waiting.remove(roundTrip as RoundTrip);
    this.#context.ledger.oneWay++;
  }

  /** There is no room for it; where position counts, none for the others of its table either. */
  evict(roundTrip: AmqpRoundTrip): void {
    const table = roundTrip.detail.table!;
    const victims = table.inOrder ? table.first(Infinity) : [roundTrip];
    table.isBroken = table.inOrder;
    for (const victim of victims) {
      this.#release(victim);
      this.#context.ledger.waiting.remove(victim as RoundTrip);
      this.#context.ledger.evicted++;
    }
  }

  /** All that waits, the oldest first. */
  all(): AmqpRoundTrip[] {
    return this.#all.first(Infinity);
  }

  #release({ detail }: AmqpRoundTrip): void {
    const table = detail.table!;
    detail.table = undefined;
    table.released();
    this.#all.released();
  }
}
