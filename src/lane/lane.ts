/** One pipeline from packets to round trips, in one thread. Nothing in it is global, so that several can run at once. */
import { Bodies, type BodyCapture } from "../core/bodies.ts";
import { Ledger } from "../core/ledger.ts";
import { FLOW_IDLE_SECONDS, MEMORY_BYTES } from "../core/limits.ts";
import type { MemoryUse } from "../core/memory.ts";
import type { PacketSink } from "../core/packet.ts";
import type { ConversationContext } from "../core/protocol.ts";
import type { RoundTripSink } from "../core/roundtrip.ts";
import type { Rule } from "../core/rule.ts";
import type { Instant } from "../core/time.ts";
import type { TrafficMeter } from "../core/traffic.ts";
import { Dispatcher } from "../net/dispatch.ts";
import { Follower } from "../net/follow.ts";
import { PortTable } from "../net/ports.ts";
import { protocols } from "../protocols/mod.ts";
import { protocolNamed } from "../protocols/registry.ts";

export interface LaneOptions {
  /** Follow only this IP version; empty for both. */
  readonly ipVersion?: IpVersion;
  /** A TCP connection without a packet for this long is over. */
  readonly idleSeconds?: number;
  /** Bytes that flows may hold together before those without a packet for longest are given up. */
  readonly maxMemory?: number;
  /** Counts what flows carry. */
  readonly meter?: TrafficMeter;
  /** Keep such bodies of responses, where protocols can; undefined for none. */
  readonly bodies?: BodyCapture;
}

type IpVersion = "" | "v4" | "v6";

export class Lane implements PacketSink {
  readonly ledger = new Ledger();
  readonly #follower: Follower;
  readonly #contexts = new Map<string, ConversationContext>();

  /** @param sink takes the round trips, in the order in which their responses were completed */
  constructor(rules: readonly Rule[], sink: RoundTripSink, options: LaneOptions = {}) {
    for (const { name } of protocols) this.#contexts.set(name, { ledger: this.ledger.of(name), sink });
    const ports = new PortTable(rules, protocolNamed);
    const dispatcher = new Dispatcher(ports, protocolNamed, this.#contexts, this.ledger);
    this.#follower = new Follower(dispatcher, this.ledger);
    this.#set(options);
  }

  /** Where packets go in: the same as {@link packet}, a call less for each. */
  get entrance(): PacketSink {
    return this.#follower;
  }

  packet(
    bytes: Uint8Array,
    start: number,
    end: number,
    wireLength: number,
    sec: number,
    nsec: number,
    linkType: number,
  ): void {
    this.#follower.packet(bytes, start, end, wireLength, sec, nsec, linkType);
  }

  /** Goes on by other rules and options. Flows whose rules stay live on. */
  reconfigure(rules: readonly Rule[], options: LaneOptions): void {
    this.#follower.setPorts(new PortTable(rules, protocolNamed));
    this.#set(options);
  }

  /** Follows a part of all flows: see {@link Follower.keep}. */
  keep(parts: number): void {
    this.#follower.keep(parts);
  }

  /** The packets' clock. */
  get clock(): Instant {
    return this.#follower.clock;
  }

  /** How many flows are open. */
  openFlows(): { tcp: number; udp: number } {
    return this.#follower.openFlows();
  }

  /** What is held in memory now. */
  memory(): MemoryUse {
    return this.#follower.memory();
  }

  /** Tells a live capture the time of the wall clock, so that an idle interface's timers run too. */
  tick(sec: number, nsec: number): void {
    this.#follower.advance(sec, nsec);
  }

  /** The capture has ended: what is pending is accounted for. */
  close(): void {
    this.#follower.close();
  }

  #set(
    { ipVersion = "", idleSeconds = FLOW_IDLE_SECONDS, maxMemory = MEMORY_BYTES, meter, bodies }: LaneOptions,
  ): void {
    const kept = bodies === undefined ? undefined : new Bodies(bodies);
    for (const context of this.#contexts.values()) context.bodies = kept;
    this.#follower.versions = ipVersion === "v4" ? 4 : ipVersion === "v6" ? 6 : 0;
    this.#follower.idleSeconds = idleSeconds;
    this.#follower.maxMemory = maxMemory;
    this.#follower.setMeter(meter);
  }
}
