/**
 * Clients that are programs of their own beside a test, for packages of npm. Their modules name the packages with exact
 * versions, and deno.lock in this folder holds what these need in turn; after a change of them:
 * `deno install --lock=tests/live/deno.lock --frozen=false --entrypoint MODULE...`.
 */
import type { Stage } from "./stage.ts";

const FOLDER = new URL(".", import.meta.url).pathname;

/** Runs a module, named from this folder on, to its end, and returns what it printed. */
export function runClient(stage: Stage, module: string, args: readonly string[]): Promise<string> {
  const lock = ["--node-modules-dir=none", `--lock=${FOLDER}deno.lock`, "--frozen"];
  const permissions = ["--no-prompt", "--allow-net=127.0.0.1", "--allow-env", "--allow-read", "--allow-sys"];
  return stage.run(Deno.execPath(), ["run", "--quiet", "--check", ...lock, ...permissions, FOLDER + module, ...args]);
}
