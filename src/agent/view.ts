/** What the HTTP server shows of the agent, and what it may ask of it. */
import { maskedConfig } from "../config/mod.ts";
import type { ProtocolLedger } from "../core/ledger.ts";
import { VERSION } from "../core/version.ts";
import { contractText } from "../process/contract_text.ts";
import { openMetricsText } from "../process/openmetrics.ts";
import { filterFamilies, selfMetricsText, storageFamilies } from "../process/self.ts";
import type { Observed, Readiness, ReloadOutcome, Watcher } from "../server/observed.ts";
import type { Agent } from "./agent.ts";
import type { Figures } from "./figures.ts";
import { selfFamilies } from "./self_metrics.ts";

export class View implements Observed {
  readonly #agent: Agent;
  /** Round trips that watchers lost because their clients read too slowly. */
  #lostToWatchers = 0;
  #watchers = 0;

  constructor(agent: Agent) {
    this.#agent = agent;
  }

  protocolMetrics(format: "contract" | "openmetrics"): Iterable<string> {
    const { storage } = this.#agent;
    if (storage === undefined) return format === "contract" ? [] : ["# EOF\n"];
    this.#agent.countFlows();
    return format === "contract" ? contractText(storage) : openMetricsText(storage);
  }

  selfMetrics(format: "prometheus" | "openmetrics"): string {
    const { storage, exporters } = this.#agent, figures = this.#agent.figures();
    const more = [
      ...exporters.families(),
      ...(storage === undefined ? [] : storageFamilies(storage)),
      ...filterFamilies(figures.filters),
    ];
    return selfMetricsText([...selfFamilies(this.#agent, figures, this.#lost(figures)), ...more], format);
  }

  status(): unknown {
    const { config, reloads, startedMs, lag, api, exporters } = this.#agent, figures = this.#agent.figures();
    const { ledger, interfaces, openFlows, memory, followed, handled } = figures;
    return {
      version: `v${VERSION}`,
      uptimeSeconds: Math.round((Date.now() - startedMs) / 1000),
      readiness: this.readiness(),
      interfaces: Object.fromEntries(interfaces),
      packets: { seen: ledger.packets, bytes: ledger.bytes, onConfiguredPorts: ledger.matched },
      flows: {
        open: openFlows,
        followedShare: followed,
        seen: ledger.flows,
        evicted: ledger.flowsEvicted,
        shed: ledger.flowsShed,
        expired: ledger.flowsExpired,
        notDecoded: Object.fromEntries(ledger.flowReasons.counts),
      },
      heldBytes: { ...memory, limit: config.sniffer.maxMemoryBytes },
      packetsNotFollowed: Object.fromEntries(ledger.undecoded.counts),
      missingBytes: ledger.missing,
      protocols: Object.fromEntries([...ledger.protocols].filter(([, { flows }]) => flows > 0).map(protocolStatus)),
      roundTrips: handled,
      watchers: this.#watchers,
      lost: Object.fromEntries(this.#lost(figures)),
      exporters: exporters.states(),
      eventLoopLagSeconds: { last: lag.lastSeconds, mostInAMinute: lag.mostSeconds },
      reloads,
      server: api.trouble === "" ? "listening" : api.trouble,
      refusedClients: Object.fromEntries(api.refused),
      configuration: maskedConfig(config),
    };
  }

  readiness(): Readiness {
    const { reloads, api, exporters } = this.#agent, { isOpen } = this.#agent.figures();
    const lines: string[] = [];
    if (!isOpen) lines.push("nothing is captured: no interface that is asked for is there");
    if (api.trouble !== "") lines.push(api.trouble);
    lines.push(...exporters.troubles());
    for (const line of reloads.trouble) lines.push(`the last reload was refused: ${line}`);
    for (const key of reloads.waiting) lines.push(`${key} changes with the next restart`);
    return { ready: isOpen, lines };
  }

  setLevel(level: string): boolean {
    const isKnown = this.#agent.logger.setLevel(level);
    if (isKnown) this.#agent.say("INFO", "logger", `level is ${level} now`);
    return isKnown;
  }

  async reload(): Promise<ReloadOutcome> {
    const outcome = this.#agent.reload();
    await this.#agent.reconfigured();
    return outcome;
  }

  resetMetrics(): void {
    this.#agent.storage?.reset();
  }

  watch(watcher: Watcher): () => void {
    const end = this.#agent.watch(watcher);
    this.#watchers++;
    return () => {
      this.#watchers--;
      end();
    };
  }

  lostToWatchers(count: number): void {
    this.#lostToWatchers += count;
  }

  /** Lines and messages that were lost on the way out, by where they should have gone. */
  #lost({ lost }: Figures): Map<string, number> {
    const { lines, logger, exporters } = this.#agent;
    return new Map([
      ["watchers", this.#lostToWatchers + lost.watchers],
      ["roundtrips", lines.lostLines + lost.roundtrips],
      ["log", logger.lostLines],
      ["traces", exporters.lostSpans + lost.traces],
    ]);
  }
}

function protocolStatus([name, ledger]: [string, ProtocolLedger]): [string, unknown] {
  const { requests, paired, unanswered, oneWay, evicted, lost, pending, responsesAlone, timedOut, late } = ledger;
  const { sampledOut, flowsSampledOut, packetsSampledOut } = ledger;
  const { flows, midStreamFlows, gaps, gapBytes, skippedBytes, coverage } = ledger;
  return [name, {
    requests,
    paired,
    unanswered,
    oneWay,
    evicted,
    sampledOut,
    lost,
    pending,
    responsesAlone,
    timedOut,
    late,
    coverage,
    flows,
    midStreamFlows,
    gaps,
    gapBytes,
    skippedBytes,
    flowsSampledOut,
    packetsSampledOut,
    notUnderstood: Object.fromEntries(ledger.reasons.counts),
  }];
}
