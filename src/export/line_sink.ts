/** Gathers lines in one buffer and hands them on in batches. */
import { JsonWriter } from "../core/json.ts";
import type { RoundTrip, RoundTripSink } from "../core/roundtrip.ts";
import type { LineOutput } from "./output.ts";

/** How one round trip becomes one line. */
export interface LineFormat {
  /** Writes the line with its line feed. */
  write(roundTrip: RoundTrip, line: JsonWriter): void;
}

/** A batch that has grown this far is handed on without waiting for `flush`. */
const BATCH_BYTES = 128 * 1024;

export class LineSink implements RoundTripSink {
  readonly #format: LineFormat;
  readonly #outputs: readonly LineOutput[];
  readonly #batch = new JsonWriter(BATCH_BYTES);
  #lines = 0;

  constructor(format: LineFormat, outputs: readonly LineOutput[]) {
    this.#format = format;
    this.#outputs = outputs;
  }

  roundTrip(roundTrip: RoundTrip): void {
    this.#format.write(roundTrip, this.#batch);
    this.#lines++;
    if (this.#batch.length >= BATCH_BYTES) this.flush();
  }

  unanswered(roundTrip: RoundTrip): void {
    this.roundTrip(roundTrip);
  }

  /** Hands on what was gathered. */
  flush(): void {
    if (this.#lines === 0) return;
    const bytes = this.#batch.view();
    for (const output of this.#outputs) output.write(bytes, this.#lines);
    this.#batch.clear();
    this.#lines = 0;
  }
}
