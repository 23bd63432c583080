/**
 * `/debug/pprof/`: what V8 has in place of Go's profiles, in the files that Chrome's developer tools open. Loaded only
 * when the configuration asks for it.
 *
 * A CPU profile costs little. A heap snapshot stops the whole program while it is taken, capture included.
 */
import { Session } from "node:inspector";
import type { Exchange } from "./exchange.ts";

const ROUTES =
  "there are /debug/pprof/profile?seconds=30 (a V8 CPU profile) and /debug/pprof/heap (a V8 heap snapshot)";
const DEFAULT_SECONDS = 30;
/** The longest CPU profile: every second of it holds a thousand samples. */
const LONGEST_SECONDS = 120;
/** What is left of server.timeout for the profile to leave. */
const SENDING_SECONDS = 1;
/** Heaps beyond this are not written down: it would take seconds, and twice the memory. */
const LARGEST_HEAP_BYTES = 256 * 1024 * 1024;
const SAMPLE_MICROSECONDS = 1000;

export class Profiles {
  #isBusy = false;

  /** @param timeoutMs how long an exchange may take; 0 for no limit */
  async answer(exchange: Exchange, name: string, timeoutMs: number): Promise<void> {
    const take = name === "profile" ? takeCpuProfile : name === "heap" ? takeHeapSnapshot : undefined;
    if (take === undefined) return exchange.text(404, `packetd is no Go program: ${ROUTES}\n`);
    if (this.#isBusy) return exchange.refuse(503, "profiles while another was taken", "another profile is being taken");
    const session = new Session();
    this.#isBusy = true;
    try {
      session.connect();
    } catch (error) {
      this.#isBusy = false;
      return exchange.text(404, `V8's inspector cannot be used here: ${(error as Error).message}\n`);
    }
    try {
      await take(exchange, session, timeoutMs);
    } finally {
      session.disconnect();
      this.#isBusy = false;
    }
  }
}

async function takeCpuProfile(exchange: Exchange, session: Session, timeoutMs: number): Promise<void> {
  const longest = timeoutMs === 0 ? LONGEST_SECONDS : Math.min(LONGEST_SECONDS, timeoutMs / 1000 - SENDING_SECONDS);
  const seconds = Number(exchange.target.query.get("seconds") ?? Math.min(DEFAULT_SECONDS, longest));
  if (!(seconds > 0 && seconds <= longest)) {
    return exchange.text(400, `seconds is a number above 0 and up to ${longest}, which server.timeout leaves\n`);
  }
  await call(session, "Profiler.enable");
  await call(session, "Profiler.setSamplingInterval", { interval: SAMPLE_MICROSECONDS });
  await call(session, "Profiler.start");
  let timer: ReturnType<typeof setTimeout> | undefined;
  await Promise.race([exchange.closed, new Promise((resolve) => timer = setTimeout(resolve, seconds * 1000))]);
  clearTimeout(timer);
  const { profile } = await call(session, "Profiler.stop") as { profile: unknown };
  await send(exchange, "packetd.cpuprofile", [JSON.stringify(profile)]);
}

async function takeHeapSnapshot(exchange: Exchange, session: Session): Promise<void> {
  const { heapTotal } = Deno.memoryUsage();
  if (heapTotal > LARGEST_HEAP_BYTES) {
    return exchange.text(
      503,
      `the heap (${heapTotal} bytes) is too large to be written down while packets are captured\n`,
    );
  }
  const chunks: string[] = [];
  session.on("HeapProfiler.addHeapSnapshotChunk", ({ params }) => chunks.push(params.chunk));
  await call(session, "HeapProfiler.takeHeapSnapshot", { reportProgress: false });
  await send(exchange, "packetd.heapsnapshot", chunks);
}

/** Calls a method of the inspector's protocol (https://chromedevtools.github.io/devtools-protocol/v8/). */
function call(session: Session, method: string, parameters: object = {}): Promise<unknown> {
  return new Promise((resolve, reject) => {
    session.post(method, parameters, (error, result) => error === null ? resolve(result) : reject(error));
  });
}

async function send(exchange: Exchange, filename: string, parts: readonly string[]): Promise<void> {
  exchange.begin(200, {
    "Content-Type": "application/octet-stream",
    "Content-Disposition": `attachment; filename="${filename}"`,
  });
  for (const part of parts) if (!await exchange.write(Buffer.from(part))) return;
  exchange.end();
}
