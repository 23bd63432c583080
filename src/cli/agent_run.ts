/** What `packetd agent` does around the agent: start, signals, and the exit. */
import { Agent } from "../agent/agent.ts";
import { ConfigError } from "../agent/config_file.ts";
import { CaptureError, UsageError } from "../capture/errors.ts";
import { Stop } from "../lane/stop.ts";
import { Failure } from "./errors.ts";
import { onSignals } from "./signals.ts";
import { summaryText } from "./summary.ts";
import { writeError } from "./talk.ts";

/** @throws Failure with everything that hinders the start */
export async function runAgent(path: string, lenient: boolean): Promise<void> {
  const stop = new Stop();
  const agent = await Agent.start(path, lenient).catch((error: unknown) => {
    throw new Failure(whyNot(error));
  });
  const endSignals = onSignals(stop, {
    SIGUSR1: () => writeError(summaryText(agent.account())),
    SIGHUP: () => agent.reload(),
  });
  try {
    await agent.run(stop);
    writeError(summaryText(agent.account()));
  } finally {
    endSignals();
  }
}

function whyNot(error: unknown): string {
  if (error instanceof ConfigError) return `failed to load config: ${error.message}`;
  if (error instanceof CaptureError || error instanceof UsageError) {
    return `failed to create controller: ${error.message}`;
  }
  throw error;
}
