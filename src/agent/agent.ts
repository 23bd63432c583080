/**
 * The agent: captures, processes and exports by a configuration that may change while it does so, and answers for all
 * of it to the HTTP server.
 */
import type { Config } from "../config/config.ts";
import { Logger } from "../export/logger.ts";
import type { Say } from "../export/log_line.ts";
import { captureAll } from "../lane/capture_loop.ts";
import { Guard } from "../lane/guard.ts";
import { Lane, type LaneOptions } from "../lane/lane.ts";
import { atMost, type Stop } from "../lane/stop.ts";
import type { ReloadOutcome } from "../server/observed.ts";
import { Api } from "./api.ts";
import { Capture } from "./capture.ts";
import { ConfigError, FileWatch } from "./config_file.ts";
import { Exporters } from "./exporters.ts";
import { loadConfigFile } from "./load.ts";
import { LoopLag } from "./lag.ts";
import { logOutput, RoundTripLines } from "./outputs.ts";
import { Processing, storageOf } from "./processing.ts";
import { planOf, type ReloadPlan } from "./reload.ts";
import { RoundTrips } from "./round_trips.ts";
import { ServiceManager } from "./service_manager.ts";
import { View } from "./view.ts";

/** Lines leave at least this often. */
const FLUSH_MS = 100;
/** How often a busy capture looks after everything else. */
const SECOND_MS = 1000;
/** After the wish for the end, packets may still lie in the kernel's blocks. */
const LINGER_MS = 50;
/** How long what has not left yet is waited for at the end. */
const GRACE_MS = 5000;

/** How reloads went. */
export interface ReloadAccount {
  done: number;
  refused: number;
  /** What was wrong with the configuration that was refused last, until one is accepted. */
  trouble: readonly string[];
  /** Keys whose new value waits for a restart. */
  waiting: readonly string[];
}

export class Agent {
  readonly startedMs = Date.now();
  readonly roundTrips = new RoundTrips(() => this.lane.clock);
  readonly lag = new LoopLag();
  readonly reloads: ReloadAccount = { done: 0, refused: 0, trouble: [], waiting: [] };
  readonly logger: Logger;
  readonly capture: Capture;
  readonly processing: Processing;
  readonly lane: Lane;
  readonly guard: Guard;
  readonly exporters: Exporters;
  readonly api: Api;
  config: Config;
  lines: RoundTripLines | undefined;
  readonly #path: string;
  readonly #lenient: boolean;
  readonly #file: FileWatch;
  #flushedMs = 0;
  #lookedMs = 0;
  #stopping = false;

  private constructor(path: string, lenient: boolean, config: Config, logger: Logger, capture: Capture) {
    this.#path = path;
    this.#lenient = lenient;
    this.#file = new FileWatch(path);
    this.config = config;
    this.logger = logger;
    this.capture = capture;
    const storage = storageOf(config);
    this.exporters = new Exporters(storage, this.say);
    this.processing = new Processing(config, storage, this.exporters, () => this.lane.clock);
    this.lines = RoundTripLines.open(config.exporter.roundtrips, this.say);
    this.lane = new Lane(config.sniffer.rules, this.roundTrips, this.#laneOptions());
    this.guard = new Guard(
      this.lane.entrance,
      ({ stack, message }) => this.say("ERROR", "lane", `a fault in decoding, please report it: ${stack ?? message}`),
    );
    this.api = new Api(new View(this), this.say);
    this.#direct();
  }

  /**
   * Begins to capture by a configuration file.
   *
   * @throws ConfigError, UsageError or CaptureError with everything that hinders it
   */
  static async start(path: string, lenient: boolean): Promise<Agent> {
    const { config, warnings } = loadConfigFile(path, lenient);
    const [output, trouble] = logOutput(config.logger, config.exporter.roundtrips);
    const logger = new Logger(config.logger.level, output);
    if (trouble !== "") logger.say("ERROR", "logger", trouble);
    for (const warning of warnings) logger.say("WARN", "config", warning);
    let capture: Capture | undefined;
    try {
      capture = await Capture.open(config.sniffer, logger.say);
      return new Agent(path, lenient, config, logger, capture);
    } catch (error) {
      capture?.close();
      await logger.close();
      throw error;
    }
  }

  get say(): Say {
    return this.logger.say;
  }

  /** Works until the end is asked for, then lets everything leave that can. */
  async run(stop: Stop): Promise<void> {
    const { env } = Deno;
    const manager = new ServiceManager(env.get("NOTIFY_SOCKET") ?? "", env.get("WATCHDOG_USEC") ?? "", this.say);
    try {
      await Promise.all([this.api.start(this.config.server), this.exporters.start(this.config.exporter)]);
      manager.ready(this.#status());
      await captureAll(this.capture.sources, this.guard, stop, LINGER_MS, (packets) => this.#turn(packets), true);
    } finally {
      manager.ending();
      await this.#close();
      manager.close();
    }
  }

  /** Puts the configuration file as it is now in force, or says why not; then nothing has changed. */
  reload(): ReloadOutcome {
    const startedMs = performance.now();
    let outcome: ReloadOutcome;
    try {
      outcome = { ok: true, lines: this.#reload() };
    } catch (error) {
      const lines = error instanceof ConfigError ? error.lines : [(error as Error).message];
      this.reloads.refused++;
      this.reloads.trouble = lines;
      for (const line of lines) this.say("ERROR", "reload", `failed to reload config: ${line}`);
      outcome = { ok: false, lines };
    }
    const { done, refused } = this.reloads;
    this.say("INFO", "reload", `reload count=${done + refused}, take ${Math.round(performance.now() - startedMs)}ms`);
    return outcome;
  }

  /** What the summary at the end, and on SIGUSR1, is made of. */
  account() {
    const sources = [...this.capture.counters()].map(([name, counters]) => ({
      name,
      stats: { ...counters, notes: [] },
    }));
    const { handled } = this.roundTrips;
    return { ledger: this.lane.ledger, sources, rejected: 0, chosen: handled, lostLines: this.lostLines, silence: [] };
  }

  /** Lines of round trips that did not reach their reader, or the disk. */
  get lostLines(): number {
    return this.lines?.lostLines ?? 0;
  }

  #turn(packets: number): void {
    const now = performance.now();
    if (packets === 0 || now - this.#flushedMs >= FLUSH_MS) {
      this.lines?.sink.flush();
      this.#flushedMs = now;
    }
    const isTime = now - this.#lookedMs >= SECOND_MS;
    if (this.capture.isLive && (packets === 0 || isTime)) this.#tick();
    if (!isTime) return;
    this.#lookedMs = now;
    this.capture.tend(now);
    this.processing.tend(this.lane);
    if (this.capture.hasEnded) this.lane.close();
    if (this.config.controller.autoReload && this.#file.hasChanged()) this.reload();
  }

  /** The lane's clock is never more than a second behind the wall's, so that timers run on an idle interface too. */
  #tick(): void {
    const millis = Date.now();
    this.lane.tick(Math.trunc(millis / 1000), (millis % 1000) * 1e6);
  }

  /** @returns what is to be said of it */
  #reload(): readonly string[] {
    if (this.#stopping) throw new Error("the agent is ending");
    const { config: wanted, warnings } = loadConfigFile(this.#path, this.#lenient);
    const plan = planOf(this.config, wanted);
    const lines = this.#apply(plan);
    for (const warning of warnings) this.say("WARN", "config", warning);
    for (const line of lines) this.say("INFO", "reload", line);
    this.reloads.done++;
    this.reloads.trouble = [];
    this.reloads.waiting = plan.waiting;
    this.#file.hasChanged();
    return [...warnings, ...lines];
  }

  /** All that can fail comes first, and what it has opened is closed when something else fails. */
  #apply({ config, lines, waiting, changes }: ReloadPlan): readonly string[] {
    const before = this.config;
    const prepared = this.processing.prepare(config);
    const output = changes("logger") ? logOutput(config.logger, config.exporter.roundtrips) : undefined;
    let newLines: RoundTripLines | undefined;
    try {
      if (changes("exporter.roundtrips")) newLines = RoundTripLines.open(config.exporter.roundtrips, this.say);
      this.capture.reconfigure(config.sniffer);
    } catch (error) {
      output?.[0].close();
      newLines?.close();
      throw error;
    }
    this.config = config;
    this.processing.commit(prepared);
    this.lane.reconfigure(config.sniffer.rules, this.#laneOptions());
    if (changes("exporter.roundtrips")) {
      this.lines?.close();
      this.lines = newLines;
    }
    this.#direct();
    if (output !== undefined) {
      this.logger.setOutput(output[0]);
      if (output[1] !== "") this.say("ERROR", "logger", output[1]);
    }
    if (config.logger.level !== before.logger.level) this.logger.setLevel(config.logger.level);
    this.exporters.reconfigure(config.exporter, changes);
    this.api.reconfigure(config.server);
    const restart = waiting.map((key) => `${key} changes with the next restart`);
    return lines.length + restart.length === 0 ? ["nothing has changed"] : [...lines, ...restart];
  }

  /** Tells the round trips where to go. */
  #direct(): void {
    const { pipelines } = this.processing;
    this.roundTrips.sinks = this.lines === undefined ? [pipelines] : [pipelines, this.lines.sink];
  }

  /** In a line, for people: what is captured from, and what is not as it should be. */
  #status(): string {
    const names = [...this.capture.counters().keys()];
    const from = names.length === 0 ? "waits for its interfaces" : `captures from ${names.join(", ")}`;
    return this.api.trouble === "" ? from : `${from}; ${this.api.trouble}`;
  }

  #laneOptions(): LaneOptions {
    const { sniffer, controller } = this.config;
    return {
      ipVersion: sniffer.ipVersion,
      idleSeconds: controller.connExpiredNs / 1e9,
      maxMemory: sniffer.maxMemoryBytes,
      meter: this.processing.meter,
      bodies: controller.httpBody.enabled ? controller.httpBody : undefined,
    };
  }

  async #close(): Promise<void> {
    this.#stopping = true;
    this.capture.close();
    this.lane.close();
    this.lag.close();
    this.processing.countFlows(this.lane);
    await Promise.all([
      this.exporters.close(GRACE_MS),
      atMost(GRACE_MS, Promise.all([this.lines?.drained(), this.api.close()])),
    ]);
    this.lines?.close();
    this.say("INFO", "agent", "ended in order");
    await atMost(GRACE_MS, this.logger.close());
  }
}
