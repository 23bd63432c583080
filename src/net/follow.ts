/** From a packet to its flow: the way through link, network and transport headers, and the table of flows. */
import { u16be } from "../bytes/read.ts";
import type { Transport } from "../core/flow.ts";
import type { Ledger } from "../core/ledger.ts";
import { FLOW_CLOSED_SECONDS, FLOW_IDLE_SECONDS, FLOWS, MEMORY_BYTES } from "../core/limits.ts";
import { FLOW_BYTES, type MemoryUse, REQUEST_BYTES, totalOf } from "../core/memory.ts";
import { Clock } from "../core/time.ts";
import type { TrafficMeter } from "../core/traffic.ts";
import type { Dispatcher } from "./dispatch.ts";
import { RecentDatagrams } from "./duplicates.ts";
import { stalestFirst } from "./eviction.ts";
import { CLOSED_FLOW, endpointsOf, FlowState, OPENING, type Side, TALKING, TcpFlow } from "./flows.ts";
import type { PortTable } from "./ports.ts";
import { FlowTable } from "./flow_table.ts";
import { Fragments } from "./fragments.ts";
import { parseNetwork, skipHeaders, TCP, UDP } from "./ip.ts";
import { decompressed, IPCOMP } from "./ipcomp.ts";
import { Layers } from "./layers.ts";
import { ETHERTYPE_IPV4, ETHERTYPE_IPV6 } from "./ethertypes.ts";
import { parseLink } from "./link.ts";
import { Tcp, tcpHeaderLength } from "./tcp.ts";
import { enterEtherType, enterTunnel, MAX_NESTING, NO_TUNNEL, tunnelPort } from "./tunnels.ts";

/** How often holes and idle flows are looked at, on the packets' clock. */
const TICK_NS = 20e6;
const UDP_IDLE_SECONDS = 60;
/** After so many packets memory is looked at although the packets' clock stands still; a power of two. */
const LOOK_PACKETS = 8192;
/** What is left of the memory that may be held, once room was made. */
const AFTER_SHEDDING = 7 / 8;
/** A full round through the flow table takes so many seconds. */
const SWEEP_SECONDS = 30;
/** As many parts as flows are divided into, to be followed or not. */
export const ALL_PARTS = 256;
const TOO_DEEP = `more than ${MAX_NESTING} packets within packets`;

/** Follows all flows of one capture. */
export class Follower {
  readonly clock = new Clock();
  /** A TCP connection without a packet for this long is over. */
  idleSeconds = FLOW_IDLE_SECONDS;
  /** What may be held in memory: see core/memory.ts. */
  maxMemory = MEMORY_BYTES;
  readonly #layers = new Layers();
  readonly #fragments: Fragments;
  readonly #recent = new RecentDatagrams();
  readonly #tcp: Tcp;
  readonly #flows: (FlowState | undefined)[] = [];
  readonly #free: number[] = [];
  readonly #tables = {
    tcp4: new FlowTable(1),
    tcp6: new FlowTable(4),
    udp4: new FlowTable(1),
    udp6: new FlowTable(4),
  };
  #tickSec = 0;
  #tickNsec = 0;
  #sweepSec = 0;
  #meter: TrafficMeter | undefined;
  /** Parts of all flows that are followed; the others are passed over. */
  #kept = ALL_PARTS;

  /** @param versions which IP versions are followed: 4, 6, or 0 for both */
  constructor(readonly dispatcher: Dispatcher, readonly ledger: Ledger, public versions: 0 | 4 | 6 = 0) {
    this.#tcp = new Tcp(dispatcher, this.clock, ledger);
    this.#fragments = new Fragments(ledger.undecoded);
  }

  /** Takes a packet; see `PacketSink.packet`. */
  packet(
    bytes: Uint8Array,
    start: number,
    end: number,
    wireLength: number,
    sec: number,
    nsec: number,
    linkType: number,
  ): void {
    const { ledger } = this;
    const layers = this.#layers;
    ledger.packets++;
    ledger.bytes += wireLength;
    this.advance(sec, nsec);
    this.clock.set(sec, nsec);
    let trouble = parseLink(bytes, start, end, wireLength, linkType, layers);
    for (let depth = 0; trouble === ""; depth++) {
      if (depth > MAX_NESTING) {
        trouble = TOO_DEEP;
        break;
      }
      if (layers.etherType !== ETHERTYPE_IPV4 && layers.etherType !== ETHERTYPE_IPV6) {
        trouble = enterEtherType(bytes, layers);
        continue;
      }
      trouble = parseNetwork(bytes, layers);
      while (trouble === "" && layers.isFragment) {
        if (!this.#fragments.add(bytes, layers, sec)) return;
        bytes = this.#fragments.whole;
        trouble = skipHeaders(bytes, layers);
      }
      if (trouble !== "") break;
      if (layers.protocol === IPCOMP) {
        const plain = decompressed(bytes, layers);
        if (typeof plain === "string") {
          trouble = plain;
          break;
        }
        bytes = plain;
      }
      if (layers.protocol === TCP) return this.#segment(bytes, layers);
      if (layers.protocol === UDP && !this.#mayHoldPacket(bytes, layers)) return this.#datagram(bytes, layers);
      trouble = enterTunnel(bytes, layers);
      if (trouble !== NO_TUNNEL) continue;
      if (layers.protocol === UDP) return this.#datagram(bytes, layers);
      trouble = "neither TCP nor UDP";
    }
    ledger.undecoded.add(trouble);
  }

  /** Moves the clock on: what has waited too long is given up. A clock that runs backwards moves nothing back. */
  advance(sec: number, nsec: number): void {
    if ((sec - this.#tickSec) * 1e9 + (nsec - this.#tickNsec) < TICK_NS) {
      if ((this.ledger.packets & (LOOK_PACKETS - 1)) === 0) this.#shed();
      return;
    }
    this.#tickSec = sec;
    this.#tickNsec = nsec;
    this.clock.set(sec, nsec);
    this.#tcp.tick();
    this.#shed();
    const seconds = sec - this.#sweepSec;
    if (seconds < 1) return;
    this.#sweepSec = sec;
    this.dispatcher.overdue(sec);
    for (const table of Object.values(this.#tables)) {
      table.sweep(Math.ceil(table.capacity * Math.min(1, seconds / SWEEP_SECONDS)), this.#isOver);
    }
  }

  /** Follows other ports from now on. Flows for which the same protocols stand to choose live on. */
  setPorts(ports: PortTable): void {
    const before = this.dispatcher.ports;
    this.dispatcher.ports = ports;
    for (const flow of this.#flows) if (flow !== undefined) this.#settle(flow, before, ports);
  }

  /** Counts what flows carry, those that are open already included, or nothing any more. */
  setMeter(meter: TrafficMeter | undefined): void {
    this.#meter = meter;
    for (const flow of this.#flows) if (flow !== undefined) flow.traffic = meter?.flow(flow.transport, flow.sides);
  }

  /** Follows so many of {@link ALL_PARTS} of all flows from now on: those of the other parts are given up, whole. */
  keep(parts: number): void {
    this.#kept = parts;
    for (const table of Object.values(this.#tables)) {
      for (let before = -1; before !== table.size;) { // one that moved to a place already passed is found next time
        before = table.size;
        table.sweep(table.capacity, (index, part) => part >= parts && this.#sampleOut(index));
      }
    }
  }

  /** How many flows are open. */
  openFlows(): { tcp: number; udp: number } {
    const count = { tcp: 0, udp: 0 };
    for (const flow of this.#flows) if (flow !== undefined && flow.phase !== CLOSED_FLOW) count[flow.transport]++;
    return count;
  }

  /** What is held in memory now. */
  memory(): MemoryUse {
    const { dispatcher } = this;
    const { tcp4, tcp6, udp4, udp6 } = this.#tables;
    let pending = 0;
    for (const { ledger } of dispatcher.contexts.values()) pending += ledger.pending;
    return {
      reassembly: this.#tcp.heldBytes,
      carry: dispatcher.pool.lent,
      fragments: this.#fragments.held,
      requests: pending * REQUEST_BYTES,
      flows: (tcp4.size + tcp6.size) * FLOW_BYTES.tcp + (udp4.size + udp6.size) * FLOW_BYTES.udp,
    };
  }

  /** The capture has ended: every flow is closed. */
  close(): void {
    this.#fragments.clear();
    for (const table of Object.values(this.#tables)) {
      while (table.size > 0) table.sweep(table.capacity, (index) => this.#forget(index));
    }
  }

  /** Whether a datagram has a port of an encapsulation, and no rule claims either of its ports. */
  #mayHoldPacket(bytes: Uint8Array, layers: Layers): boolean {
    const at = layers.transport;
    if (at + 4 > layers.end) return false;
    const source = u16be(bytes, at), destination = u16be(bytes, at + 2);
    if (tunnelPort(source, destination) === 0) return false;
    // Who asks may do so from any port: an answer of DNS is no VXLAN because the resolver chose that of VXLAN.
    const { ports } = this.dispatcher;
    return !ports.has("udp", source) && !ports.has("udp", destination);
  }

  #segment(bytes: Uint8Array, layers: Layers): void {
    if (this.versions !== 0 && layers.version !== this.versions) return;
    const at = layers.transport;
    const headerLength = tcpHeaderLength(bytes, at, layers.end);
    if (headerLength === 0) return this.ledger.undecoded.add("broken or cut TCP header");
    const sourcePort = u16be(bytes, at), destinationPort = u16be(bytes, at + 2);
    const { ports } = this.dispatcher;
    if ((ports.tcp[destinationPort] | ports.tcp[sourcePort]) === 0) return;
    this.ledger.matched++;
    const table = layers.version === 4 ? this.#tables.tcp4 : this.#tables.tcp6;
    const index = table.find(bytes, layers.source, layers.destination, at);
    if (table.part >= this.#kept) return this.#passOver("tcp", sourcePort, destinationPort);
    const flow = (index >= 0 ? this.#flows[index] : this.#enter(table, bytes, layers, true)) as TcpFlow;
    flow.lastSeen = this.clock.sec;
    this.#tcp.segment(flow, table.direction, bytes, layers, headerLength);
  }

  #datagram(bytes: Uint8Array, layers: Layers): void {
    if (this.versions !== 0 && layers.version !== this.versions) return;
    const at = layers.transport;
    if (at + 8 > layers.end) return this.ledger.undecoded.add("cut inside the UDP header");
    const { ports } = this.dispatcher;
    if ((ports.udp[u16be(bytes, at + 2)] | ports.udp[u16be(bytes, at)]) === 0) return;
    this.ledger.matched++;
    // | source port | destination port | length, of header and data (0 in jumbograms) | checksum |
    const length = u16be(bytes, at + 4);
    const end = length >= 8 ? Math.min(layers.end, at + length) : layers.end;
    if (this.#recent.isCopy(bytes, layers, end, this.clock.sec, this.clock.nsec)) return void this.ledger.duplicates++;
    const table = layers.version === 4 ? this.#tables.udp4 : this.#tables.udp6;
    const index = table.find(bytes, layers.source, layers.destination, at);
    if (table.part >= this.#kept) return this.#passOver("udp", u16be(bytes, at), u16be(bytes, at + 2));
    const flow = index >= 0 ? this.#flows[index]! : this.#enter(table, bytes, layers, false);
    flow.lastSeen = this.clock.sec;
    flow.traffic?.packet(table.direction, Math.max(0, (length >= 8 ? at + length : layers.wireEnd) - at - 8));
    if (end <= at + 8) return;
    const arrival = this.dispatcher.at;
    arrival.sec = this.clock.sec;
    arrival.nsec = this.clock.nsec;
    arrival.sequence = arrival.acknowledged = arrival.carried = 0;
    arrival.quiet = true;
    this.dispatcher.datagram(flow, table.direction as Side, bytes, at + 8, end);
  }

  #enter(table: FlowTable, bytes: Uint8Array, layers: Layers, isTcp: boolean): FlowState {
    if (this.#flows.length - this.#free.length >= FLOWS) {
      this.#makeRoom(table);
      table.find(bytes, layers.source, layers.destination, layers.transport); // slots have moved
    }
    const { source, destination, transport } = layers;
    const sides = endpointsOf(
      bytes,
      source,
      destination,
      4 * layers.addressWords,
      u16be(bytes, transport),
      u16be(bytes, transport + 2),
      table.direction,
    );
    const flow = isTcp ? new TcpFlow(sides) : new FlowState("udp", sides);
    flow.traffic = this.#meter?.flow(flow.transport, sides);
    const index = this.#free.pop() ?? this.#flows.length;
    this.#flows[index] = flow;
    table.insert(index);
    this.ledger.flows++;
    return flow;
  }

  /** The table is full: gives up closed and idle flows among the next slots, or else the next flow there is. */
  #makeRoom(table: FlowTable): void {
    const before = table.size;
    table.sweep(256, (index) => this.#flows[index]!.phase === CLOSED_FLOW && this.#forget(index));
    let needed = table.size === before;
    if (!needed) return;
    table.sweep(table.capacity, (index) => {
      if (!needed) return false;
      needed = false;
      this.ledger.flowsEvicted++;
      return this.#evict(index);
    });
  }

  /** Makes room when more memory is held than may be. */
  #shed(): void {
    if (totalOf(this.memory()) <= this.maxMemory) return;
    this.#fragments.clear();
    for (const doomed of stalestFirst(this.#flows)) {
      if (totalOf(this.memory()) <= this.maxMemory * AFTER_SHEDDING) return;
      const left = this.#flows.length - this.#free.length - doomed.size;
      while (this.#flows.length - this.#free.length > left) {
        for (const table of Object.values(this.#tables)) {
          table.sweep(table.capacity, (index) => {
            if (!doomed.has(index)) return false;
            if (this.#flows[index]!.phase !== CLOSED_FLOW) this.ledger.flowsShed++;
            return this.#evict(index);
          });
        }
      }
    }
  }

  readonly #isOver = (index: number): boolean => {
    const flow = this.#flows[index]!;
    const idle = this.#tickSec - flow.lastSeen;
    const limit = flow.phase === CLOSED_FLOW
      ? FLOW_CLOSED_SECONDS
      : flow.transport === "udp"
      ? UDP_IDLE_SECONDS
      : this.idleSeconds;
    if (idle <= limit) return false;
    if (flow.phase !== CLOSED_FLOW) this.ledger.flowsExpired[flow.transport]++;
    return this.#forget(index);
  };

  /** What new rules mean for a flow that is open: it goes on, begins anew as if joined in the middle, or ends. */
  #settle(flow: FlowState, before: PortTable, after: PortTable): void {
    if (flow.phase === OPENING || flow.phase === CLOSED_FLOW) return;
    const old = before.eligible(flow.transport, flow.client, flow.server);
    const now = after.eligible(flow.transport, flow.client, flow.server);
    const isSame = old.length === now.length && old.every((protocol, i) => protocol === now[i]);
    if (isSame || flow.phase === TALKING && flow.chosen !== undefined && now.includes(flow.chosen)) return;
    const { clientSide } = flow;
    this.#end(flow);
    flow.restart();
    flow.clientSide = clientSide;
  }

  /** Forgets a flow that may be alive: what waits in it was not seen to stay without an answer. */
  #evict(index: number, as: "evicted" | "sampledOut" = "evicted"): true {
    for (const context of this.dispatcher.contexts.values()) context.givingUp = as;
    this.#forget(index);
    for (const context of this.dispatcher.contexts.values()) context.givingUp = undefined;
    return true;
  }

  #sampleOut(index: number): true {
    const { phase, ledger } = this.#flows[index]!;
    if (phase === TALKING) ledger!.flowsSampledOut++;
    return this.#evict(index, "sampledOut");
  }

  #passOver(transport: Transport, source: number, destination: number): void {
    const { ports, contexts } = this.dispatcher;
    const protocol = ports.namedBy(transport, destination) ?? ports.namedBy(transport, source);
    if (protocol !== undefined) contexts.get(protocol.name)!.ledger.packetsSampledOut++;
    this.ledger.undecoded.add("sampled out");
  }

  #forget(index: number): true {
    this.#end(this.#flows[index]!);
    this.#flows[index] = undefined;
    this.#free.push(index);
    return true;
  }

  #end(flow: FlowState): void {
    if (flow instanceof TcpFlow) this.#tcp.close(flow);
    else this.dispatcher.close(flow);
  }
}
