/** Configurations to be shown, and what one changes of another. Secrets read `***`. */
import { MASK } from "../core/secrets.ts";
import { assemble } from "./assemble.ts";
import type { Config } from "./config.ts";
import { allKeys, type Key } from "./keys.ts";
import { withoutCredentials } from "./words.ts";

/** A key whose value is another one. */
export interface Difference {
  readonly key: string;
  /** As the file has it, secrets masked. */
  readonly before: string;
  readonly after: string;
  /** The new value has to wait for a restart. */
  readonly restart: boolean;
}

/** All values by key, as JSON; null for those that are not set. */
export function maskedConfig({ values }: Config): Record<string, unknown> {
  return Object.fromEntries(allKeys.map((key) => [key.key, masked(key, values.get(key.key))]));
}

/** What is changed by going over from one configuration to another, in the order of the reference. */
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
  if (isHidden(key, value)) return MASK;
  return key.secret === "credentials" ? withoutCredentials(value as string) : key.kind.yaml(value);
}

function masked(key: Key, value: unknown): unknown {
  if (isHidden(key, value)) {
    return value instanceof Map ? Object.fromEntries([...value.keys()].map((name) => [name, MASK])) : MASK;
  }
  if (key.secret === "credentials") return withoutCredentials(value as string);
  return value === undefined ? null : JSON.parse(json(value));
}

function isHidden({ secret }: Key, value: unknown): boolean {
  return secret === "whole" && value !== "" && !(value instanceof Map && value.size === 0);
}

function json(value: unknown): string {
  return JSON.stringify(value, (_, inner) => inner instanceof Map ? Object.fromEntries(inner) : inner) ?? "undefined";
}
