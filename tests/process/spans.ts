/** Runs packets through a lane and the traces step, and keeps the spans. */
import type { SpanAttribute } from "../../src/core/span.ts";
import type { Rule } from "../../src/core/rule.ts";
import { Lane } from "../../src/lane/lane.ts";
import type { Span } from "../../src/process/span.ts";
import { RoundTripsToTraces, type TracesOptions } from "../../src/process/traces.ts";
import type { Packet } from "../tools/replay.ts";

/** What is left of a span when the step goes on. */
export interface KeptSpan extends Pick<Span, "name" | "kind" | "failed" | "message" | "traceFlags" | "traceState"> {
  readonly serviceName: string;
  readonly traceId: string;
  readonly spanId: string;
  /** Empty for none. */
  readonly parentId: string;
  /** Nanoseconds. */
  readonly start: bigint;
  readonly end: bigint;
  readonly attributes: readonly SpanAttribute[];
}

const hex = (bytes: Uint8Array) => [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
const nanoseconds = (sec: number, nsec: number) => BigInt(sec) * 1_000_000_000n + BigInt(nsec);

export interface Traced {
  readonly spans: KeptSpan[];
  readonly step: RoundTripsToTraces;
}

/** The spans of packets. */
export function trace(packets: Iterable<Packet>, rules: readonly Rule[], options: Partial<TracesOptions> = {}): Traced {
  const spans: KeptSpan[] = [];
  const step = new RoundTripsToTraces({
    span(span) {
      spans.push({
        ...span,
        traceId: hex(span.traceId),
        spanId: hex(span.spanId),
        parentId: span.hasParent ? hex(span.parentId) : "",
        start: nanoseconds(span.startSec, span.startNsec),
        end: nanoseconds(span.endSec, span.endNsec),
      });
    },
  }, {
    semconv: "packetd",
    unanswered: false,
    serviceName: () => "packetd",
    isLocal: () => true,
    now: () => lane.clock,
    ...options,
  });
  const lane: Lane = new Lane(rules, {
    roundTrip: (roundTrip) => void step.roundTrip(roundTrip),
    unanswered: (roundTrip) => void step.unanswered(roundTrip),
  });
  for (const { bytes, wireLength, sec, nsec, linkType } of packets) {
    lane.packet(bytes, 0, bytes.length, wireLength, sec, nsec, linkType);
  }
  lane.close();
  return { spans, step };
}

/** The attributes by their keys. */
export function byKey({ attributes }: KeptSpan): Record<string, unknown> {
  return Object.fromEntries(attributes);
}
