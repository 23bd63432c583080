/** What `/metrics` says about packetd itself: everything that the ledger knows, and what the process costs. */
import process from "node:process";
import type { Ledger, ProtocolLedger } from "../core/ledger.ts";
import { VERSION } from "../core/version.ts";
import { by, counter, family, gauge, type SelfFamily } from "../process/self_family.ts";
import type { InterfaceCounters } from "../capture/open.ts";
import type { Agent } from "./agent.ts";
import type { Figures } from "./figures.ts";

/** Counters of each protocol's account, by the metric's name without prefix and suffix. */
const ACCOUNT: readonly (readonly [name: string, help: string, read: (ledger: ProtocolLedger) => number])[] = [
  ["requests", "Requests seen.", (ledger) => ledger.requests],
  ["requests_paired", "Requests whose response was found.", (ledger) => ledger.paired],
  ["requests_unanswered", "Requests that were never answered.", (ledger) => ledger.unanswered],
  ["requests_one_way", "Requests that the protocol does not answer.", (ledger) => ledger.oneWay],
  ["requests_evicted", "Requests forgotten because too many waited.", (ledger) => ledger.evicted],
  ["requests_sampled_out", "Requests that waited in flows when these were sampled out.", (ledger) => ledger.sampledOut],
  ["requests_lost", "Requests whose pairing became uncertain because bytes were missing.", (ledger) => ledger.lost],
  ["requests_timed_out", "Requests not answered in time.", (ledger) => ledger.timedOut],
  ["requests_late", "Requests answered after that.", (ledger) => ledger.late],
  ["responses_alone", "Responses whose request is not known.", (ledger) => ledger.responsesAlone],
  ["pushed_messages", "Messages that servers sent of themselves.", (ledger) => ledger.pushed],
  ["clock_backwards", "Round trips whose response is older than the request.", (ledger) => ledger.clockBackwards],
  ["flows_decoded", "Flows that were decoded.", (ledger) => ledger.flows],
  ["flows_joined", "Decoded flows whose start was not seen.", (ledger) => ledger.midStreamFlows],
  ["flows_sampled_out", "Decoded flows given up because decoding could not keep up.", (l) => l.flowsSampledOut],
  ["packets_sampled_out", "Packets passed over because decoding could not keep up.", (l) => l.packetsSampledOut],
  ["gaps", "Holes in the bytes of decoded flows.", (ledger) => ledger.gaps],
  ["lost_bytes", "Bytes that lay in holes.", (ledger) => ledger.gapBytes],
  ["skipped_bytes", "Bytes that could not be decoded.", (ledger) => ledger.skippedBytes],
];

/** @param lost lines and messages that were lost on the way out, by where they should have gone */
export function selfFamilies(agent: Agent, figures: Figures, lost: ReadonlyMap<string, number>): SelfFamily[] {
  const { startedMs, reloads, lag, config } = agent;
  const { ledger, interfaces, openFlows, memory, followed, handled, surprises, unsampled } = figures;
  return [
    gauge("uptime", "Seconds since the start.", (Date.now() - startedMs) / 1000),
    family("gauge", "build_info", "Which program this is; always 1.", [
      { labels: { version: `v${VERSION}`, deno: Deno.version.deno }, value: 1 },
    ]),
    counter("handled_roundtrips_total", "Requests paired with their responses.", handled),
    counter("panic_total", "Errors that nobody expected and that the agent survived.", surprises),
    ...captureFamilies(ledger, interfaces),
    ...flowFamilies(ledger, openFlows),
    gauge("flows_followed_ratio", "Share of all flows that is followed: 1, unless decoding cannot keep up.", followed),
    family(
      "gauge",
      "held_bytes",
      "Bytes held for the flows that are followed.",
      by("for", new Map(Object.entries(memory))),
    ),
    gauge("held_bytes_limit", "What they may be together.", config.sniffer.maxMemoryBytes),
    ...protocolFamilies([...ledger.protocols.values()]),
    counter("reloads_total", "Configurations put in force after the first.", reloads.done),
    counter("reloads_refused_total", "Configurations that were wrong.", reloads.refused),
    family("counter", "http_refused_total", "Clients refused, cut or closed.", by("reason", agent.api.refused)),
    family("counter", "lost_output_total", "Lines and messages lost on the way out.", by("to", lost)),
    counter("traces_unsampled_total", "Round trips of traces that are not sampled.", unsampled),
    gauge("event_loop_lag_seconds", "How late the last timer came.", lag.lastSeconds),
    gauge("event_loop_lag_max_seconds", "How late a timer came at most within a minute.", lag.mostSeconds),
    ...processFamilies(startedMs),
  ];
}

function captureFamilies(
  ledger: Ledger,
  interfaces: ReadonlyMap<string, InterfaceCounters>,
): SelfFamily[] {
  const perInterface = (read: (counters: InterfaceCounters) => number | undefined) =>
    [...interfaces].flatMap(([iface, counters]) => {
      const value = read(counters);
      return value === undefined ? [] : [{ labels: { iface }, value }];
    });
  return [
    family(
      "counter",
      "sniffer_received_packets_total",
      "Packets taken from the kernel.",
      perInterface((i) => i.packets),
    ),
    family(
      "counter",
      "sniffer_dropped_packets_total",
      "Packets without room in the ring.",
      perInterface((i) => i.dropped),
    ),
    family(
      "counter",
      "sniffer_busy_seconds_total",
      "Time spent with packets: reading, decoding and counting.",
      perInterface((i) => i.busySeconds),
    ),
    family("gauge", "sniffer_ring_fill_ratio", "Share of the ring that waits to be read.", perInterface((i) => i.fill)),
    counter("packets_total", "Packets that were looked at.", ledger.packets),
    counter("packet_bytes_total", "Bytes of these packets on the wire.", ledger.bytes),
    counter("packets_matched_total", "Packets of configured ports.", ledger.matched),
    counter("packets_duplicate_total", "Datagrams that were captured twice.", ledger.duplicates),
    family(
      "counter",
      "packets_undecoded_total",
      "Packets not followed to a flow.",
      by("reason", ledger.undecoded.counts),
    ),
    counter("segments_retransmitted_total", "Segments that brought nothing new.", ledger.retransmitted),
    counter("segments_reordered_total", "Segments that were put in order.", ledger.reordered),
    family(
      "counter",
      "missing_bytes_total",
      "Bytes missing in followed connections: lost by the capture, cut off by the snap length, never acknowledged.",
      by("cause", new Map(Object.entries(ledger.missing))),
    ),
  ];
}

function flowFamilies(ledger: Ledger, open: { readonly tcp: number; readonly udp: number }): SelfFamily[] {
  return [
    family("gauge", "flows_open", "Flows that are followed now.", by("transport", new Map(Object.entries(open)))),
    counter("flows_total", "Flows on configured ports.", ledger.flows),
    counter("flows_evicted_total", "Flows given up because too many were open.", ledger.flowsEvicted),
    counter("flows_shed_total", "Flows given up because all together held too much memory.", ledger.flowsShed),
    family("counter", "flows_undecoded_total", "Flows that gave nothing.", by("reason", ledger.flowReasons.counts)),
  ];
}

function protocolFamilies(protocols: readonly ProtocolLedger[]): SelfFamily[] {
  const perProtocol = (read: (ledger: ProtocolLedger) => number) =>
    protocols.map((ledger) => ({ labels: { protocol: ledger.protocol }, value: read(ledger) }));
  return [
    ...ACCOUNT.map(([name, help, read]) => family("counter", `${name}_total`, help, perProtocol(read))),
    family("gauge", "requests_pending", "Requests that wait for their response.", perProtocol((l) => l.pending)),
    family(
      "gauge",
      "coverage_ratio",
      "Share of the requests known to have been asked whose answer was found.",
      perProtocol((ledger) => ledger.coverage),
    ),
    family(
      "counter",
      "not_understood_total",
      "What decoders did not understand.",
      protocols.flatMap(({ protocol, reasons }) =>
        [...reasons.counts].map(([reason, value]) => ({ labels: { protocol, reason }, value }))
      ),
    ),
  ];
}

/** Deno's own figures: `/proc` is closed under narrow permissions. */
function processFamilies(startedMs: number): SelfFamily[] {
  const { user, system } = process.cpuUsage();
  const { rss, heapUsed, heapTotal, external } = Deno.memoryUsage();
  return [
    bare("counter", "process_cpu_seconds_total", "Processor time, user and system.", (user + system) / 1e6),
    bare("gauge", "process_resident_memory_bytes", "Resident memory.", rss),
    bare("gauge", "process_start_time_seconds", "Start of the process since the Unix epoch.", startedMs / 1000),
    gauge("heap_used_bytes", "Memory of live JavaScript objects of the main thread.", heapUsed),
    gauge("heap_size_bytes", "Memory that JavaScript objects may take before the heap grows.", heapTotal),
    gauge("external_memory_bytes", "Memory of buffers outside the heap.", external),
  ];
}

/** A metric whose name is the same for every program. */
function bare(type: SelfFamily["type"], name: string, help: string, value: number): SelfFamily {
  return { name, help, type, samples: [{ value }] };
}
