/**
 * The agent: captures, processes and exports by a configuration that may change while it does so, and answers for all
 * of it to the HTTP server.
 */
import type { Config } from "../config/config.ts";
import { Logger } from "../export/logger.ts";
import type { Say } from "../export/log_line.ts";
import type { LineOutput } from "../export/output.ts";
import { atMost, type Stop } from "../lane/stop.ts";
import type { MetricStorage } from "../process/storage.ts";
import type { ReloadOutcome, Watcher } from "../server/observed.ts";
import { Api } from "./api.ts";
import { Capture } from "./capture.ts";
import { ConfigError, FileWatch } from "./config_file.ts";
import { Exporters } from "./exporters.ts";
import type { Figures } from "./figures.ts";
import { LaneWork } from "./lane_work.ts";
import { laneCount } from "./lane_count.ts";
import { loadConfigFile } from "./load.ts";
import { LoopLag } from "./lag.ts";
import { lineOutput, logOutput, RoundTripLines } from "./outputs.ts";
import { storageOf } from "./processing.ts";
import { planOf, type ReloadPlan } from "./reload.ts";
import { ServiceManager } from "./service_manager.ts";
import { Upkeep } from "./upkeep.ts";
import type { Work } from "./work.ts";
import { View } from "./view.ts";

/** How often the agent looks after everything but packets. */
const SECOND_MS = 1000;
const NO_LANES = "sniffer.lanes has no effect here: only interfaces of Linux with sniffer.engine pcap can be shared";
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
  readonly lag = new LoopLag();
  readonly reloads: ReloadAccount = { done: 0, refused: 0, trouble: [], waiting: [] };
  readonly logger: Logger;
  readonly storage: MetricStorage | undefined;
  readonly exporters: Exporters;
  readonly lines: RoundTripLines;
  readonly api: Api;
  config: Config;
  readonly #path: string;
  readonly #lenient: boolean;
  readonly #file: FileWatch;
  readonly #upkeep: Upkeep | undefined;
  #work!: Work;
  #lookedMs = 0;
  #stopping = false;

  private constructor(path: string, lenient: boolean, config: Config, logger: Logger) {
    this.#path = path;
    this.#lenient = lenient;
    this.#file = new FileWatch(path);
    this.config = config;
    this.logger = logger;
    this.storage = storageOf(config);
    this.exporters = new Exporters(this.storage, this.say);
    this.lines = new RoundTripLines(lineOutput(config.exporter.roundtrips, this.say));
    if (this.storage !== undefined) this.#upkeep = new Upkeep(this.storage);
    this.api = new Api(new View(this), this.say);
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
    let agent: Agent | undefined;
    try {
      agent = new Agent(path, lenient, config, logger);
      await agent.#begin();
      return agent;
    } catch (error) {
      agent?.lag.close();
      agent?.lines.close();
      await logger.close();
      throw error;
    }
  }

  /** Opens what captures: here, or in as many lanes as are wanted. */
  async #begin(): Promise<void> {
    const { config, storage, exporters, lines, say } = this, { sniffer } = config;
    const lanes = laneCount(sniffer);
    if (lanes === 1) {
      if (typeof sniffer.lanes === "number" && sniffer.lanes > 1) say("WARN", "capture", NO_LANES);
      const capture = await Capture.open(sniffer, say);
      this.#work = new LaneWork(config, capture, { storage, spans: exporters, lines, say });
      return;
    }
    const { Lanes } = await import("./lanes.ts");
    const unchanged = (message: string) => this.#refuse([message]);
    this.#work = await Lanes.open(config, { storage, spans: exporters, lines, say, unchanged }, lanes);
    say("INFO", "capture", `${lanes} lanes share the packets`);
  }

  /** What was captured and decoded so far. */
  figures(): Figures {
    return this.#work.figures();
  }

  /** Sends round trips from now on to a watcher too. @returns ends it */
  watch(watcher: Watcher): () => void {
    return this.#work.watch(watcher);
  }

  /** Brings the metrics of the traffic up to date. */
  countFlows(): void {
    this.#upkeep?.countFlows(this.figures());
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
      await this.#work.run(stop, () => this.#turn());
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
      this.#refuse(lines);
      outcome = { ok: false, lines };
    }
    const { done, refused } = this.reloads;
    this.say("INFO", "reload", `reload count=${done + refused}, take ${Math.round(performance.now() - startedMs)}ms`);
    return outcome;
  }

  /** Resolves when all lanes go by the newest configuration. */
  reconfigured(): Promise<void> {
    return this.#work.reconfigured();
  }

  /** What the summary at the end, and on SIGUSR1, is made of. */
  account() {
    const { ledger, interfaces, handled } = this.figures();
    const sources = [...interfaces].map(([name, counters]) => ({ name, stats: { ...counters, notes: [] } }));
    return { ledger, sources, rejected: 0, chosen: handled, lostLines: this.lostLines, silence: [] };
  }

  /** Lines of round trips that did not reach their reader, or the disk. */
  get lostLines(): number {
    return this.lines.lostLines + this.figures().lost.roundtrips;
  }

  #turn(): void {
    const now = performance.now();
    if (now - this.#lookedMs < SECOND_MS) return;
    this.#lookedMs = now;
    this.#upkeep?.tend(this.figures());
    if (this.config.controller.autoReload && this.#file.hasChanged()) this.reload();
  }

  #refuse(lines: readonly string[]): void {
    this.reloads.refused++;
    this.reloads.trouble = lines;
    for (const line of lines) this.say("ERROR", "reload", `failed to reload config: ${line}`);
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
    const before = this.config, changesLines = changes("exporter.roundtrips");
    const output = changes("logger") ? logOutput(config.logger, config.exporter.roundtrips) : undefined;
    let lineFile: LineOutput | undefined;
    try {
      if (changesLines) lineFile = lineOutput(config.exporter.roundtrips, this.say);
      this.#work.flush();
      this.#work.reconfigure(config);
    } catch (error) {
      output?.[0].close();
      lineFile?.close();
      throw error;
    }
    this.config = config;
    if (changesLines) this.lines.setOutput(lineFile);
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

  /** In a line, for people: what is captured from, and what is not as it should be. */
  #status(): string {
    const names = [...this.figures().interfaces.keys()];
    const from = names.length === 0 ? "waits for its interfaces" : `captures from ${names.join(", ")}`;
    return this.api.trouble === "" ? from : `${from}; ${this.api.trouble}`;
  }

  async #close(): Promise<void> {
    this.#stopping = true;
    this.#work.close();
    this.lag.close();
    this.countFlows();
    await Promise.all([
      this.exporters.close(GRACE_MS),
      atMost(GRACE_MS, Promise.all([this.lines.drained(), this.api.close()])),
    ]);
    this.lines.close();
    this.say("INFO", "agent", "ended in order");
    await atMost(GRACE_MS, this.logger.close());
  }
}
