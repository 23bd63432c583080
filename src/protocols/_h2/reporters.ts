/** Those of the family's protocols that are wanted on a connection, and which of them reports a stream. */
import { type Flow, FROM_CLIENT, FROM_SERVER } from "../../core/flow.ts";
import type { ConversationContext, Protocol } from "../../core/protocol.ts";
import { CERTAIN, NO } from "../../core/verdict.ts";
import type { HeaderBlock } from "./header_block.ts";
import { Reporter } from "./reporter.ts";
import { type Stream, type StreamProtocol, UNDECIDED, UNREPORTED } from "./stream.ts";

export class Reporters {
  /** Those who claim streams of a kind, and the one that takes all others, if that is wanted. */
  readonly #special: Reporter[] = [];
  readonly #general: Reporter | undefined = undefined;

  constructor(flow: Flow, contexts: ReadonlyMap<string, ConversationContext>, group: readonly Protocol[]) {
    for (const protocol of group as readonly StreamProtocol[]) {
      const reporter = new Reporter(protocol, flow, contexts.get(protocol.name)!);
      if (protocol.claims === undefined) this.#general = reporter;
      else this.#special.push(reporter);
    }
  }

  /** Gives a stream to whom its headers tell: those of its request or, where these do not, of its response. */
  decide(stream: Stream, block: HeaderBlock): void {
    if (stream.decision !== UNDECIDED) return;
    let isSure = true;
    for (const reporter of this.#special) {
      const claim = reporter.protocol.claims!(block);
      if (claim === CERTAIN) return this.#give(stream, reporter);
      if (claim === NO) continue;
      isSure = false;
      stream.candidate ??= reporter;
      readBodies(stream, reporter.protocol);
    }
    if (isSure) this.#give(stream, this.#general);
  }

  /**
   * No header will tell any more: the stream is a candidate's by what its DATA was, or else what all streams are.
   * Returns false when nobody reports it for that reason.
   */
  decideAtLast(stream: Stream): boolean {
    if (stream.decision !== UNDECIDED) return true;
    const { candidate } = stream;
    const isCandidates = candidate?.protocol.claimsBodies?.(stream) === true;
    this.#give(stream, isCandidates ? candidate : this.#general);
    return stream.reporter !== undefined;
  }

  /** A stream whose header fields are of another protocol. */
  giveGeneral(stream: Stream): void {
    this.#give(stream, this.#general);
  }

  /** A response whose request is not known. */
  alone(block: HeaderBlock): void {
    const reporter = this.#special.find(({ protocol }) => protocol.claims!(block) === CERTAIN) ?? this.#general;
    if (reporter !== undefined) reporter.context.ledger.responsesAlone++;
  }

  #give(stream: Stream, reporter: Reporter | undefined): void {
    if (reporter !== stream.candidate) stream.requestBody = stream.responseBody = undefined;
    if (reporter === undefined) {
      stream.decision = UNREPORTED;
      return;
    }
    reporter.take(stream);
    readBodies(stream, reporter.protocol);
  }
}

/** Has the DATA read of both directions, where nothing of it went by yet. */
function readBodies(stream: Stream, protocol: StreamProtocol): void {
  if (stream.requestBytes === 0) stream.requestBody ??= protocol.bodyReader?.(FROM_CLIENT);
  if (stream.responseBytes === 0) stream.responseBody ??= protocol.bodyReader?.(FROM_SERVER);
}
