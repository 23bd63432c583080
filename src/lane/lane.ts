/** One pipeline from packets to round trips, in one thread. Nothing in it is global, so that several can run at once. */
import { Bodies, type BodyCapture } from "../core/bodies.ts";
import { Ledger } from "../core/ledger.ts";
import type { PacketSink } from "../core/packet.ts";
import type { ConversationContext } from "../core/protocol.ts";
import type { RoundTripSink } from "../core/roundtrip.ts";
import type { Rule } from "../core/rule.ts";
import { Dispatcher } from "../net/dispatch.ts";
import { Follower } from "../net/follow.ts";
import { PortTable } from "../net/ports.ts";
import { protocols } from "../protocols/mod.ts";
import { protocolNamed } from "../protocols/registry.ts";

export interface LaneOptions {
  /** Follow only this IP version; empty for both. */
  readonly ipVersion?: "" | "v4" | "v6";
  /** Keep such bodies of responses, where protocols can; undefined for none. */
  readonly bodies?: BodyCapture;
}

export class Lane implements PacketSink {
  readonly ledger = new Ledger();
  readonly #follower: Follower;

  /** @param sink takes the round trips, in the order in which their responses were completed */
  constructor(rules: readonly Rule[], sink: RoundTripSink, options: LaneOptions = {}) {
    const contexts = new Map<string, ConversationContext>();
    const bodies = options.bodies === undefined ? undefined : new Bodies(options.bodies);
    for (const { name } of protocols) contexts.set(name, { ledger: this.ledger.of(name), sink, bodies });
    const dispatcher = new Dispatcher(new PortTable(rules, protocolNamed), protocolNamed, contexts, this.ledger);
    const version = options.ipVersion === "v4" ? 4 : options.ipVersion === "v6" ? 6 : 0;
    this.#follower = new Follower(dispatcher, this.ledger, version);
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

  /** Tells a live capture the time of the wall clock, so that an idle interface's timers run too. */
  tick(sec: number, nsec: number): void {
    this.#follower.advance(sec, nsec);
  }

  /** The capture has ended: what is pending is accounted for. */
  close(): void {
    this.#follower.close();
  }
}
