/** What the agent tells of its lanes: plain data, which may come from other threads, and which can be summed. */
import type { InterfaceCounters } from "../capture/open.ts";
import { type Ledger, sumOfLedgers } from "../core/ledger.ts";
import type { MemoryUse } from "../core/memory.ts";
import type { Instant } from "../core/time.ts";
import type { FilterCounts } from "../process/filter.ts";

export interface Lost {
  /** Lines of round trips, spans, and lines for whoever watches. */
  readonly roundtrips: number;
  readonly traces: number;
  readonly watchers: number;
}

export const NOTHING_LOST: Lost = { roundtrips: 0, traces: 0, watchers: 0 };

export interface Figures {
  readonly ledger: Ledger;
  /** The packets' clock. */
  readonly clock: Instant;
  readonly openFlows: { readonly tcp: number; readonly udp: number };
  readonly memory: MemoryUse;
  /** Share of all flows that is followed; below 1 while decoding cannot keep up. */
  readonly followed: number;
  /** By interface or file. */
  readonly interfaces: ReadonlyMap<string, InterfaceCounters>;
  /** Whether packets can come. */
  readonly isOpen: boolean;
  /** Round trips, since the start. */
  readonly handled: number;
  /** Faults of ours in decoding. */
  readonly surprises: number;
  /** Round trips that became no span, because the caller did not sample their trace. */
  readonly unsampled: number;
  readonly filters: readonly FilterCounts[];
  /** What was lost on the way out of the lane, by where it should have gone. */
  readonly lost: Lost;
}

/** Figures of several lanes together. */
export function sumOfFigures(all: readonly Figures[]): Figures {
  const sum = (read: (figures: Figures) => number) => all.reduce((total, figures) => total + read(figures), 0);
  return {
    ledger: sumOfLedgers(all.map(({ ledger }) => ledger)),
    clock: all.map(({ clock }) => clock).reduce((a, b) => a.sec > b.sec ? a : b),
    openFlows: { tcp: sum(({ openFlows }) => openFlows.tcp), udp: sum(({ openFlows }) => openFlows.udp) },
    memory: {
      reassembly: sum(({ memory }) => memory.reassembly),
      carry: sum(({ memory }) => memory.carry),
      fragments: sum(({ memory }) => memory.fragments),
      requests: sum(({ memory }) => memory.requests),
      flows: sum(({ memory }) => memory.flows),
    },
    followed: sum(({ followed }) => followed) / all.length,
    interfaces: sumOfInterfaces(all),
    isOpen: all.every(({ isOpen }) => isOpen),
    handled: sum(({ handled }) => handled),
    surprises: sum(({ surprises }) => surprises),
    unsampled: sum(({ unsampled }) => unsampled),
    filters: sumOfFilters(all),
    lost: {
      roundtrips: sum(({ lost }) => lost.roundtrips),
      traces: sum(({ lost }) => lost.traces),
      watchers: sum(({ lost }) => lost.watchers),
    },
  };
}

/** The fullest ring counts: it is the one that will lose packets. */
function sumOfInterfaces(all: readonly Figures[]): Map<string, InterfaceCounters> {
  const total = new Map<string, InterfaceCounters>();
  for (const { interfaces } of all) {
    for (const [name, counters] of interfaces) {
      const before = total.get(name) ?? { packets: 0, dropped: 0, busySeconds: 0, fill: undefined };
      const { packets, dropped, busySeconds, fill } = counters;
      total.set(name, {
        packets: before.packets + packets,
        dropped: before.dropped + dropped,
        busySeconds: before.busySeconds + busySeconds,
        fill: fill === undefined ? before.fill : Math.max(fill, before.fill ?? 0),
      });
    }
  }
  return total;
}

/** All lanes have the same filters, in the same order. */
function sumOfFilters(all: readonly Figures[]): FilterCounts[] {
  const total: { name: string; seen: number; accepted: number; kept: number }[] = [];
  for (const { filters } of all) {
    filters.forEach(({ name, seen, accepted, kept }, i) => {
      const sum = total[i] ??= { name, seen: 0, accepted: 0, kept: 0 };
      sum.seen += seen;
      sum.accepted += accepted;
      sum.kept += kept;
    });
  }
  return total;
}
