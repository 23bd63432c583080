/** What signals mean to a command that captures. */
import type { Stop } from "../lane/stop.ts";

/** As a shell reports a process that SIGINT ended. */
const STATUS_INTERRUPTED = 130;

/**
 * SIGINT and SIGTERM interrupt; once more, they end the process at once. Others do what the command says.
 *
 * @returns undoes it
 */
export function onSignals(stop: Stop, others: Partial<Record<Deno.Signal, () => void>>): () => void {
  const interrupt = () => {
    if (stop.interrupted) Deno.exit(STATUS_INTERRUPTED);
    stop.interrupt();
  };
  const listeners: [Deno.Signal, () => void][] = [["SIGINT", interrupt]];
  if (Deno.build.os !== "windows") {
    listeners.push(["SIGTERM", interrupt], ...Object.entries(others) as [Deno.Signal, () => void][]);
  }
  for (const [signal, listener] of listeners) Deno.addSignalListener(signal, listener);
  return () => {
    for (const [signal, listener] of listeners) Deno.removeSignalListener(signal, listener);
  };
}
