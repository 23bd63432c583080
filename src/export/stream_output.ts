/**
 * Lines to standard output, or any other stream, by asynchronous writes with one write under way at a time.
 *
 * A reader that is too slow must not hold up a live capture, so what waits for it has a ceiling; lines beyond it are
 * counted and dropped. Who reads a file has time and awaits `ready()`, and then nothing is ever dropped.
 */
import { ByteWriter } from "../bytes/writer.ts";
import type { LineOutput } from "./output.ts";

/** Bytes that may wait for a slow reader before lines are dropped. */
export const WAITING_BYTES = 16 * 1024 * 1024;
/** Above this much waiting, `ready()` makes its caller wait. */
const READY_BYTES = 256 * 1024;
/** How long to leave a stream alone that takes nothing just now. */
const RETRY_MS = 5;

/** What is needed of `Deno.stdout`. */
export interface ByteStream {
  write(bytes: Uint8Array): Promise<number>;
}

export class StreamOutput implements LineOutput {
  lostLines = 0;
  closed = false;
  /** What made writing end, other than a reader that went away. */
  failure: Error | undefined;

  readonly #stream: ByteStream;
  readonly #limit: number;
  readonly #onLoss: () => void;
  #filling = new ByteWriter();
  #leaving = new ByteWriter();
  #pumping: Promise<void> | undefined;
  #givenUp = false;

  /** @param onLoss called once, when the first line is dropped */
  constructor(stream: ByteStream, onLoss: () => void = () => {}, limit: number = WAITING_BYTES) {
    this.#stream = stream;
    this.#onLoss = onLoss;
    this.#limit = limit;
  }

  write(bytes: Uint8Array, lines: number): void {
    if (this.closed || this.#givenUp) return;
    if (this.#waiting + bytes.length > this.#limit && this.#waiting > 0) {
      if (this.lostLines === 0) this.#onLoss();
      this.lostLines += lines;
      return;
    }
    this.#filling.append(bytes);
    this.#pumping ??= this.#pump();
  }

  async ready(): Promise<void> {
    while (this.#pumping !== undefined && this.#waiting > READY_BYTES) await this.#pumping;
  }

  async drained(): Promise<void> {
    await this.#pumping;
  }

  close(): void {
    this.#givenUp = true;
    if (!this.closed) this.lostLines += lineEnds(this.#leaving) + lineEnds(this.#filling);
  }

  get #waiting(): number {
    return this.#filling.length + this.#leaving.length;
  }

  /** Writes until nothing waits. The two buffers take turns: one is filled while the other leaves. */
  async #pump(): Promise<void> {
    while (this.#filling.length > 0 && !this.closed && !this.#givenUp) {
      const leaving = this.#filling;
      this.#filling = this.#leaving;
      this.#leaving = leaving;
      try {
        await this.#writeAll(leaving.view());
      } catch (error) {
        this.closed = true;
        if (!(error instanceof Deno.errors.BrokenPipe)) this.failure = error as Error;
      }
      leaving.clear();
    }
    this.#pumping = undefined;
  }

  async #writeAll(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length && !this.#givenUp;) {
      try {
        at += await this.#stream.write(bytes.subarray(at));
      } catch (error) { // a terminal that somebody made non-blocking
        if (!(error instanceof Deno.errors.WouldBlock)) throw error;
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
      }
    }
  }
}

function lineEnds(written: ByteWriter): number {
  let count = 0;
  for (let i = 0; i < written.length; i++) if (written.bytes[i] === 0x0a) count++;
  return count;
}
