/**
 * What a connection listens to (https://redis.io/docs/latest/develop/pubsub/): while it does, RESP2 sends messages as
 * arrays that look like replies.
 */
import {
  type CommandKind,
  PSUBSCRIBE,
  PUNSUBSCRIBE,
  SSUBSCRIBE,
  SUBSCRIBE,
  SUNSUBSCRIBE,
  UNSUBSCRIBE,
} from "./commands.ts";

/** The first element of a confirmation, and the command that it confirms. */
export const confirmations: ReadonlyMap<string, CommandKind> = new Map([
  ["subscribe", SUBSCRIBE],
  ["psubscribe", PSUBSCRIBE],
  ["ssubscribe", SSUBSCRIBE],
  ["unsubscribe", UNSUBSCRIBE],
  ["punsubscribe", PUNSUBSCRIBE],
  ["sunsubscribe", SUNSUBSCRIBE],
]);

/** The first element of a message, and how many elements it has. */
export const messages: ReadonlyMap<string, number> = new Map([["message", 3], ["pmessage", 4], ["smessage", 3]]);

export class Subscriptions {
  #channels = 0;
  #patterns = 0;
  #shards = 0;

  /** @param known false where earlier ones may have been missed */
  constructor(public known: boolean) {}

  /** Whether there certainly are some. */
  get some(): boolean {
    return this.#channels + this.#patterns + this.#shards > 0;
  }

  /** How many a command without arguments ends; 0 where that is not known. */
  heldBy(kind: CommandKind): number {
    if (!this.known) return 0;
    return kind === UNSUBSCRIBE ? this.#channels : kind === PUNSUBSCRIBE ? this.#patterns : this.#shards;
  }

  /**
   * The server confirmed one.
   *
   * @param total what it says are left: channels and patterns together, or shard channels
   */
  confirmed(kind: CommandKind, total: number): void {
    if (kind === SUBSCRIBE || kind === UNSUBSCRIBE) this.#channels = total - this.#patterns;
    else if (kind === PSUBSCRIBE || kind === PUNSUBSCRIBE) this.#patterns = total - this.#channels;
    else this.#shards = total;
  }

  /** There are none, as after RESET. */
  clear(): void {
    this.known = true;
    this.#channels = this.#patterns = this.#shards = 0;
  }

  /** Changes may have been missed. */
  forget(): void {
    this.clear();
    this.known = false;
  }
}
