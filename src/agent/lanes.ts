/** Several lanes, each in a Worker of its own; here what they hand over comes together. */
import type { FanoutMembers } from "../capture/fanout.ts";
import { CaptureError } from "../capture/errors.ts";
import type { Config } from "../config/config.ts";
import { captureAll } from "../lane/capture_loop.ts";
import { atMost, type Stop } from "../lane/stop.ts";
import { addDeltas } from "../process/deltas.ts";
import type { Watcher } from "../server/observed.ts";
import type { Exporters } from "./exporters.ts";
import { type Figures, sumOfFigures } from "./figures.ts";
import { type FromLane, type InTurn, nothingOwed, OWED_BYTES, OWED_FIGURES, type ToLane } from "./lane_messages.ts";
import { Processing } from "./processing.ts";
import type { Outlets, Work } from "./work.ts";

/** How long lanes may take to hand over the rest at the end. */
const GRACE_MS = 5000;
const LINE_FEED = 0x0a;

export interface LanesOutlets extends Outlets {
  readonly spans: Exporters;
  /** Told what keeps a lane from going on by a new configuration. */
  unchanged(message: string): void;
}

export class Lanes implements Work {
  readonly #outlets: LanesOutlets;
  readonly #lanes: readonly LaneThread[];
  /** Its steps get nothing here: it has the metrics made that the lanes count, and tells what is wrong with them. */
  readonly #processing: Processing;
  readonly #watchers = new Map<number, Watcher>();
  #watched = 0;
  /** Configurations that are on their way through the lanes, the oldest first. */
  readonly #reconfiguring: PromiseWithResolvers<void>[] = [];
  /** Why a lane is no more. */
  #failure: Error | undefined;

  /** @param module tests have another one */
  private constructor(config: Config, outlets: LanesOutlets, count: number, module: URL) {
    this.#outlets = outlets;
    const { storage, spans } = outlets;
    this.#processing = new Processing(config, storage, spans, () => ({ sec: 0, nsec: 0 }));
    this.#lanes = Array.from({ length: count }, (_, lane) =>
      new LaneThread(
        module,
        (message) => this.#take(message, lane),
        (why) => this.#failure ??= new CaptureError(`lane ${lane} has ended: ${why}`),
      ));
  }

  /** @throws Error with what hinders the lanes from capturing */
  static async open(
    config: Config,
    outlets: LanesOutlets,
    count: number,
    module = new URL("./lane_worker.ts", import.meta.url),
  ): Promise<Lanes> {
    const lanes = new Lanes(config, outlets, count, module);
    const [base] = crypto.getRandomValues(new Uint16Array(1));
    try {
      for (const [number, lane] of lanes.#lanes.entries()) {
        await lane.open(config, number, { base, lanes: count });
      }
    } catch (error) {
      for (const lane of lanes.#lanes) lane.terminate();
      throw error;
    }
    return lanes;
  }

  figures(): Figures {
    return sumOfFigures(this.#lanes.map(({ figures }) => figures!));
  }

  async run(stop: Stop, turn: () => void): Promise<void> {
    const noPacket = { packet: () => {} };
    await captureAll([], noPacket, stop, 0, () => {
      if (this.#failure !== undefined) throw this.#failure;
      turn();
    }, true);
    for (const lane of this.#lanes) lane.send({ kind: "end" });
    await atMost(GRACE_MS, Promise.all(this.#lanes.map(({ ended }) => ended)));
  }

  reconfigure(config: Config): void {
    this.#processing.commit(this.#processing.prepare(config));
    this.#reconfiguring.push(Promise.withResolvers());
    this.#lanes[0].send({ kind: "reconfigure", config }); // the others follow in turn
  }

  reconfigured(): Promise<void> {
    return this.#reconfiguring.at(-1)?.promise ?? Promise.resolve();
  }

  watch(watcher: Watcher): () => void {
    const number = this.#watched++;
    this.#watchers.set(number, watcher);
    for (const lane of this.#lanes) lane.send({ kind: "watch", watcher: number, wish: watcher.wish });
    return () => {
      this.#watchers.delete(number);
      for (const lane of this.#lanes) lane.send({ kind: "unwatch", watcher: number });
    };
  }

  /** Lanes hand their lines on by themselves. */
  flush(): void {}

  close(): void {
    for (const lane of this.#lanes) lane.terminate();
  }

  #take(message: FromLane, lane: number): void {
    const { storage, lines, spans, say } = this.#outlets;
    switch (message.kind) {
      case "next":
        return this.#next(lane + 1, message.message);
      case "said":
        return say(message.level, message.from, message.message);
      case "unchanged":
        return this.#outlets.unchanged(message.message);
      case "lines":
        return lines.write(message.bytes, message.count);
      case "spans":
        return spans.gatheredSpans(message.bytes, message.count, message.tooLong);
      case "watched":
        return this.#show(message.watcher, message.bytes);
      case "figures":
        if (storage !== undefined) addDeltas(storage, message.metrics, storage.advance(message.figures.clock.sec));
    }
  }

  /** @param lane whose turn it is; the number of the lanes when all have had theirs */
  #next(lane: number, message: InTurn): void {
    if (lane < this.#lanes.length) this.#lanes[lane].send(message);
    else if (message.kind === "reconfigure") this.#reconfiguring.shift()?.resolve();
  }

  #show(number: number, bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length;) {
      const end = bytes.indexOf(LINE_FEED, at) + 1;
      this.#watchers.get(number)?.line(bytes.subarray(at, end)); // it may end at any line
      at = end;
    }
  }
}

/** The main thread's end of one lane. */
class LaneThread {
  /** As it handed them over last. */
  figures: Figures | undefined;
  readonly ended: Promise<void>;
  readonly #worker: Worker;
  readonly #owed = nothingOwed();
  readonly #take: (message: FromLane) => void;
  readonly #died: (why: string) => void;
  #opening = Promise.withResolvers<void>();
  #ending = Promise.withResolvers<void>();

  /** @param died is told why the lane ended by itself */
  constructor(module: URL, take: (message: FromLane) => void, died: (why: string) => void) {
    this.#take = take;
    this.#died = died;
    this.ended = this.#ending.promise;
    this.#worker = new Worker(module, { type: "module" });
    this.#worker.onmessage = ({ data }) => this.#receive(data);
    this.#worker.onerror = (event) => {
      event.preventDefault(); // it would end the process without a word of ours
      this.#fail(event.message);
    };
  }

  /** Resolves when it captures. */
  open(config: Config, lane: number, fanout: FanoutMembers): Promise<void> {
    this.send({ kind: "open", config, lane, fanout, owed: this.#owed });
    return this.#opening.promise;
  }

  send(message: ToLane): void {
    this.#worker.postMessage(message);
  }

  terminate(): void {
    this.#worker.terminate();
  }

  #receive(message: FromLane): void {
    switch (message.kind) {
      case "opened":
        this.figures = message.figures;
        return this.#opening.resolve();
      case "refused":
        return this.#opening.reject(new CaptureError(message.message));
      case "ended":
        return this.#ending.resolve();
      case "figures":
        this.figures = message.figures;
        Atomics.store(this.#owed, OWED_FIGURES, 0);
        break;
      case "lines":
      case "spans":
      case "watched":
        Atomics.sub(this.#owed, OWED_BYTES, message.bytes.length);
    }
    this.#take(message);
  }

  #fail(why: string): void {
    this.#opening.reject(new CaptureError(why));
    this.#ending.resolve();
    this.#died(why);
  }
}
