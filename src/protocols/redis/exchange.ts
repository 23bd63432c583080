/**
 * What belongs to what on a Redis connection: commands are answered in order, but for what the server sends of itself
 * (pushes, published messages, the lines of MONITOR) and what it leaves unanswered (CLIENT REPLY).
 */
import type { Arrival, Flow } from "../../core/flow.ts";
import type { ConversationContext, Protocol } from "../../core/protocol.ts";
import { RoundTrip } from "../../core/roundtrip.ts";
import type { Instant } from "../../core/time.ts";
import { Fifo } from "../../match/fifo.ts";
import {
  CLIENT,
  type CommandKind,
  DISCARD,
  EXEC,
  HELLO,
  isForSubscribers,
  isSubscription,
  MONITOR,
  MULTI,
  ORDINARY,
  REPLCONF,
  RESET,
  SYNC,
} from "./commands.ts";
import {
  AFTER_HUSH,
  ARRAY,
  BULK_ERROR,
  type Doubt,
  ERROR,
  MAP,
  MAY_BE_SILENT,
  PUSH,
  type RedisDetail,
  SIMPLE_STRING,
} from "./messages.ts";
import type { ReplyReader } from "./reply.ts";
import { isRefusal, isReplyOption, ReplyMode, SILENT } from "./reply_mode.ts";
import type { CommandReader } from "./request.ts";
import { confirmations, messages, Subscriptions } from "./subscriptions.ts";

/** What a command or a reply means for those that follow: nothing; a replication stream; replies cannot be read on. */
export const FOLLOWS = 0;
export const REPLICATION = 1;
export const UNREADABLE = 2;
export type Outcome = typeof FOLLOWS | typeof REPLICATION | typeof UNREADABLE;

export class Exchange {
  /** Whether a replication stream may begin. */
  mayReplicate = false;
  readonly #fifo: Fifo<RedisDetail>;
  readonly #mode: ReplyMode;
  readonly #subscriptions: Subscriptions;
  /** Sequence number at which the reply in hand began. */
  #replyAt = 0;
  /** Whether the connection certainly speaks RESP3: there, what is pushed has a type of its own. */
  #isResp3 = false;
  #mayMonitor: boolean;
  #inTransaction = false;
  /** Whether the commands queued by MULTI change what follows EXEC, and whether its reply can be read at all. */
  #queuedChange = false;
  #queuedHavoc = false;
  /** Bytes of the confirmations so far of a command with several. */
  #confirmedBytes = 0;

  constructor(
    readonly protocol: Protocol<RedisDetail>,
    readonly flow: Flow,
    readonly context: ConversationContext,
  ) {
    const { sawStart } = flow;
    this.#fifo = new Fifo(context, sawStart);
    this.#mode = new ReplyMode(sawStart);
    this.#subscriptions = new Subscriptions(sawStart);
    this.#mayMonitor = !sawStart;
  }

  /** Where the reply that is awaited after a gap begins. */
  get resumesAt(): number | undefined {
    return this.#fifo.resumesAt;
  }

  /**
   * A command is whole.
   *
   * @param asked where it began, and when its name became known
   */
  command(command: CommandReader, asked: Arrival): Outcome {
    const kind = command.command?.kind ?? ORDINARY;
    if (kind === REPLCONF && command.subcommand === "ACK") { // a replica reports so, and is not answered
      this.#fifo.oneWay();
      return REPLICATION;
    }
    const sets = kind === CLIENT && this.#setsReplies(command);
    const doubt = sets ? this.#mode.set(command.option) : this.#mode.next(kind);
    if (doubt === SILENT) this.#fifo.oneWay();
    else this.#ask(command, asked, kind, doubt);
    return kind === ORDINARY ? FOLLOWS : this.#follow(kind, command.count);
  }

  /** A value begins at this sequence number; after a gap, order may begin with it. */
  beginReply(sequence: number): void {
    this.#replyAt = sequence;
    if (this.#fifo.resumesAt !== undefined) this.#fifo.awaiting(sequence);
  }

  /** Whether a string that begins now is the data set that answers SYNC, and is followed by a replication stream. */
  syncBegins(): boolean {
    if (this.#fifo.awaiting(this.#replyAt)?.detail.kind !== SYNC) return false;
    this.#fifo.answeredNever();
    return true;
  }

  /** A value is whole, with the newest bytes at this time. */
  reply(reply: ReplyReader, heard: Instant): Outcome {
    const { type } = reply;
    const asked = this.#fifo.awaiting(this.#replyAt);
    if (type === PUSH) this.#pushed(reply, heard);
    else if (type === ARRAY && this.#mayBeMessage(reply, asked)) this.#message(reply, heard, asked);
    else if (type === SIMPLE_STRING && this.#mayMonitor && isMonitorLine(reply.prefix.text())) this.#count();
    else return this.#answer(reply, heard, asked);
    return FOLLOWS;
  }

  /** A segment of the server begins with a value, while nobody asked that is known. */
  unasked(isPush: boolean): void {
    if (isPush) this.#count();
    else this.#fifo.alone();
  }

  /** What begins where a reply must begin is none. */
  notReply(): void {
    this.#fifo.notResponse();
  }

  /** Commands are missing. */
  loseCommands(): void {
    this.#inTransaction = this.#queuedHavoc = false;
    this.#mode.forget();
    this.#forgetState();
    this.#fifo.requestGap();
  }

  /** Replies are missing. */
  loseReplies(): void {
    this.#confirmedBytes = 0;
    this.#forgetState();
    this.#fifo.responseGap();
  }

  close(): void {
    this.#fifo.close();
  }

  /** Whether a CLIENT command is a CLIENT REPLY that takes effect now. */
  #setsReplies({ subcommand, option, count }: CommandReader): boolean {
    if (subcommand !== "REPLY" || count !== 3 || !isReplyOption(option)) return false;
    if (this.#inTransaction) {
      this.#queuedHavoc = true;
      return false;
    }
    // It ends a silence that may have begun unseen: then what waits was never to be answered.
    if (option === "ON" && !this.#mode.known) this.#fifo.responseGap();
    return true;
  }

  #ask(command: CommandReader, asked: Arrival, kind: CommandKind, doubt: Doubt): void {
    const { fullName, count, size } = command;
    const wanted = isSubscription(kind) ? count - 1 : 0;
    const detail = { command: fullName, kind, doubt, confirmations: wanted, type: 0, error: "" };
    this.#fifo.request(new RoundTrip(this.protocol, this.flow, detail, asked.sec, asked.nsec, size), asked, 0);
  }

  /** What a command does to those after it. */
  #follow(kind: CommandKind, count: number): Outcome {
    switch (kind) {
      case MULTI:
        this.#inTransaction = true;
        return FOLLOWS;
      case EXEC: {
        const havoc = this.#queuedHavoc;
        this.#inTransaction = this.#queuedHavoc = false;
        return havoc ? UNREADABLE : FOLLOWS;
      }
      case DISCARD:
      case RESET:
        this.#inTransaction = this.#queuedHavoc = this.#queuedChange = false;
        return FOLLOWS;
      case SYNC:
        this.mayReplicate = true;
        return FOLLOWS;
      default:
        // EXEC answers each command by one element, but a subscription by as many as it has channels.
        if (this.#inTransaction && isSubscription(kind) && count !== 2) this.#queuedHavoc = true;
        return FOLLOWS;
    }
  }

  #pushed(reply: ReplyReader, heard: Instant): void {
    const kind = confirmations.get(reply.prefix.word());
    if (kind === undefined) this.#count();
    else this.#confirmation(reply, heard, kind);
  }

  /** RESP2: whether an array that has the form of a message or a confirmation can be one. */
  #mayBeMessage({ elements, prefix }: ReplyReader, asked: RoundTrip<RedisDetail> | undefined): boolean {
    if (this.#isResp3 || elements < 3 || elements > 4) return false;
    const subscribes = asked !== undefined && isSubscription(asked.detail.kind);
    if (this.#subscriptions.known && !this.#subscriptions.some && !subscribes) return false;
    const first = prefix.word();
    return messages.get(first) === elements || (confirmations.has(first) && elements === 3);
  }

  #message(reply: ReplyReader, heard: Instant, asked: RoundTrip<RedisDetail> | undefined): void {
    const certain = this.#subscriptions.some || asked === undefined || isForSubscribers(asked.detail.kind);
    if (certain) return this.#pushed(reply, heard);
    // Nobody knows whether the connection listens, and the command may well have such an answer.
    this.context.ledger.reasons.add("an array that may be a published message");
    this.#fifo.responseGap();
  }

  /** One of the confirmations of a subscription: with the last one, the command is answered. */
  #confirmation({ integer, size, type }: ReplyReader, heard: Instant, kind: CommandKind): void {
    const held = this.#subscriptions.heldBy(kind);
    this.#subscriptions.confirmed(kind, integer);
    const asked = this.#awaited(kind);
    if (asked?.detail.kind !== kind) return this.#count(); // the server ended it, as when a slot moves
    const { detail } = asked;
    if (detail.confirmations === 0) detail.confirmations = Math.max(1, held);
    detail.confirmations--;
    this.#confirmedBytes += size;
    if (detail.confirmations > 0) return;
    detail.type = type;
    this.#fifo.answered(heard, this.#confirmedBytes);
    this.#confirmedBytes = 0;
  }

  /** The oldest command that waits, without subscriptions before it that turn out to be silent. */
  #awaited(kind: CommandKind): RoundTrip<RedisDetail> | undefined {
    let asked = this.#fifo.awaiting(this.#replyAt);
    while (asked !== undefined && asked.detail.doubt === MAY_BE_SILENT && asked.detail.kind !== kind) {
      this.#fifo.answeredNever();
      asked = this.#fifo.awaiting(this.#replyAt);
    }
    return asked;
  }

  /** A reply in turn. */
  #answer({ type, size, prefix }: ReplyReader, heard: Instant, oldest: RoundTrip<RedisDetail> | undefined): Outcome {
    const asked = oldest?.detail.doubt === MAY_BE_SILENT ? this.#awaited(ORDINARY) : oldest;
    if (asked === undefined) {
      this.#fifo.alone();
      if (this.#mode.off) this.#disobeyed();
      return FOLLOWS;
    }
    const { detail } = asked;
    const isError = type === ERROR || type === BULK_ERROR;
    if (isError && detail.doubt === AFTER_HUSH && isRefusal(prefix.text())) {
      this.#disobeyed();
      return FOLLOWS;
    }
    this.#mode.known = true;
    detail.type = type;
    if (isError) detail.error = errorCode(prefix.word());
    this.#fifo.answered(heard, this.#confirmedBytes + size);
    this.#confirmedBytes = 0;
    return isError ? FOLLOWS : this.#learn(detail.kind, type);
  }

  /** What the answer to a command says of the connection. */
  #learn(kind: CommandKind, type: number): Outcome {
    switch (kind) {
      case ORDINARY:
        // A RESP2 connection that listens is refused everything else.
        if (!this.#subscriptions.known && !this.#isResp3 && !this.#queuedChange) this.#subscriptions.clear();
        return FOLLOWS;
      case HELLO:
        this.#isResp3 = type === MAP;
        if (type === SIMPLE_STRING) this.#queuedChange = true;
        return FOLLOWS;
      case MONITOR:
        this.#mayMonitor = true;
        return FOLLOWS;
      case RESET:
        this.#isResp3 = this.#mayMonitor = false;
        this.#subscriptions.clear();
        return FOLLOWS;
      case EXEC:
        if (this.#queuedChange) this.#forgetState();
        return FOLLOWS;
      case SYNC:
        return REPLICATION;
      default:
        if (isSubscription(kind)) this.#queuedChange = true; // answered by QUEUED, not by a confirmation
        return FOLLOWS;
    }
  }

  /** The server answers although it was told not to: it did not accept that, and the order is unknown. */
  #disobeyed(): void {
    this.context.ledger.reasons.add("the server did not accept CLIENT REPLY");
    this.#mode.forget();
    this.#fifo.responseGap();
  }

  /** Something that the server sent of itself. */
  #count(): void {
    this.context.ledger.pushed++;
  }

  /** Commands that change the connection, or answers to them, may have been missed. */
  #forgetState(): void {
    this.#isResp3 = this.#queuedChange = false;
    this.#mayMonitor = true;
    this.#subscriptions.forget();
  }
}

/** `1339518083.107412 [0 127.0.0.1:60866] "keys" "*"` (https://redis.io/docs/latest/commands/monitor/) */
function isMonitorLine(text: string): boolean {
  return /^[0-9]+\.[0-9]{6} \[[0-9]+ /.test(text);
}

/** The word that names an error; nothing where it is none, as in the errors of scripts. */
function errorCode(word: string): string {
  return /^[A-Z][A-Z0-9_]*$/.test(word) ? word : "";
}
