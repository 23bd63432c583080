/** `packetd stats` at a terminal: one screen, drawn anew each interval and after each key. */
import type { Level } from "../export/log_line.ts";
import { bytesText } from "../export/text_lines.ts";
import type { Stop } from "../lane/stop.ts";
import { Board } from "../stats/board.ts";
import { keysIn } from "../stats/keys.ts";
import type { LastRoundTrips } from "../stats/last.ts";
import type { Snapshot, Stats } from "../stats/stats.ts";
import { compileExpression } from "../query/mod.ts";
import { protocols } from "../protocols/mod.ts";
import type { CaptureRun } from "./capture_run.ts";
import type { Choice } from "./selection.ts";
import type { StatsOptions } from "./stats_options.ts";
import { log } from "./talk.ts";
import { Terminal } from "./terminal.ts";

/** What was said while the screen was there, told when it is gone; and how long the last of it is shown. */
const MESSAGES = 100;
const MESSAGE_MS = 10_000;

/** What the screen works on. */
export interface ScreenParts {
  readonly options: StatsOptions;
  readonly capture: CaptureRun;
  readonly stats: Stats;
  readonly last: LastRoundTrips;
  /** Which round trips are counted: changed by keys. */
  readonly choice: { -readonly [K in keyof Choice]: Choice[K] };
  readonly stop: Stop;
  snapshot(): Snapshot;
}

export class StatsScreen {
  readonly #parts: ScreenParts;
  readonly #board: Board;
  readonly #terminal: Terminal;
  readonly #messages: [Level, string, string][] = [];
  #messageMs = -Infinity;
  #drawnMs = -Infinity;
  /** For the rate of packets: how many there were, when, and what came of it. */
  #packets = 0;
  #countedMs = performance.now();
  #packetRate = "";

  constructor(parts: ScreenParts) {
    this.#parts = parts;
    const { options, stats, last, capture, choice, stop } = parts;
    this.#board = new Board(options, {
      restart: () => {
        choice.errorsOnly = this.#board.errorsOnly;
        last.clear();
        stats.reset(this.#board.by, capture.lane.clock);
      },
      filter: (expression) => this.#filter(expression),
      look: (labels) => {
        last.watched = labels?.join("\0");
        return last.watched === undefined ? [] : last.of(last.watched);
      },
      quit: () => stop.interrupt(),
    });
    this.#terminal = new Terminal((text) => {
      for (const key of keysIn(text)) {
        this.#safely(() => {
          this.#board.key(key);
          this.#draw();
        });
      }
    }, () => this.#safely(() => this.#draw()));
    this.#terminal.open();
  }

  get isOpen(): boolean {
    return this.#terminal.isOpen;
  }

  turn(nowMs: number): void {
    if (nowMs - this.#drawnMs >= this.#parts.options.intervalNs / 1e6) this.#draw();
  }

  say(level: Level, from: string, message: string): void {
    if (this.#messages.length < MESSAGES) this.#messages.push([level, from, message]);
    this.#messageMs = performance.now();
  }

  /** Gives the terminal back when all is drawn. */
  async leave(): Promise<void> {
    await this.#terminal.leave();
    this.close();
  }

  /** Gives the terminal back at once, and says what was said meanwhile. */
  close(): void {
    this.#terminal.close();
    for (const [level, from, message] of this.#messages.splice(0)) log(level, from, message);
  }

  /** What is called by nobody who could catch it must not leave the terminal as it is. */
  #safely(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.close();
      throw error;
    }
  }

  #draw(): void {
    const now = this.#drawnMs = performance.now();
    const { columns, rows } = this.#terminal.size;
    const message = now - this.#messageMs < MESSAGE_MS ? this.#messages.at(-1)?.[2] ?? "" : "";
    this.#terminal.draw(this.#board.lines(this.#parts.snapshot(), { title: this.#title(now), message }, columns, rows));
  }

  #title(nowMs: number): string {
    const { lane, opened } = this.#parts.capture;
    const { packets, bytes } = lane.ledger;
    if (this.#packetRate === "" || nowMs - this.#countedMs >= 1000) {
      const perSecond = (packets - this.#packets) / Math.max(0.001, (nowMs - this.#countedMs) / 1000);
      this.#packetRate = perSecond.toFixed(0);
      this.#packets = packets;
      this.#countedMs = nowMs;
    }
    const stats = opened.sources.map((source) => source.stats());
    const dropped = stats.reduce((sum, { dropped }) => sum + dropped, 0);
    const names = opened.sources.map(({ name }) => name);
    const where = names.length > 3 ? `${names.length} interfaces` : names.join(", ");
    return `packetd stats  ${where}  ${this.#packetRate} packets/s  ${bytesText(bytes)}  ${dropped} dropped  ` +
      `coverage ${this.#coverage()}`;
  }

  /** Of all protocols together, rounded down. */
  #coverage(): string {
    let paired = 0, known = 0;
    for (const ledger of this.#parts.capture.lane.ledger.protocols.values()) {
      paired += ledger.paired;
      known += ledger.requests - ledger.oneWay - ledger.pending + ledger.responsesAlone;
    }
    return known === 0 ? "-" : `${Math.floor(paired / known * 1000) / 10} %`;
  }

  #filter(expression: string): string {
    try {
      this.#parts.choice.where = expression === "" ? undefined : compileExpression(expression, protocols);
      return "";
    } catch (error) {
      return (error as Error).message.split("\n")[0];
    }
  }
}
