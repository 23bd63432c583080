/** Configurations to be shown, and what one changes of another. Secrets read `***`. */
import { assemble } from "./assemble.ts";
import type { Config } from "./config.ts";
import { allKeys, type Key } from "./keys.ts";

/** A key whose value is another one. */
export interface Difference {
  readonly key: string;
  /** As the file has it, secrets masked. */
  readonly before: string;
  readonly after: string;
  /** The new value has to wait for a restart. */
  readonly restart: boolean;
}

/** All values by key, as JSON. */
export function maskedConfig({ values }: Config): Record<string, unknown> {
  return Object.fromEntries(allKeys.map((key) => [key.key, masked(key, values.get(key.key))]));
}

export function differences(before: Config, after: Config): Difference[] {
  return allKeys.flatMap((key) => {
    const [old, now] = [before.values.get(key.key), after.values.get(key.key)];
    if (json(old) === json(now)) return [];
    return [{ key: key.key, before: shown(key, old), after: shown(key, now), restart: key.restart }];
  });
}

/** The new configuration with the old values of the keys that have to wait for a restart. */
export function withoutRestart(before: Config, after: Config): Config {
  const values = new Map(after.values);
  for (const { key, restart } of allKeys) if (restart) values.set(key, before.values.get(key));
  return assemble(values);
}

function shown(key: Key, value: unknown): string {
  if (value === undefined) return "not set";
  return isMasked(key, value) ? "***" : withoutCredentials(key.kind.yaml(value));
}

function masked(key: Key, value: unknown): unknown {
  if (value instanceof Map) return Object.fromEntries([...value.keys()].map((name) => [name, "***"]));
  if (isMasked(key, value)) return "***";
  if (typeof value === "string") return withoutCredentials(value);
  return value === undefined ? null : JSON.parse(json(value));
}

function isMasked({ secret }: Key, value: unknown): boolean {
  return secret && value !== "" && !(value instanceof Map && value.size === 0);
}

/** `https://user:password@host` shows its user and password to nobody. */
function withoutCredentials(text: string): string {
  return text.replace(/(?<=https?:\/\/)[^/@\s]*@/g, "***@");
}

function json(value: unknown): string {
  return JSON.stringify(value, (_, inner) => inner instanceof Map ? Object.fromEntries(inner) : inner) ?? "undefined";
}
