/**
 * What all channels of a connection share, and what may be said with certainty of a message that waits.
 *
 * Pairs are made by channel and method, by number or by tag. All three hold while nothing is missing. What may have
 * been missed can end a pair in three ways: its answer was among it, an earlier message of the same kind was (and the
 * answer in hand is that one's), or the channel was closed and opened again, so that numbers and tags began anew.
 */
import { type Arrival, type Direction, type Flow, FROM_CLIENT, FROM_SERVER } from "../../core/flow.ts";
import type { ConversationContext, Protocol } from "../../core/protocol.ts";
import { RoundTrip } from "../../core/roundtrip.ts";
import type { Instant } from "../../core/time.ts";
import { type Channel, CONFIRM_UNKNOWN, type Content } from "./channel.ts";
import { AmqpDetail, type Message } from "./messages.ts";
import { PUBLISH, RETURN } from "./methods.ts";
import { type FrameTaker, Stream } from "./stream.ts";
import type { AmqpRoundTrip } from "./table.ts";
import { Waiting } from "./waiting.ts";

export class Session {
  readonly waiting: Waiting;
  readonly streams: readonly [Stream, Stream];
  readonly channels = new Map<number, Channel>();
  /** Whether one side asks the same again on a channel before it was answered. */
  asksAhead = false;
  /** Consumers of all channels whose way to acknowledge is remembered. */
  consumers = 0;

  constructor(
    readonly protocol: Protocol<AmqpDetail>,
    readonly flow: Flow,
    readonly context: ConversationContext,
    taker: FrameTaker,
  ) {
    this.waiting = new Waiting(context);
    this.streams = [
      new Stream(FROM_CLIENT, flow.sawStart, taker),
      new Stream(FROM_SERVER, flow.sawStart, taker),
    ];
  }

  /** How often frames were lost, either way. */
  get losses(): number {
    return this.streams[0].losses + this.streams[1].losses;
  }

  /**
   * A message that is to wait for its answer.
   *
   * @param last where in what `at` offers its last byte lies
   */
  roundTrip(
    direction: Direction,
    request: Message,
    time: Instant,
    requestBytes: number,
    at: Arrival,
    last: number,
  ): AmqpRoundTrip {
    const detail = new AmqpDetail(request);
    detail.heard = at.acknowledgedAt(last);
    detail.ownLosses = this.streams[direction].losses;
    detail.answerLosses = this.streams[1 - direction].lossesHeard;
    const roundTrip = new RoundTrip(this.protocol, this.flow, detail, time.sec, time.nsec, requestBytes);
    roundTrip.fromServer = direction === FROM_SERVER;
    return roundTrip;
  }

  /** Whether no answer to it can have been missed. */
  isCertain({ detail, fromServer }: AmqpRoundTrip): boolean {
    return this.streams[fromServer ? FROM_CLIENT : FROM_SERVER].isWholeSince(detail.answerLosses, detail.heard);
  }

  /** Whether an answer that names its tag is its answer: a channel that began anew would have shown either way. */
  isSameChannel(roundTrip: AmqpRoundTrip): boolean {
    const own = this.streams[roundTrip.fromServer ? FROM_SERVER : FROM_CLIENT];
    return roundTrip.detail.ownLosses === own.losses || this.isCertain(roundTrip);
  }

  /** Whether, besides, nothing of those who sent it can have been missed since. */
  isComplete(roundTrip: AmqpRoundTrip): boolean {
    const own = this.streams[roundTrip.fromServer ? FROM_SERVER : FROM_CLIENT];
    return roundTrip.detail.ownLosses === own.losses && this.isCertain(roundTrip);
  }

  /** It will not be answered any more: the channel or the connection is over. */
  ended(roundTrip: AmqpRoundTrip, channel: Channel | undefined): void {
    const { table, unsureConsumer } = roundTrip.detail;
    const isUnsure = unsureConsumer !== undefined && channel?.consumers.get(unsureConsumer) !== false;
    if (table!.isOneWay) this.waiting.answeredNever(roundTrip);
    else if (isUnsure || !this.isCertain(roundTrip)) this.waiting.lost(roundTrip);
    else this.waiting.unanswered(roundTrip);
  }

  /** Content that will not come whole: what it carried cannot be told. */
  abandon(channel: Channel, content: Content): void {
    const { code } = content.method!;
    content.method = undefined;
    this.reason("content that never came whole");
    if (code === RETURN) return this.waiting.alone();
    if (code === PUBLISH) channel.confirm = CONFIRM_UNKNOWN;
    this.waiting.uncertain();
  }

  /** The channel is over, and all that waits or comes in on it. */
  drop(channel: Channel): void {
    for (const content of channel.contents) if (content.method !== undefined) this.abandon(channel, content);
    for (const table of [channel.asked, channel.publishings, channel.returnable, channel.deliveries]) {
      for (const roundTrip of table.first(Infinity)) this.ended(roundTrip, channel);
    }
    this.consumers -= channel.consumers.size;
    channel.consumers.clear();
    if (this.channels.get(channel.id) === channel) this.channels.delete(channel.id);
  }

  reason(text: string): void {
    this.context.ledger.reasons.add(text);
  }
}
