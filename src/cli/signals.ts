/** What signals mean to a command that captures. */
import type { Stop } from "../lane/stop.ts";

/** As a shell reports a process that SIGINT ended. */
const STATUS_INTERRUPTED = 130;

/**
 * SIGINT and SIGTERM interrupt; once more, they end the process at once. SIGUSR1 calls `report`.
 *
 * @returns undoes it
 */
export function onSignals(stop: Stop, report: () => void): () => void {
  const interrupt = () => {
    if (stop.interrupted) Deno.exit(STATUS_INTERRUPTED);
    stop.interrupt();
  };
  const listeners: [Deno.Signal, () => void][] = [["SIGINT", interrupt]];
  if (Deno.build.os !== "windows") listeners.push(["SIGTERM", interrupt], ["SIGUSR1", report]);
  for (const [signal, listener] of listeners) Deno.addSignalListener(signal, listener);
  return () => {
    for (const [signal, listener] of listeners) Deno.removeSignalListener(signal, listener);
  };
}
