/**
 * Both directions of a Redis connection, as bytes: commands of the client, replies of the server, and where to begin
 * again after some are missing. What belongs to what is decided in exchange.ts.
 *
 * After bytes are missing, a direction starts again only where a message certainly begins: commands at a quiet point,
 * replies where the command's segment acknowledged.
 */
import { Arrival, type Direction, type Flow, FROM_CLIENT } from "../../core/flow.ts";
import type { Conversation, ConversationContext, Protocol } from "../../core/protocol.ts";
import { Clock } from "../../core/time.ts";
import { CLOSED, NOT_MINE } from "../../core/verdict.ts";
import { Exchange, REPLICATION, UNREADABLE } from "./exchange.ts";
import { BULK_STRING, PUSH, type RedisDetail } from "./messages.ts";
import { mayBeginCommand, mayBeginReply } from "./probe.ts";
import { NOT_A_REPLY, ReplyReader } from "./reply.ts";
import { CommandReader } from "./request.ts";

const LF = 10;

export class RedisConversation implements Conversation {
  readonly #exchange: Exchange;
  readonly #commands = new CommandReader();
  readonly #replies = new ReplyReader();
  /** Whether each direction waits for a certain start. */
  #commandsLost: boolean;
  #repliesLost: boolean;
  /** Where the command in hand began, and when its name became known. */
  readonly #asked = new Arrival();
  /** Time of the newest bytes of the server. */
  readonly #heard = new Clock();
  /** Whether anything was seen that is certainly Redis. */
  #understood = false;

  constructor(protocol: Protocol<RedisDetail>, flow: Flow, readonly context: ConversationContext) {
    this.#exchange = new Exchange(protocol, flow, context);
    this.#commandsLost = this.#repliesLost = !flow.sawStart;
  }

  feed(direction: Direction, bytes: Uint8Array, start: number, end: number, at: Arrival): number {
    return direction === FROM_CLIENT
      ? this.#takeCommands(bytes, start, end, at)
      : this.#takeReplies(bytes, start, end, at);
  }

  gap(direction: Direction, lost: number): void {
    if (direction === FROM_CLIENT) {
      if (!this.#commands.skip(lost)) this.#loseCommands();
      else if (this.#commands.done) this.#command();
    } else if (!this.#replies.skip(lost)) this.#loseReplies();
    else if (this.#replies.done) this.#reply();
  }

  end(): void {}

  close(): void {
    if (!this.#commands.idle) this.context.ledger.reasons.add("command cut short by the end of its connection");
    this.#exchange.close();
  }

  #takeCommands(bytes: Uint8Array, start: number, end: number, at: Arrival): number {
    const reader = this.#commands;
    let position = start;
    while (position < end) {
      if (this.#commandsLost) {
        if (!at.quietAt(position - start) || !mayBeginCommand(bytes, position, end)) {
          this.context.ledger.skippedBytes += end - position;
          return end - start;
        }
        this.#commandsLost = false;
      }
      if (reader.idle) {
        this.#asked.acknowledged = at.acknowledgedAt(position - start);
        this.#asked.quiet = at.quietAt(position - start);
        this.#asked.proven = at.provenAt(position - start);
      }
      const before = position;
      const wasNamed = reader.named;
      position = reader.take(bytes, position, end);
      if (reader.named && !wasNamed) {
        this.#asked.sec = at.sec;
        this.#asked.nsec = at.nsec;
      }
      if (reader.broken) {
        if (!this.#understood) return this.#notMine();
        this.#skip("not a command", end - position);
        this.#loseCommands();
        return end - start;
      }
      if (reader.done) {
        const verdict = this.#command();
        if (verdict < 0) return verdict;
      } else if (position === before) break; // half a line
    }
    return position - start;
  }

  #takeReplies(bytes: Uint8Array, start: number, end: number, at: Arrival): number {
    const reader = this.#replies;
    const exchange = this.#exchange;
    this.#heard.set(at.sec, at.nsec);
    let position = start;
    while (position < end) {
      if (this.#repliesLost) {
        const found = this.#findReply(bytes, position, start, end, at);
        this.context.ledger.skippedBytes += (found < 0 ? end : found) - position;
        if (found < 0) return end - start;
        position = found;
        this.#repliesLost = false;
      }
      if (reader.idle) {
        if (exchange.mayReplicate && bytes[position] === LF) { // a master that is busy keeps the connection alive so
          position++;
          continue;
        }
        exchange.beginReply((at.sequence + (position - start)) | 0);
        if (exchange.mayReplicate && bytes[position] === BULK_STRING && exchange.syncBegins()) return this.#leave();
      }
      const before = position;
      position = reader.take(bytes, position, end);
      if (reader.broken !== "") {
        if (!this.#understood) return this.#notMine();
        this.#skip(reader.broken, end - position);
        if (reader.broken === NOT_A_REPLY) this.#exchange.notReply();
        this.#loseReplies();
        return end - start;
      }
      if (reader.done) {
        const verdict = this.#reply();
        if (verdict < 0) return verdict;
      } else if (position === before) break; // half a line
    }
    return position - start;
  }

  /** A command is whole. Returns 0 or a verdict. */
  #command(): number {
    this.#understood ||= !this.#commands.inline;
    const outcome = this.#exchange.command(this.#commands, this.#asked);
    this.#commands.reset();
    if (outcome === REPLICATION) return this.#leave();
    if (outcome === UNREADABLE) {
      this.context.ledger.reasons.add("a transaction that changes the order of its own replies");
      this.#loseReplies();
    }
    return 0;
  }

  /** A value is whole. Returns 0 or a verdict. */
  #reply(): number {
    this.#understood = true;
    const outcome = this.#exchange.reply(this.#replies, this.#heard);
    this.#replies.reset();
    return outcome === REPLICATION ? this.#leave() : 0;
  }

  #leave(): number {
    this.#commands.reset();
    this.context.ledger.reasons.add("replication stream");
    return CLOSED;
  }

  #notMine(): number {
    this.#commands.reset();
    this.#exchange.loseReplies(); // what was taken for commands was something else
    return NOT_MINE;
  }

  #skip(reason: string, bytes: number): void {
    this.context.ledger.reasons.add(reason);
    this.context.ledger.skippedBytes += bytes;
  }

  #loseCommands(): void {
    this.#commands.reset();
    this.#commandsLost = true;
    this.#exchange.loseCommands();
  }

  #loseReplies(): void {
    this.#replies.reset();
    this.#repliesLost = true;
    this.#exchange.loseReplies();
  }

  /** Where the reply begins that order starts again with, or -1. */
  #findReply(bytes: Uint8Array, position: number, start: number, end: number, at: Arrival): number {
    const wanted = this.#exchange.resumesAt;
    if (wanted === undefined) {
      // Nobody asked that is known: what a segment begins with is counted.
      if (position === start && mayBeginReply(bytes, position, end)) this.#exchange.unasked(bytes[position] === PUSH);
      return -1;
    }
    const offset = (wanted - at.sequence) | 0;
    return offset >= position - start && start + offset < end ? start + offset : -1;
  }
}
