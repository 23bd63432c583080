/** What the HTTP server shows and may change: its whole view of the agent. */
import type { Wish } from "../export/watched_lines.ts";

/** Outcome of a reload, for people. */
export interface ReloadOutcome {
  /** Whether the new configuration is in force. */
  readonly ok: boolean;
  /** What changed, what needs a restart, or all that is wrong: one sentence each. */
  readonly lines: readonly string[];
}

/** Whether the agent does its work. */
export interface Readiness {
  /** A configuration is in force and packets are being captured. */
  readonly ready: boolean;
  /** What is not as it should be, receivers that are down included: one sentence each. */
  readonly lines: readonly string[];
}

/** Gets the round trips that a client of `/watch` asked for. */
export interface Watcher {
  readonly wish: Wish;
  /** Takes a line, which is borrowed until the call returns. */
  line(line: Uint8Array): void;
}

export interface Observed {
  /** Body of `/protocol/metrics` in the contract's text, or in OpenMetrics, in pieces that are made as they are asked for. */
  protocolMetrics(format: "contract" | "openmetrics"): Iterable<string | Uint8Array>;
  /** Body of `/metrics`: packetd itself. */
  selfMetrics(format: "prometheus" | "openmetrics"): string;
  /** Body of `/-/status`: a JSON value, secrets masked. */
  status(): unknown;
  readiness(): Readiness;
  /** Changes the level of the log at once; false for a level that there is not. */
  setLevel(level: string): boolean;
  reload(): Promise<ReloadOutcome>;
  /** Forgets all series of the protocol metrics. */
  resetMetrics(): void;
  /** Sends the round trips from now on to the watcher too. @returns ends it */
  watch(watcher: Watcher): () => void;
  /** Counts round trips that a watcher lost because its client read too slowly. */
  lostToWatchers(count: number): void;
}
