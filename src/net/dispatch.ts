/**
 * Brings the bytes of a flow to the conversation that decodes them: opens it, keeps what it did not consume, and acts
 * on its verdicts.
 */
import { Arrival, FROM_CLIENT, FROM_SERVER } from "../core/flow.ts";
import type { Ledger } from "../core/ledger.ts";
import { CARRY_BYTES, OPENING_TRIES, PATIENCE_SECONDS } from "../core/limits.ts";
import type { ConversationContext, InheritedRequest, Protocol } from "../core/protocol.ts";
import { CERTAIN, CLOSED, HAND_OVER, INVALID, NO, NOT_MINE, UNSURE } from "../core/verdict.ts";
import { type Carry, CarryPool } from "./carry.ts";
import { CLOSED_FLOW, DEAF, type FlowState, LISTENING, OPENING, type Side, TALKING, type TcpFlow } from "./flows.ts";
import type { Opening } from "./opening.ts";
import { Listener } from "./listen.ts";
import type { PortTable } from "./ports.ts";
import type { Recognition } from "./recognise.ts";
import { knownStranger } from "./strangers.ts";

export class Dispatcher {
  readonly pool = new CarryPool();
  /** Filled in by the caller for what is delivered next. */
  readonly at = new Arrival();
  readonly #listener: Listener;

  /**
   * @param ports what is configured where; may be replaced while flows go on
   * @param find the protocol of a name, for connections that change their protocol
   * @param contexts what each protocol's conversations work with, by name
   */
  constructor(
    public ports: PortTable,
    readonly find: (name: string) => Protocol | undefined,
    readonly contexts: ReadonlyMap<string, ConversationContext>,
    readonly ledger: Ledger,
  ) {
    this.#listener = new Listener([...contexts.keys()].flatMap((name) => find(name) ?? []));
  }

  /** Delivers a datagram. */
  datagram(flow: FlowState, side: Side, bytes: Uint8Array, start: number, end: number): void {
    if (flow.phase !== TALKING && !this.#opens(flow, side, bytes, start, end)) return;
    const consumed = flow.conversation!.feed(flow.directionOf(side), bytes, start, end, this.at);
    if (consumed < 0) this.#verdict(flow, side, consumed, bytes, start, end);
  }

  /** Delivers the next bytes of one direction. `at.sequence`, `acknowledged` and `quiet` are those of the segment. */
  stream(flow: TcpFlow, side: Side, bytes: Uint8Array, start: number, end: number): void {
    if (flow.phase !== TALKING && !this.#opens(flow, side, bytes, start, end)) return;
    const { at } = this;
    const half = flow.halves[side];
    if (half.carried > 0) return this.#joined(flow, side, half.carry, bytes, start, end);
    const { sequence, acknowledged, quiet, proven } = at;
    at.carried = 0;
    const consumed = flow.conversation!.feed(flow.directionOf(side), bytes, start, end, at);
    if (consumed < 0) return this.#verdict(flow, side, consumed, bytes, start, end);
    if (consumed >= end - start) return;
    const { carry } = half;
    carry.sequence = (sequence + consumed) | 0;
    carry.acknowledged = acknowledged;
    carry.quiet = quiet && consumed === 0;
    carry.proven = proven;
    this.#keep(flow, side, carry, bytes, start + consumed, end);
  }

  /** `lost` bytes of one direction will never come. */
  gap(flow: TcpFlow, side: Side, lost: number): void {
    const carry = flow.halves[side].carry;
    this.#conclude(flow);
    if (flow.phase === OPENING) flow.sawStart = false; // what comes first is not the beginning
    if (flow.phase !== TALKING) return;
    const { ledger } = flow;
    ledger!.gaps++;
    ledger!.gapBytes += lost;
    ledger!.skippedBytes += carry.length;
    carry.clear(this.pool);
    flow.conversation!.gap(flow.directionOf(side), lost);
  }

  /** One direction has ended. */
  end(flow: TcpFlow, side: Side): void {
    this.#conclude(flow);
    if (flow.phase === TALKING) flow.conversation!.end(flow.directionOf(side), this.at);
  }

  /** Tells of the requests of all flows whose time is over: their answer may come all the same. */
  overdue(sec: number): void {
    for (const [name, { ledger, sink }] of this.contexts) {
      if (ledger.waiting.size === 0) continue;
      const patience = this.find(name)?.patienceSeconds ?? PATIENCE_SECONDS;
      ledger.waiting.overdue(sec - patience, (roundTrip) => {
        ledger.timedOut++;
        sink.unanswered(roundTrip);
      });
    }
  }

  /** The flow is over. */
  close(flow: FlowState): void {
    this.#conclude(flow);
    if (flow.phase === OPENING && flow.tries > 0) this.#unknown(flow, NO);
    const { conversation } = flow;
    flow.conversation = undefined;
    if (flow.phase === TALKING) conversation!.close();
    flow.phase = CLOSED_FLOW;
    if ("halves" in flow) {
      for (const half of (flow as TcpFlow).halves) if (half.carried > 0) half.carry.clear(this.pool);
    }
  }

  /** Feeds what was carried over together with what is new. */
  #joined(flow: TcpFlow, side: Side, carry: Carry, bytes: Uint8Array, start: number, end: number): void {
    const { at, pool } = this;
    const carried = carry.length;
    if (!carry.append(pool, flow.protocol!.carryLimit ?? CARRY_BYTES, bytes, start, end)) {
      return this.#tooLong(flow, side, end - start);
    }
    at.sequence = carry.sequence;
    at.carried = carried;
    at.carriedAcknowledged = carry.acknowledged;
    at.carriedQuiet = carry.quiet;
    at.carriedProven = carry.proven;
    const whole = carry.bytes!;
    const consumed = flow.conversation!.feed(flow.directionOf(side), whole, 0, carry.length, at);
    if (consumed < 0) {
      const length = carry.length;
      carry.bytes = undefined; // lent to the verdict, given back below
      carry.length = 0;
      this.#verdict(flow, side, consumed, whole, 0, length);
      return pool.give(whole);
    }
    if (consumed >= carried) {
      carry.acknowledged = at.acknowledged;
      carry.quiet = at.quiet && consumed === carried;
      carry.proven = at.proven;
    } else if (consumed > 0) carry.quiet = false;
    if (consumed > 0) carry.consume(pool, consumed);
  }

  #keep(flow: TcpFlow, side: Side, carry: Carry, bytes: Uint8Array, start: number, end: number): void {
    if (!carry.append(this.pool, flow.protocol!.carryLimit ?? CARRY_BYTES, bytes, start, end)) {
      flow.ledger!.skippedBytes += end - start;
      this.#tooLong(flow, side, 0); // these bytes were offered: they stand in front of the gap
    }
  }

  /** A message is longer than anything that may be kept: its bytes count as missing. */
  #tooLong(flow: TcpFlow, side: Side, more: number): void {
    flow.ledger!.reasons.add("a message too long to be kept");
    const carry = flow.halves[side].carry;
    flow.ledger!.skippedBytes += carry.length + more;
    carry.clear(this.pool);
    flow.conversation!.gap(flow.directionOf(side), more);
  }

  /** Whether these bytes are to be decoded now; else they were kept, or are nobody's. */
  #opens(flow: FlowState, side: Side, bytes: Uint8Array, start: number, end: number): boolean {
    if (flow.phase === OPENING) this.#open(flow, side, bytes, start, end);
    else if (flow.phase === LISTENING) this.#hear(flow, side, bytes, start, end);
    return flow.phase === TALKING;
  }

  #open(flow: FlowState, side: Side, bytes: Uint8Array, start: number, end: number): void {
    const { ports } = this, { transport } = flow;
    const isNamed = ports.has(transport, flow.client.port) || ports.has(transport, flow.server.port);
    if (flow.clientSide < 0 && isNamed) flow.clientSide = this.#clientOf(flow, side, bytes, start, end);
    const candidates = flow.clientSide < 0 ? [] : ports.candidates(transport, flow.client, flow.server);
    if (candidates.length > 0) {
      flow.chosen = this.#choose(candidates, flow, side, bytes, start, end);
      return this.#begin(flow, flow.chosen, candidates, bytes, start, end, side);
    }
    if (ports.anywhere(transport, flow.client, flow.server).length > 0) {
      return this.#hear(flow, side, bytes, start, end);
    }
    flow.phase = DEAF;
    const known = ports.has(transport, flow.server.port);
    this.ledger.flowReasons.add(
      known ? "neither end is the host of a rule" : `the server's port ${flow.server.port} is in no rule`,
    );
  }

  #hear(flow: FlowState, side: Side, bytes: Uint8Array, start: number, end: number): void {
    flow.phase = LISTENING;
    const before = flow.opening;
    const found = this.#listener.hear(flow, side, bytes, start, end, this.at);
    if (found === undefined) return;
    this.#settle(flow, found, knownStranger(bytes, start, end));
    // What does not go with what came before it may be a beginning all the same.
    if (before !== undefined && isOpening(flow)) this.#open(flow, side, bytes, start, end);
  }

  /** What was kept of a flow has to tell what it speaks: nothing can be added to it. */
  #conclude(flow: FlowState): void {
    if (flow.phase === LISTENING) this.#settle(flow, this.#listener.conclude(flow), "");
  }

  /** Acts on what a flow was recognised as, and decodes what was kept of it. */
  #settle(flow: FlowState, found: Recognition, stranger: string): void {
    const { ports } = this, { transport, client, server } = flow;
    const opening = this.#listener.take(flow);
    let protocol = flow.chosen;
    if (typeof found === "object") {
      const wanted = protocol === found.protocol ? [protocol] : ports.anywhere(transport, client, server);
      protocol = wanted.find((one) => isSameOrKin(one, found.protocol));
      if (protocol === undefined) return this.#isStranger(flow, found.protocol.title);
      flow.clientSide = found.clientSide;
    } else if (stranger !== "") return this.#isStranger(flow, stranger);
    if (protocol === undefined) return this.#unknown(flow, found, opening);
    flow.chosen = protocol;
    this.#talk(flow, protocol, ports.eligible(transport, client, server));
    opening?.replay(this.at, (side, bytes, start, end) => {
      if (transport === "udp") this.datagram(flow, side, bytes, start, end);
      else this.stream(flow as TcpFlow, side, bytes, start, end);
    });
  }

  /** Whose first bytes these are where several protocols share the port; the newest rule's where nothing tells. */
  #choose(
    candidates: readonly Protocol[],
    flow: FlowState,
    side: Side,
    bytes: Uint8Array,
    start: number,
    end: number,
  ): Protocol {
    let choice: Protocol | undefined;
    if (candidates.length > 1) {
      const direction = flow.directionOf(side);
      for (const protocol of candidates) {
        const probe = protocol.probe(direction, bytes, start, end);
        if (probe === CERTAIN) return protocol;
        if (probe !== NO) choice ??= protocol;
      }
    }
    return choice ?? candidates[0];
  }

  /** A flow that nobody asked for, or nobody decodes, is named. */
  #isStranger(flow: FlowState, name: string): void {
    flow.phase = DEAF;
    const where = flow.clientSide < 0 ? "a connection joined mid-stream" : `port ${flow.server.port}`;
    const instead = flow.chosen === undefined ? "" : `, not ${flow.chosen.title}`;
    this.ledger.flowReasons.add(`${where} speaks ${name}${instead}`);
  }

  /** A flow that was not recognised: one that was joined in the middle is listened to again for some time. */
  #unknown(flow: FlowState, found: Recognition, opening?: Opening): void {
    const isJoined = flow.transport === "tcp" && !flow.sawStart;
    if (isJoined && flow.phase === LISTENING && ++flow.tries < OPENING_TRIES) {
      flow.phase = OPENING;
      return;
    }
    flow.phase = DEAF;
    const isOneSided = found === UNSURE && opening !== undefined && opening.isEmpty(0) !== opening.isEmpty(1);
    const why = isOneSided ? ": only one direction was seen" : isJoined ? ": joined mid-stream" : "";
    this.ledger.flowReasons.add(`not recognised${why}`);
  }

  #begin(
    flow: FlowState,
    protocol: Protocol,
    candidates: readonly Protocol[],
    bytes: Uint8Array,
    start: number,
    end: number,
    side: Side,
  ): void {
    if (protocol.probe(flow.directionOf(side), bytes, start, end) === NO) {
      const stranger = knownStranger(bytes, start, end);
      if (stranger !== "") return this.#isStranger(flow, stranger);
      if (flow.sawStart) return this.#hear(flow, side, bytes, start, end);
    }
    this.#talk(flow, protocol, candidates);
  }

  #talk(
    flow: FlowState,
    protocol: Protocol,
    candidates: readonly Protocol[],
    inherited?: InheritedRequest,
  ): void {
    const group = protocol.family === undefined ? [protocol] : candidates.filter((p) => p.family === protocol.family);
    flow.protocol = protocol;
    flow.ledger = this.contexts.get(protocol.name)!.ledger;
    flow.ledger.flows++;
    if (flow.transport === "tcp" && !flow.sawStart) flow.ledger.midStreamFlows++;
    flow.conversation = protocol.open(flow, this.contexts, group, inherited);
    flow.phase = TALKING;
  }

  /** Without a SYN: the end with a configured port is the server; between two such, the bytes tell, else the ports. */
  #clientOf(flow: FlowState, side: Side, bytes: Uint8Array, start: number, end: number): Side {
    const other: Side = side === 0 ? 1 : 0;
    const { port: from } = flow.sides[side], { port: to } = flow.sides[other];
    const asked = this.ports.has(flow.transport, to), asking = this.ports.has(flow.transport, from);
    if (asked !== asking) return asked ? side : other;
    for (const protocol of this.ports.candidates(flow.transport, flow.sides[side], flow.sides[other])) {
      if (protocol.probe(FROM_CLIENT, bytes, start, end) === CERTAIN) return side;
    }
    for (const protocol of this.ports.candidates(flow.transport, flow.sides[other], flow.sides[side])) {
      if (protocol.probe(FROM_SERVER, bytes, start, end) === CERTAIN) return other;
    }
    return from >= to ? side : other;
  }

  #verdict(flow: FlowState, side: Side, verdict: number, bytes: Uint8Array, start: number, end: number): void {
    switch (verdict) {
      case INVALID:
        flow.ledger!.skippedBytes += end - start;
        return;
      case HAND_OVER:
        return this.#handOver(flow, side, bytes, start, end);
      case NOT_MINE: {
        const stranger = knownStranger(bytes, start, end);
        const found = stranger === "" ? "something else" : stranger;
        this.ledger.flowReasons.add(`port ${flow.server.port} speaks ${found}, not ${flow.protocol!.title}`);
        return this.#deafen(flow);
      }
      case CLOSED:
        return this.#deafen(flow);
    }
  }

  #deafen(flow: FlowState): void {
    this.close(flow);
    flow.phase = DEAF;
  }

  #handOver(flow: FlowState, side: Side, bytes: Uint8Array, start: number, end: number): void {
    const { successor = "another protocol", handOverConsumed = 0, inherited } = flow.conversation!;
    const rest = start + handOverConsumed;
    const other: Side = side === 0 ? 1 : 0;
    const tcp = flow as TcpFlow; // only connections change their protocol
    const waiting = tcp.halves[other].carry;
    const waitingBytes = waiting.bytes?.slice(0, waiting.length);
    const { sequence, acknowledged } = waiting;
    const protocol = this.find(successor);
    const resume = (this.at.sequence + handOverConsumed) | 0;
    this.#deafen(flow);
    if (protocol === undefined) {
      this.ledger.flowReasons.add(`${flow.protocol!.title} changed to ${successor}, which is not decoded`);
      return;
    }
    const candidates = this.ports.eligible(flow.transport, flow.client, flow.server);
    this.#talk(flow, protocol, candidates.includes(protocol) ? candidates : [...candidates, protocol], inherited);
    const { at } = this;
    const own = { acknowledged: at.acknowledged, quiet: at.quiet };
    at.quiet = false;
    if (waitingBytes !== undefined && waitingBytes.length > 0) {
      at.sequence = sequence;
      at.acknowledged = acknowledged;
      this.stream(tcp, other, waitingBytes, 0, waitingBytes.length);
    }
    at.sequence = resume;
    at.acknowledged = own.acknowledged;
    at.quiet = own.quiet && handOverConsumed === 0;
    if (rest < end) this.stream(tcp, side, bytes, rest, end);
  }
}

/** Whether one conversation decodes both: the bytes of a family are the same. */
function isSameOrKin(one: Protocol, other: Protocol): boolean {
  return one === other || (one.family !== undefined && one.family === other.family);
}

function isOpening({ phase }: FlowState): boolean {
  return phase === OPENING;
}
