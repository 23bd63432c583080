/** What a new configuration changes, and what of it has to wait for a restart. */
import { type Config, differences, withoutRestart } from "../config/mod.ts";

export interface ReloadPlan {
  /** The new configuration, with the old values of what has to wait. */
  readonly config: Config;
  /** What changes now: `sniffer.filter: "" -> "host 10.0.0.7"`. */
  readonly lines: readonly string[];
  /** Keys whose new value waits for a restart. */
  readonly waiting: readonly string[];
  /** Whether anything under a key changes now. */
  changes(key: string): boolean;
}

export function planOf(before: Config, wanted: Config): ReloadPlan {
  const all = differences(before, wanted);
  const now = all.filter(({ restart }) => !restart);
  return {
    config: all.length === now.length ? wanted : withoutRestart(before, wanted),
    lines: now.map(({ key, before, after }) => `${key}: ${before} -> ${after}`),
    waiting: all.filter(({ restart }) => restart).map(({ key }) => key),
    changes: (prefix) => now.some(({ key }) => key === prefix || key.startsWith(`${prefix}.`)),
  };
}
