/** The contract between packetd and a protocol: one object a protocol, registered by one line. */
import type { Bodies } from "./bodies.ts";
import type { Arrival, Direction, Flow, Transport } from "./flow.ts";
import type { JsonWriter } from "./json.ts";
import type { ProtocolLedger } from "./ledger.ts";
import type { RoundTrip, RoundTripSink } from "./roundtrip.ts";
import type { SpanAttribute } from "./span.ts";
import type { Probe } from "./verdict.ts";

/** Both directions of one flow, since they share negotiated state. Nothing thrown ever crosses these calls. */
export interface Conversation {
  /**
   * Takes `bytes[start..end)`: what was carried over from the last call, then what is new. The bytes are borrowed:
   * they are valid until the call returns.
   *
   * @returns how many bytes were consumed (0 or more; as many whole messages as there are), or a verdict. What was not
   * consumed is kept and offered again together with what follows.
   */
  feed(direction: Direction, bytes: Uint8Array, start: number, end: number, at: Arrival): number;
  /**
   * `lost` bytes of this direction will never come. What was offered and not consumed is gone too, and stands in
   * front of the gap. The conversation skips a body, or waits for a certain start.
   */
  gap(direction: Direction, lost: number): void;
  /** This direction has ended (FIN): what reads until the end is complete. */
  end(direction: Direction, at: Arrival): void;
  /** The flow is over: what is pending is accounted for. Called exactly once. */
  close(): void;
  /** With the verdict HAND_OVER: the name of what the connection speaks now, and how many of the bytes were consumed. */
  readonly successor?: string;
  readonly handOverConsumed?: number;
  /** With the verdict HAND_OVER: the request that the successor will answer. */
  readonly inherited?: InheritedRequest;
}

/** A request that was asked in one protocol and is answered in the next (HTTP's Upgrade: RFC 9110, section 7.8). */
export interface InheritedRequest {
  readonly method: string;
  /** As it was sent, and all text below too: one character a byte. */
  readonly target: string;
  readonly scheme: string;
  readonly authority: string;
  /** Names, in lower case, and values in turns. */
  readonly fields: readonly string[];
  /** Bytes of its body. */
  readonly bytes: number;
  /** When it was asked. */
  readonly sec: number;
  readonly nsec: number;
}

/** Bytes of one direction: `bytes[start..end)`. Borrowed; empty where none came. */
export interface ByteRange {
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
}

/** What a conversation is given to work with. */
export interface ConversationContext {
  readonly ledger: ProtocolLedger;
  readonly sink: RoundTripSink;
  /** Where bodies are kept from now on; undefined where nobody asked for them. */
  bodies?: Bodies;
  /** While flows are given up that may be alive: what becomes of what waits in them. Nobody says that it was not answered. */
  givingUp?: "evicted" | "sampledOut";
}

/** Choices of who prints. */
export interface Rendering {
  /** Print the values of secret headers and parameters instead of `***`. */
  readonly showSecrets: boolean;
}

/** A metric label: its name, and where its value comes from. */
export interface Label<D> {
  readonly name: string;
  /** Whether it reads text that is kept only where somebody asks for it: see `RoundTripSink.rendersText`. */
  readonly readsKeptText?: boolean;
  /** Those whose selector begins with `response.` are only read of answered round trips. */
  read(roundTrip: RoundTrip<D>): string;
}

/** A number that the round trips of one protocol have besides duration and sizes, as a metric of its own. */
export interface Measure<D> {
  /** Name of the metric behind the protocol's: `response_affected_rows`. */
  readonly name: string;
  readonly kind: "counter" | "histogram";
  /** One sentence without its full stop, for people. */
  readonly help: string;
  /** NaN for a round trip that has no such number. Only called for answered round trips. */
  read(roundTrip: RoundTrip<D>): number;
}

/** What a round trip says in a span, apart from its times. */
export interface SpanFacts {
  readonly name: string;
  /** What is acted upon, where the attributes do not say it: the collection of a command, the topic of a request. */
  readonly target?: string;
  /** In the order in which they are exported; the addresses that all have (core/span.ts) are among them. */
  readonly attributes: readonly SpanAttribute[];
}

/** The header fields that bring a trace along (https://www.w3.org/TR/trace-context/); repeated ones joined by commas. */
export interface TraceHeaders {
  readonly traceparent: string;
  /** Empty when there is none. */
  readonly tracestate: string;
}

/**
 * A protocol.
 *
 * @typeParam D what the protocol keeps of a round trip
 */
export interface Protocol<D = unknown> {
  /** Lower case: the name in rules, metrics and files. */
  readonly name: string;
  /** The name for people, as `Request.Proto` has it. */
  readonly title: string;
  readonly transports: readonly Transport[];
  /** Ports that servers use by default; hints only. */
  readonly ports: readonly number[];
  /** Protocols of one family share one conversation where a port is configured for several of them. */
  readonly family?: string;
  /** After how many seconds a request counts as unanswered, where the usual time does not fit; its answer may still come. */
  readonly patienceSeconds?: number;
  /** Whether what one connection says helps to read others, so that all of them have to be decoded in one lane. */
  readonly isReadTogether?: boolean;
  /** The most bytes that may be carried over between two calls of `feed`, where the usual ceiling does not fit. */
  readonly carryLimit?: number;

  /**
   * Whether these first bytes of a direction are this protocol's.
   *
   * @param direction who sent them if `bytes` are to be judged as that side's
   */
  probe(direction: Direction, bytes: Uint8Array, start: number, end: number): Probe;
  /**
   * Whether the first bytes of both directions are surely this protocol's, where its probes alone would not tell: by an
   * id that comes back, or by who speaks first. Asked only where no probe said NO; one direction may be empty for good.
   * Without it two certain probes are enough, and one of a connection whose start was seen.
   */
  belongTogether?(client: ByteRange, server: ByteRange, sawStart: boolean): boolean;
  /**
   * Begins to decode a flow.
   *
   * @param group the protocols of this one's family that are configured on the port, itself included
   * @param inherited the request that the protocol spoken before left to be answered in this one
   */
  open(
    flow: Flow,
    contexts: ReadonlyMap<string, ConversationContext>,
    group: readonly Protocol[],
    inherited?: InheritedRequest,
  ): Conversation;

  /** Writes the `Request` and the `Response` object of the JSON line. */
  request(roundTrip: RoundTrip<D>, json: JsonWriter, rendering: Rendering): void;
  response(roundTrip: RoundTrip<D>, json: JsonWriter, rendering: Rendering): void;
  /** What was asked, for people, on one line: `GET /index.html`. */
  asked(roundTrip: RoundTrip<D>, rendering: Rendering): string;
  /** What came of it, for people: `200 OK`. Only called for answered round trips. */
  result(roundTrip: RoundTrip<D>): string;
  /** Whether the response reports an error. */
  failed(roundTrip: RoundTrip<D>): boolean;
  /** What kind of thing was asked, of which there are few and which holds nothing secret: `GET /users/{id}`. */
  endpoint(roundTrip: RoundTrip<D>): string;
  /** What came of it in one of few words, where `result` says more: `200`. Only called for answered round trips. */
  status?(roundTrip: RoundTrip<D>): string;

  /** Metric labels by selector, for example `request.method`. */
  readonly labels: Readonly<Record<string, Label<D>>>;
  /** Metrics beyond those that all protocols have. */
  readonly measures?: readonly Measure<D>[];
  /** Of a request without an answer, what the request says. */
  span(roundTrip: RoundTrip<D>, rendering: Rendering): SpanFacts;
  /** What the request, or else its response, says of the trace that it belongs to; undefined when neither does. */
  traceHeaders?(roundTrip: RoundTrip<D>): TraceHeaders | undefined;
}
