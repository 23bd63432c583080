/** The processor `roundtripstometrics`: what is counted of each round trip, per protocol and by the labels chosen. */
import { commonLabels, knownSelectors } from "../core/labels.ts";
import type { Label, Measure, Protocol } from "../core/protocol.ts";
import type { RoundTrip } from "../core/roundtrip.ts";
import { BYTES, SECONDS } from "./buckets.ts";
import type { Family, LabelSet, MetricGroup } from "./group.ts";
import type { Counter, Histogram } from "./series.ts";
import type { Step } from "./step.ts";
import type { MetricStorage } from "./storage.ts";

const RESPONSE = "response.";
/** Stands in for what a response would say. */
const noAnswer: Label<unknown> = { name: "", read: () => "" };

export class MetricsStep implements Step {
  readonly rendersText: boolean;
  readonly #storage: MetricStorage;
  readonly #metrics: ReadonlyMap<Protocol, ProtocolMetrics>;

  /**
   * @param protocols all that round trips may be of
   * @param requireLabels label selectors by the protocol's name
   * @throws Error for a selector that there is not
   */
  constructor(
    storage: MetricStorage,
    protocols: readonly Protocol[],
    requireLabels: ReadonlyMap<string, readonly string[]>,
  ) {
    this.#storage = storage;
    const selectors = ({ name }: Protocol) => requireLabels.get(name) ?? [];
    this.#metrics = new Map(
      protocols.map((protocol) => [protocol, new ProtocolMetrics(storage, protocol, selectors(protocol))]),
    );
    this.rendersText = protocols.some((protocol) =>
      selectors(protocol).some((selector) => protocol.labels[selector]?.readsKeptText === true)
    );
  }

  roundTrip(roundTrip: RoundTrip): boolean {
    this.#metrics.get(roundTrip.protocol)?.answered(roundTrip, this.#storage.advance(roundTrip.responseSec));
    return true;
  }

  unanswered(roundTrip: RoundTrip): boolean {
    this.#metrics.get(roundTrip.protocol)?.unanswered(roundTrip, this.#storage.advance(roundTrip.requestSec));
    return true;
  }
}

/** Takes one number of a round trip into a series of its label set. */
type Taking = (roundTrip: RoundTrip, set: LabelSet, sec: number) => void;

/** The metrics of one protocol. */
class ProtocolMetrics {
  readonly #group: MetricGroup;
  readonly #requests: Family<Counter>;
  readonly #durations: Family<Histogram>;
  readonly #requestBytes: Family<Histogram>;
  readonly #responseBytes: Family<Histogram>;
  readonly #unanswered: Family<Counter>;
  readonly #measures: readonly Taking[];
  /** In the order of a series' labels: of a round trip, and of a request without an answer. */
  readonly #labels: readonly Label<unknown>[];
  readonly #requestLabels: readonly Label<unknown>[];
  /** The values in hand. */
  readonly #values: string[];

  constructor(storage: MetricStorage, protocol: Protocol, selectors: readonly string[]) {
    const { name, title } = protocol;
    const known = { ...commonLabels, ...protocol.labels };
    const chosen = knownSelectors(name, selectors, known);
    const isCommon = (selector: string) => selector in commonLabels;
    const ordered = [...chosen.filter(isCommon), ...chosen.filter((selector) => !isCommon(selector))];
    this.#labels = ordered.map((selector) => known[selector]);
    this.#requestLabels = ordered.map((selector) => selector.startsWith(RESPONSE) ? noAnswer : known[selector]);
    this.#values = ordered.map(() => "");
    const group = this.#group = storage.group(name, this.#labels.map((label) => label.name));
    this.#requests = group.counter(`${name}_requests_total`, `${title} requests that were answered`);
    const durationHelp = `Time from ${title} request to response`;
    this.#durations = group.histogram(`${name}_request_duration_seconds`, durationHelp, SECONDS);
    this.#requestBytes = group.histogram(`${name}_request_body_bytes`, `Size of ${title} requests`, BYTES);
    this.#responseBytes = group.histogram(`${name}_response_body_bytes`, `Size of ${title} responses`, BYTES);
    this.#unanswered = group.counter(`${name}_requests_unanswered_total`, `${title} requests that were never answered`);
    this.#measures = (protocol.measures ?? []).map((measure) => measured(group, name, measure));
  }

  answered(roundTrip: RoundTrip, sec: number): void {
    const set = this.#labelSet(this.#labels, roundTrip);
    this.#requests.of(set).add(1, sec);
    this.#durations.of(set).observe(roundTrip.durationNs / 1e9, sec);
    this.#requestBytes.of(set).observe(roundTrip.requestBytes, sec);
    this.#responseBytes.of(set).observe(roundTrip.responseBytes, sec);
    for (const take of this.#measures) take(roundTrip, set, sec);
  }

  unanswered(roundTrip: RoundTrip, sec: number): void {
    this.#unanswered.of(this.#labelSet(this.#requestLabels, roundTrip)).add(1, sec);
  }

  #labelSet(labels: readonly Label<unknown>[], roundTrip: RoundTrip): LabelSet {
    for (let i = 0; i < labels.length; i++) this.#values[i] = labels[i].read(roundTrip);
    return this.#group.find(this.#values);
  }
}

function measured(group: MetricGroup, protocol: string, measure: Measure<unknown>): Taking {
  const name = `${protocol}_${measure.name}`;
  if (measure.kind === "histogram") {
    const family = group.histogram(name, measure.help, BYTES); // the contract has byte buckets for rows too
    return (roundTrip, set, sec) => {
      const value = measure.read(roundTrip);
      if (value >= 0) family.of(set).observe(value, sec);
    };
  }
  const family = group.counter(name, measure.help);
  return (roundTrip, set, sec) => {
    const value = measure.read(roundTrip);
    if (value >= 0) family.of(set).add(value, sec);
  };
}
