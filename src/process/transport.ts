/** Metrics of packets and connections, whatever is spoken over them: the `layer4_*`, `tcp_*` and `udp_*` names. */
import type { Endpoint, Transport } from "../core/flow.ts";
import type { Traffic, TrafficMeter } from "../core/traffic.ts";
import { knownSelectors, type TransportLabel, transportLabels } from "../core/labels.ts";
import type { Family, LabelSet, MetricGroup } from "./group.ts";
import type { Counter, Gauge } from "./series.ts";
import type { MetricStorage } from "./storage.ts";

const transports: readonly Transport[] = ["tcp", "udp"];

/** The packets of one transport, under its own names and under those of both transports together. */
interface PacketFamilies {
  readonly packets: readonly Family<Counter>[];
  readonly bytes: readonly Family<Counter>[];
  readonly skipped: Family<Counter> | undefined;
}

/** Counts packets by the labels of `controller.layer4Metrics`. */
export class TransportMetrics implements TrafficMeter {
  readonly #storage: MetricStorage;
  readonly #group: MetricGroup;
  readonly #labels: readonly TransportLabel[];
  readonly #families: Readonly<Record<Transport, PacketFamilies>>;

  /** @throws Error for a selector that there is not */
  constructor(storage: MetricStorage, selectors: readonly string[]) {
    this.#storage = storage;
    const known = knownSelectors("layer4Metrics", selectors, transportLabels);
    this.#labels = known.map((selector) => transportLabels[selector]);
    const group = this.#group = storage.group("layer4", this.#labels.map(({ name }) => name));
    const packets = group.counter("layer4_packets_total", "Packets of TCP and UDP");
    const bytes = group.counter("layer4_bytes_total", "Bytes that TCP and UDP carried");
    const families = (transport: Transport, title: string): PacketFamilies => ({
      packets: [packets, group.counter(`${transport}_received_packets_total`, `Packets of ${title}`)],
      bytes: [bytes, group.counter(`${transport}_received_bytes_total`, `Bytes that ${title} carried`)],
      skipped: transport === "udp"
        ? undefined
        : group.counter("tcp_skipped_packets_total", "Packets of TCP whose bytes were not decoded"),
    });
    this.#families = { tcp: families("tcp", "TCP"), udp: families("udp", "UDP") };
  }

  flow(transport: Transport, [first, second]: readonly [Endpoint, Endpoint]): Traffic {
    const directions = [this.direction(transport, first, second), this.direction(transport, second, first)];
    const storage = this.#storage;
    return {
      packet: (side, bytes) => directions[side].packet(bytes, storage.nowSec),
      skipped: (side) => directions[side].skipped(storage.nowSec),
    };
  }

  /** What counts the packets that go from `source` to `destination`: for a flow to keep, one for each direction. */
  direction(transport: Transport, source: Endpoint, destination: Endpoint): DirectionMetrics {
    const set = this.#group.find(this.#labels.map((label) => label.read(source, destination)));
    return new DirectionMetrics(this.#families[transport], this.#group, set);
  }
}

/** The counters of one direction of a flow. */
export class DirectionMetrics {
  readonly #families: PacketFamilies;
  readonly #group: MetricGroup;
  #set: LabelSet;

  constructor(families: PacketFamilies, group: MetricGroup, set: LabelSet) {
    this.#families = families;
    this.#group = group;
    this.#set = set;
  }

  /**
   * @param bytes that the packet carried for the application
   * @param sec time of the packet
   */
  packet(bytes: number, sec: number): void {
    const set = this.#labelSet();
    const families = this.#families;
    for (const family of families.packets) family.of(set).add(1, sec);
    for (const family of families.bytes) family.of(set).add(bytes, sec);
    families.skipped?.of(set).add(0, sec);
  }

  /** A packet that was counted is not decoded: all of it had come before. */
  skipped(sec: number): void {
    this.#families.skipped?.of(this.#labelSet()).add(1, sec);
  }

  #labelSet(): LabelSet {
    if (!this.#set.live) this.#set = this.#group.find(this.#set.values);
    return this.#set;
  }
}

/** Counts connections, without labels. */
export class ConnectionMetrics {
  readonly #none: LabelSet;
  readonly #active: Readonly<Record<Transport, Family<Gauge>>>;
  readonly #expired: Readonly<Record<Transport, Family<Counter>>>;

  constructor(storage: MetricStorage) {
    const group = storage.group("connections", []);
    const [tcpActive, udpActive] = transports.map((transport) =>
      group.gauge(`${transport}_active_conns`, `Flows of ${transport.toUpperCase()} that are followed now`)
    );
    const [tcpExpired, udpExpired] = transports.map((transport) =>
      group.counter(
        `${transport}_remove_expired_conns_total`,
        `Flows of ${transport.toUpperCase()} that were forgotten because nothing came of them any more`,
      )
    );
    this.#active = { tcp: tcpActive, udp: udpActive };
    this.#expired = { tcp: tcpExpired, udp: udpExpired };
    this.#none = group.find([]);
  }

  /** Tells how many flows there are now. */
  active(transport: Transport, flows: number, sec: number): void {
    this.#active[transport].of(this.#none).set(flows, sec);
  }

  /** Counts flows that were forgotten; with 0 the metric is there without having counted. */
  expired(transport: Transport, flows: number, sec: number): void {
    this.#expired[transport].of(this.#none).add(flows, sec);
  }
}
