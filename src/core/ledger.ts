/**
 * The account of what was seen and what became of it. Nothing is lost silently: for each protocol
 *
 *     requests = paired + unanswered + oneWay + evicted + sampledOut + lost + pending
 *
 * and a test holds this on every case.
 */

import { Waiting } from "./waiting.ts";

/** Counts reasons, with a ceiling on how many different ones. */
export class Reasons {
  readonly counts = new Map<string, number>();

  add(reason: string, count = 1): void {
    const known = this.counts.get(reason);
    if (known === undefined && this.counts.size >= 256) return this.add("other reasons", count);
    this.counts.set(reason, (known ?? 0) + count);
  }
}

/** One protocol's account. */
export class ProtocolLedger {
  /** Requests seen, whatever became of them. */
  requests = 0;
  /** Requests whose response was found. */
  paired = 0;
  /** Requests whose flow ended, or the capture did, without an answer. */
  unanswered = 0;
  /** Requests that the protocol does not answer. */
  oneWay = 0;
  /** Requests forgotten because too many waited, or too many flows. */
  evicted = 0;
  /** Requests that waited in flows when these were sampled out; such flows that were decoded; and packets passed over. */
  sampledOut = 0;
  flowsSampledOut = 0;
  packetsSampledOut = 0;
  /** Requests whose pairing became uncertain because bytes were missing from the capture. */
  lost = 0;
  /** Requests that still wait. */
  readonly waiting = new Waiting();
  /** Requests that were not answered in time, whatever became of them later; and those whose answer came late. */
  timedOut = 0;
  late = 0;
  /** Responses whose request is not known. */
  responsesAlone = 0;
  /** Messages that the server sends of itself and that answer nothing: pushes, published messages, notifications. */
  pushed = 0;
  /** Round trips whose response carries an earlier time than the request: the clock ran backwards. */
  clockBackwards = 0;
  /** Flows that were decoded, and those of them whose start was not seen. */
  flows = 0;
  midStreamFlows = 0;
  /** Holes in the bytes of decoded flows, and how many bytes they are. */
  gaps = 0;
  gapBytes = 0;
  /** Bytes that could not be decoded. */
  skippedBytes = 0;
  /** What was not understood, and why. */
  readonly reasons = new Reasons();

  constructor(readonly protocol: string) {}

  /** How many requests still wait. */
  get pending(): number {
    return this.waiting.size;
  }

  /**
   * The share of the requests known to have been asked whose answer was found, of those that have one; 1 when none was
   * asked. A response whose request was not seen proves one more; what still waits, or was sampled out, does not count.
   */
  get coverage(): number {
    const known = this.requests - this.oneWay - this.pending - this.sampledOut + this.responsesAlone;
    return known === 0 ? 1 : this.paired / known;
  }

  /** Whether every request is accounted for. */
  balanced(): boolean {
    return this.requests ===
      this.paired + this.unanswered + this.oneWay + this.evicted + this.sampledOut + this.lost + this.pending;
  }
}

/** The whole account of one lane. */
export class Ledger {
  /** Packets taken from the sources, and their bytes on the wire. */
  packets = 0;
  bytes = 0;
  /** Packets that reached a flow of a configured port. */
  matched = 0;
  /** Flows on configured ports. */
  flows = 0;
  /** Flows given up because the flow table was full; and because all flows together held too much memory. */
  flowsEvicted = 0;
  flowsShed = 0;
  /** Flows that were not closed and had no packet for too long. */
  readonly flowsExpired = { tcp: 0, udp: 0 };
  /** Segments that brought nothing new. */
  retransmitted = 0;
  /** Datagrams that were captured twice, on several interfaces or by a mirror port. */
  duplicates = 0;
  /**
   * Bytes of followed connections that are missing: acknowledged by the receiver, so that the capture lost them; cut
   * off by the snap length; and neither seen nor acknowledged.
   */
  readonly missing = { capture: 0, cut: 0, unacknowledged: 0 };
  /** Segments that came out of order and were put in order. */
  reordered = 0;
  /** Packets that were not followed to a flow, by reason (a link type, a fragment, a broken header). */
  readonly undecoded = new Reasons();
  /** Flows on configured ports that gave nothing, by reason. */
  readonly flowReasons = new Reasons();
  readonly protocols = new Map<string, ProtocolLedger>();

  /** The account of a protocol, opened when first asked for. */
  of(protocol: string): ProtocolLedger {
    let ledger = this.protocols.get(protocol);
    if (ledger === undefined) {
      ledger = new ProtocolLedger(protocol);
      this.protocols.set(protocol, ledger);
    }
    return ledger;
  }
}

/**
 * The account of several lanes together.
 *
 * @param ledgers whole ones, or copies that came from other threads: numbers without methods
 */
export function sumOfLedgers(ledgers: readonly Ledger[]): Ledger {
  const total = new Ledger();
  for (const ledger of ledgers) addUp(total, ledger);
  return total;
}

function addUp(total: object, part: object): void {
  const into = total as Record<string, unknown>;
  for (const [key, value] of Object.entries(part)) {
    const sum = into[key];
    if (key === "protocols") { for (const [name, ledger] of value) addUp((total as Ledger).of(name), ledger); }
    else if (key === "counts") { for (const [reason, count] of value) (total as Reasons).add(reason, count); }
    else if (typeof sum === "number") into[key] = sum + value;
    else if (typeof sum === "object") addUp(sum!, value);
  }
}
