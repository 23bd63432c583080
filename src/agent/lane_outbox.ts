/** What leaves a lane for the main thread: lines and spans as bytes, as long as there is room for them. */
import { ByteWriter } from "../bytes/writer.ts";
import type { TracesExporterConfig } from "../config/config.ts";
import type { LineOutput } from "../export/output.ts";
import { OpenBatch, REQUEST_BYTES } from "../export/otlp_batch.ts";
import type { Wish } from "../export/watched_lines.ts";
import type { Span, SpanSink } from "../process/span.ts";
import type { Watcher } from "../server/observed.ts";
import { type FromLane, type Load, MOST_OWED, type Owed, OWED_BYTES } from "./lane_messages.ts";

export type Post = (message: FromLane, transfer: ArrayBuffer[]) => void;

/** Lines for a watcher that are sent without waiting for more. */
const WATCHED_BYTES = 64 * 1024;
/** By kind of load, what it counts as where there is no room for it. */
const LOST_AS = { lines: "roundtrips", spans: "traces", watched: "watchers" } as const;

export class Outbox {
  /** What was not sent, because the main thread was too far behind. */
  readonly lost = { roundtrips: 0, traces: 0, watchers: 0 };
  readonly #post: Post;
  readonly #owed: Owed;

  constructor(post: Post, owed: Owed) {
    this.#post = post;
    this.#owed = owed;
  }

  send(load: Load): void {
    const { bytes, count, kind } = load, owed = Atomics.load(this.#owed, OWED_BYTES);
    if (owed > 0 && owed + bytes.length > MOST_OWED) {
      this.lost[LOST_AS[kind]] += count;
      return;
    }
    Atomics.add(this.#owed, OWED_BYTES, bytes.length);
    this.#post(load, [bytes.buffer]);
  }
}

/** The exporter of lines, as a lane sees it. */
export class OutboxLines implements LineOutput {
  readonly lostLines = 0; // the outbox counts
  readonly closed = false;
  readonly #outbox: Outbox;

  constructor(outbox: Outbox) {
    this.#outbox = outbox;
  }

  write(bytes: Uint8Array, lines: number): void {
    this.#outbox.send({ kind: "lines", bytes: bytes.slice(), count: lines });
  }

  ready(): Promise<void> {
    return Promise.resolve();
  }

  drained(): Promise<void> {
    return Promise.resolve();
  }

  close(): void {}
}

/** Gathers spans into requests, by the same limits as the exporter does with those of its own thread. */
export class OutboxSpans implements SpanSink {
  readonly #outbox: Outbox;
  readonly #open = new OpenBatch();
  #batch = 1;
  #intervalMs = 0;
  #flushedMs = 0;
  #tooLong = 0;

  constructor(outbox: Outbox, config: TracesExporterConfig) {
    this.#outbox = outbox;
    this.reconfigure(config);
  }

  reconfigure({ batch, intervalNs }: TracesExporterConfig): void {
    this.#batch = batch;
    this.#intervalMs = intervalNs / 1e6;
  }

  span(span: Span): void {
    if (!this.#open.add(span)) this.#tooLong++;
    if (this.#open.spans >= this.#batch || this.#open.bytes >= REQUEST_BYTES) this.flush();
  }

  /** To be called often: sends what has waited long enough. */
  tend(nowMs: number): void {
    if (nowMs - this.#flushedMs < this.#intervalMs) return;
    this.#flushedMs = nowMs;
    this.flush();
  }

  /** Sends what was gathered. */
  flush(): void {
    if (this.#open.spans === 0 && this.#tooLong === 0) return;
    const { request, spans } = this.#open.seal();
    this.#outbox.send({ kind: "spans", bytes: request, count: spans, tooLong: this.#tooLong });
    this.#tooLong = 0;
  }
}

/** A client of `/watch`, as a lane sees it. */
export class OutboxWatcher implements Watcher {
  readonly #outbox: Outbox;
  readonly #watcher: number;
  readonly #lines = new ByteWriter(WATCHED_BYTES);
  #count = 0;

  constructor(outbox: Outbox, watcher: number, readonly wish: Wish) {
    this.#outbox = outbox;
    this.#watcher = watcher;
  }

  line(line: Uint8Array): void {
    this.#lines.append(line);
    this.#count++;
    if (this.#lines.length >= WATCHED_BYTES) this.flush();
  }

  /** Sends what was gathered. */
  flush(): void {
    if (this.#count === 0) return;
    this.#outbox.send({
      kind: "watched",
      bytes: this.#lines.view().slice(),
      count: this.#count,
      watcher: this.#watcher,
    });
    this.#lines.clear();
    this.#count = 0;
  }
}
