/** The account at the end, for people: what was seen, and what became of all of it. */
import type { Ledger, ProtocolLedger, Reasons } from "../core/ledger.ts";
import type { SourceStats } from "../core/packet.ts";
import { printable } from "../export/printable.ts";

export interface SummaryFacts {
  readonly ledger: Ledger;
  readonly sources: readonly { readonly name: string; readonly stats: SourceStats }[];
  /** Packets that `--filter` kept back. */
  readonly rejected: number;
  /** Round trips that were chosen to be printed. */
  readonly chosen: number;
  /** Lines that did not reach their reader, or the disk. */
  readonly lostLines: number;
  /** Why nothing was chosen, where nothing was. */
  readonly silence: readonly string[];
}

export function summaryText(facts: SummaryFacts): string {
  const { ledger } = facts;
  const lines = [
    `${plural(ledger.packets, "packet")} (${plural(ledger.bytes, "byte")}), ${ledger.matched} on configured ports, ` +
    `${plural(ledger.flows, "flow")}, ${plural(facts.chosen, "round trip")} chosen`,
  ];
  for (const protocol of ledger.protocols.values()) lines.push(...protocolLines(protocol).map((line) => "  " + line));
  const missing = listed([
    [ledger.missing.capture, "lost by the capture"],
    [ledger.missing.cut, "cut off by the snap length"],
    [ledger.missing.unacknowledged, "neither seen nor acknowledged"],
  ]);
  if (missing !== "") lines.push(`  bytes missing: ${missing}`);
  const tcp = listed([[ledger.retransmitted, "retransmitted"], [ledger.reordered, "put in order"]]);
  if (tcp !== "") lines.push(`  TCP segments: ${tcp}`);
  if (ledger.duplicates > 0) lines.push(`  datagrams captured twice: ${ledger.duplicates}`);
  lines.push(...reasonLines("packets not followed", ledger.undecoded));
  lines.push(...reasonLines("flows not decoded", ledger.flowReasons));
  if (ledger.flowsEvicted > 0) lines.push(`  flows given up because too many were open: ${ledger.flowsEvicted}`);
  if (ledger.flowsShed > 0) {
    lines.push(`  flows given up because all together held too much memory: ${ledger.flowsShed}`);
  }
  if (facts.rejected > 0) lines.push(`  packets kept back by --filter: ${facts.rejected}`);
  for (const { name, stats } of facts.sources) {
    if (stats.dropped > 0) lines.push(`  packets dropped by the kernel on ${name}: ${stats.dropped}`);
  }
  if (facts.lostLines > 0) {
    lines.push(`  lines lost because their reader was too slow or the disk failed: ${facts.lostLines}`);
  }
  for (const reason of facts.silence) lines.push(`  nothing to print: ${reason}`);
  return lines.map((line) => printable(line) + "\n").join("");
}

function protocolLines(ledger: ProtocolLedger): string[] {
  if (ledger.flows === 0 && ledger.requests === 0 && ledger.responsesAlone === 0) return [];
  const rest = listed([
    [ledger.oneWay, "one-way"],
    [ledger.evicted, "evicted"],
    [ledger.sampledOut, "sampled out"],
    [ledger.lost, "lost to gaps"],
    [ledger.pending, "pending"],
    [ledger.timedOut, `not answered in time (${ledger.late} answered late)`],
    [ledger.responsesAlone, ledger.responsesAlone === 1 ? "response alone" : "responses alone"],
    [ledger.pushed, "pushed by the server"],
    [ledger.clockBackwards, "with the clock running backwards"],
  ]);
  const lines = [
    `${ledger.protocol}: ${
      plural(ledger.requests, "request")
    }, ${ledger.paired} paired, ${ledger.unanswered} unanswered` +
    (rest === "" ? "" : `, ${rest}`),
  ];
  const trouble = listed([
    [ledger.midStreamFlows, `of ${plural(ledger.flows, "flow")} joined mid-stream`],
    [ledger.gaps, `${ledger.gaps === 1 ? "gap" : "gaps"} (${plural(ledger.gapBytes, "byte")} missing)`],
    [ledger.skippedBytes, "bytes skipped"],
    [ledger.flowsSampledOut, `${ledger.flowsSampledOut === 1 ? "flow" : "flows"} sampled out`],
    [ledger.packetsSampledOut, `${ledger.packetsSampledOut === 1 ? "packet" : "packets"} of such passed over`],
  ]);
  const facts = [coverageText(ledger.coverage), trouble].filter((text) => text !== "");
  if (facts.length > 0) lines.push(`  ${facts.join(", ")}`);
  for (const [reason, count] of mostFirst(ledger.reasons)) lines.push(`  not understood: ${reason} (${count})`);
  return lines;
}

/** Rounded down: only what is whole reads as 100 %. */
function coverageText(coverage: number): string {
  return coverage === 1 ? "" : `coverage ${Math.floor(coverage * 1000) / 10} %`;
}

function reasonLines(title: string, reasons: Reasons): string[] {
  return mostFirst(reasons).map(([reason, count]) => `  ${title}: ${reason} (${count})`);
}

function mostFirst(reasons: Reasons): [string, number][] {
  return [...reasons.counts].sort((a, b) => b[1] - a[1]);
}

/** Those that are not 0: `3 evicted, 1 pending`. */
function listed(counts: readonly (readonly [number, string])[]): string {
  return counts.filter(([count]) => count > 0).map(([count, what]) => `${count} ${what}`).join(", ");
}

export function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
