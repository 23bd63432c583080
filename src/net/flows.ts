/** The flows that are followed: what is known of each between two packets. */
import { type Direction, Endpoint, type Flow, FROM_CLIENT, FROM_SERVER, type Transport } from "../core/flow.ts";
import type { ProtocolLedger } from "../core/ledger.ts";
import type { Conversation, Protocol } from "../core/protocol.ts";
import type { Traffic } from "../core/traffic.ts";
import { Half } from "./half.ts";
import type { Opening } from "./opening.ts";

/** One of the two endpoints of a flow, in the order of the flow table's key. */
export type Side = 0 | 1;

/** No data yet: nothing is decided. */
export const OPENING = 0;
/** A conversation decodes what comes. */
export const TALKING = 1;
/** Nothing in here can be decoded; packets are counted and dropped. */
export const DEAF = 2;
/** The connection is closed; a SYN opens it anew. */
export const CLOSED_FLOW = 3;
/** What came is kept until it tells what is spoken. */
export const LISTENING = 4;
export type Phase = typeof OPENING | typeof TALKING | typeof DEAF | typeof CLOSED_FLOW | typeof LISTENING;

/** What TCP and UDP flows have in common. */
export class FlowState implements Flow {
  phase: Phase = OPENING;
  conversation: Conversation | undefined = undefined;
  protocol: Protocol | undefined = undefined;
  /** The protocol that the rules chose; `protocol` is another one after an upgrade. */
  chosen: Protocol | undefined = undefined;
  ledger: ProtocolLedger | undefined = undefined;
  /** Which side is the client; -1 while that is not known. */
  clientSide: Side | -1 = -1;
  sawStart = false;
  /** What came while nobody knew what is spoken, and how often that was given up. */
  opening: Opening | undefined = undefined;
  tries = 0;
  /** Second of the newest packet. */
  lastSeen = 0;
  /** Where its packets are counted, if they are. */
  traffic: Traffic | undefined = undefined;

  constructor(readonly transport: Transport, readonly sides: readonly [Endpoint, Endpoint]) {}

  get client(): Endpoint {
    return this.sides[this.clientSide === 1 ? 1 : 0];
  }

  get server(): Endpoint {
    return this.sides[this.clientSide === 1 ? 0 : 1];
  }

  directionOf(side: Side): Direction {
    return side === this.clientSide ? FROM_CLIENT : FROM_SERVER;
  }

  /** Forgets what was spoken, for a new conversation between the same endpoints. */
  restart(): void {
    this.phase = OPENING;
    this.conversation =
      this.protocol =
      this.chosen =
      this.ledger =
        undefined;
    this.clientSide = -1;
    this.sawStart = false;
    this.tries = 0;
  }
}

export class TcpFlow extends FlowState {
  readonly halves: readonly [Half, Half] = [new Half(), new Half()];
  /** Packets of this flow, for how long a hole may stay open. */
  count = 0;
  /** Whether a half has a hole or held segments, so that time alone must be able to end it. */
  waiting = false;

  constructor(sides: readonly [Endpoint, Endpoint]) {
    super("tcp", sides);
  }

  override restart(): void {
    super.restart();
    const halves = this.halves as [Half, Half];
    halves[0] = new Half();
    halves[1] = new Half();
  }
}

/** The endpoints of a packet in the order of the flow table's key, from its header fields. */
export function endpointsOf(
  bytes: Uint8Array,
  source: number,
  destination: number,
  addressLength: number,
  sourcePort: number,
  destinationPort: number,
  direction: 0 | 1,
): [Endpoint, Endpoint] {
  const from = new Endpoint(bytes, sourcePort, source, addressLength);
  const to = new Endpoint(bytes, destinationPort, destination, addressLength);
  return direction === 0 ? [from, to] : [to, from];
}
