/** Metrics of packets and connections, whatever is spoken over them: the `layer4_*`, `tcp_*` and `udp_*` names. */
import type { Endpoint, Transport } from "../core/flow.ts";
import type { Traffic, TrafficMeter } from "../core/traffic.ts";
import { knownSelectors, type TransportLabel, transportLabels } from "../core/labels.ts";
import type { Family, LabelSet, MetricGroup } from "./group.ts";
import type { Counter, Gauge } from "./series.ts";
import type { Deferred, MetricStorage } from "./storage.ts";

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
  readonly #directions = {
    tcp: new WeakMap<LabelSet, DirectionMetrics>(),
    udp: new WeakMap<LabelSet, DirectionMetrics>(),
  };

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
    return new FlowTraffic(this.direction(transport, first, second), this.direction(transport, second, first));
  }

  /** What counts the packets that go from `source` to `destination`, and those of all flows that are labelled alike. */
  direction(transport: Transport, source: Endpoint, destination: Endpoint): DirectionMetrics {
    const set = this.#group.find(this.#labels.map((label) => label.read(source, destination)));
    const known = this.#directions[transport].get(set);
    if (known !== undefined) return known;
    const direction = new DirectionMetrics(this.#storage, this.#families[transport], this.#group, set);
    this.#directions[transport].set(set, direction);
    return direction;
  }
}

class FlowTraffic implements Traffic {
  constructor(readonly first: DirectionMetrics, readonly second: DirectionMetrics) {}

  packet(side: 0 | 1, bytes: number): void {
    (side === 0 ? this.first : this.second).packet(bytes);
  }

  skipped(side: 0 | 1): void {
    (side === 0 ? this.first : this.second).skipped();
  }
}

/** The counters of one direction of flows. */
export class DirectionMetrics implements Deferred {
  readonly #storage: MetricStorage;
  readonly #families: PacketFamilies;
  readonly #group: MetricGroup;
  #set: LabelSet;
  #isSettled = true;
  /** What is not settled yet. */
  #packets = 0;
  #bytes = 0;
  #skipped = 0;

  constructor(storage: MetricStorage, families: PacketFamilies, group: MetricGroup, set: LabelSet) {
    this.#storage = storage;
    this.#families = families;
    this.#group = group;
    this.#set = set;
  }

  /** @param bytes that the packet carried for the application */
  packet(bytes: number): void {
    if (this.#isSettled) this.#owe();
    this.#packets++;
    this.#bytes += bytes;
  }

  /** The packet that was counted last is not decoded: all of it had come before. */
  skipped(): void {
    if (this.#isSettled) this.#owe();
    this.#skipped++;
  }

  settle(sec: number): void {
    if (!this.#set.live) this.#set = this.#group.find(this.#set.values);
    const { packets, bytes, skipped } = this.#families;
    for (const family of packets) family.of(this.#set).add(this.#packets, sec);
    for (const family of bytes) family.of(this.#set).add(this.#bytes, sec);
    skipped?.of(this.#set).add(this.#skipped, sec);
    this.#packets = this.#bytes = this.#skipped = 0;
    this.#isSettled = true;
  }

  #owe(): void {
    this.#isSettled = false;
    this.#storage.defer(this);
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
