/**
 * A lane in a Worker: it captures its share of the flows, decodes them where they are captured, and hands over what became
 * of them. It is started by lanes.ts.
 */
import type { FanoutMembers } from "../capture/fanout.ts";
import type { Config } from "../config/config.ts";
import type { Say } from "../export/log_line.ts";
import { Stop } from "../lane/stop.ts";
import { takeDeltas } from "../process/deltas.ts";
import { Capture } from "./capture.ts";
import type { Figures } from "./figures.ts";
import { type FromLane, type Owed, OWED_FIGURES, type ToLane } from "./lane_messages.ts";
import { Outbox, OutboxLines, OutboxSpans, OutboxWatcher } from "./lane_outbox.ts";
import { LaneWork, type Place } from "./lane_work.ts";
import { storageOf } from "./processing.ts";

/** What is gathered leaves at least this often. */
const HAND_OVER_MS = 250;

/** What of a Worker's global scope is used: Deno's types of it are not to be had beside those of the main thread. */
const scope = globalThis as unknown as {
  postMessage(message: FromLane, transfer?: ArrayBuffer[]): void;
  onmessage: (event: MessageEvent<ToLane>) => void;
  close(): void;
};

class WorkerLane {
  readonly #stop = new Stop();
  readonly #work: LaneWork;
  readonly #outbox: Outbox;
  readonly #spans: OutboxSpans;
  readonly #storage: ReturnType<typeof storageOf>;
  readonly #owed: Owed;
  readonly #watchers = new Map<number, { readonly watcher: OutboxWatcher; readonly end: () => void }>();
  #handedOverMs = performance.now();

  constructor(config: Config, capture: Capture, say: Say, place: Place, owed: Owed) {
    this.#owed = owed;
    this.#storage = storageOf(config);
    this.#outbox = new Outbox((message, transfer) => scope.postMessage(message, transfer), owed);
    this.#spans = new OutboxSpans(this.#outbox, config.exporter.traces);
    this.#work = new LaneWork(config, capture, {
      storage: this.#storage,
      spans: this.#spans,
      lines: new OutboxLines(this.#outbox),
      say,
      followed: () => scope.postMessage({ kind: "next", message: { kind: "follow" } }),
    }, place);
  }

  get figures(): Figures {
    return { ...this.#work.figures(), lost: this.#outbox.lost };
  }

  async run(): Promise<void> {
    try {
      await this.#work.run(this.#stop, () => this.#turn());
    } finally {
      this.#work.close();
    }
    for (const { watcher } of this.#watchers.values()) watcher.flush();
    this.#spans.flush();
    this.#handOver();
    scope.postMessage({ kind: "ended" });
    scope.close();
  }

  take(message: Exclude<ToLane, { kind: "open" }>): void {
    switch (message.kind) {
      case "reconfigure":
        this.#reconfigure(message.config);
        return scope.postMessage({ kind: "next", message });
      case "follow":
        return this.#work.follow();
      case "watch": {
        const watcher = new OutboxWatcher(this.#outbox, message.watcher, message.wish);
        this.#watchers.set(message.watcher, { watcher, end: this.#work.watch(watcher) });
        return;
      }
      case "unwatch":
        this.#watchers.get(message.watcher)?.end();
        this.#watchers.delete(message.watcher);
        return;
      case "end":
        this.#stop.interrupt();
    }
  }

  #reconfigure(config: Config): void {
    try {
      this.#work.reconfigure(config);
      this.#spans.reconfigure(config.exporter.traces);
    } catch (error) {
      scope.postMessage({ kind: "unchanged", message: (error as Error).message });
    }
  }

  #turn(): void {
    const nowMs = performance.now();
    for (const { watcher } of this.#watchers.values()) watcher.flush();
    this.#spans.tend(nowMs);
    if (nowMs - this.#handedOverMs < HAND_OVER_MS) return;
    if (Atomics.load(this.#owed, OWED_FIGURES) === 0) this.#handOver();
  }

  #handOver(): void {
    this.#handedOverMs = performance.now();
    const metrics = this.#storage === undefined ? [] : takeDeltas(this.#storage);
    Atomics.store(this.#owed, OWED_FIGURES, 1);
    const transfer = metrics.map(({ numbers }) => numbers.buffer);
    scope.postMessage({ kind: "figures", figures: this.figures, metrics }, transfer);
  }
}

/** What all lanes say alike, one of them says. */
function sayOf(lane: number): Say {
  return (level, from, message) => {
    if (lane === 0 || level === "WARN" || level === "ERROR") scope.postMessage({ kind: "said", level, from, message });
  };
}

async function open(config: Config, lane: number, fanout: FanoutMembers, owed: Owed): Promise<WorkerLane | undefined> {
  const say = sayOf(lane);
  try {
    const capture = await Capture.open(config.sniffer, say, fanout);
    return new WorkerLane(config, capture, say, { lane, lanes: fanout.lanes }, owed);
  } catch (error) {
    scope.postMessage({ kind: "refused", message: (error as Error).message });
    return undefined;
  }
}

let lane: WorkerLane | undefined;

scope.onmessage = async ({ data }) => {
  if (data.kind !== "open") return lane?.take(data);
  lane = await open(data.config, data.lane, data.fanout, data.owed);
  if (lane === undefined) return;
  scope.postMessage({ kind: "opened", figures: lane.figures });
  await lane.run();
};
