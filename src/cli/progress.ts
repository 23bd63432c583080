/** One line on a terminal, written over and over, that tells how much of a file has been read. */
import { bytesText } from "../export/text_lines.ts";
import { writeError } from "./talk.ts";

const EVERY_MS = 500;
const ERASE = "\r\x1b[K";

/** What is known of a file that is being read. */
export interface Reading {
  readonly bytesRead: number;
  readonly sizeBytes: number | undefined;
}

export class Progress {
  readonly #reading: Reading;
  readonly #startedMs = performance.now();
  #shownMs = this.#startedMs;
  #isShown = false;

  constructor(reading: Reading) {
    this.#reading = reading;
  }

  /** Shows where the reading is, when it was last shown long enough ago: a small file is read before it ever is. */
  show(nowMs: number): void {
    const { bytesRead, sizeBytes } = this.#reading;
    if (nowMs - this.#shownMs < EVERY_MS || sizeBytes === undefined || sizeBytes === 0) return;
    this.#shownMs = nowMs;
    this.#isShown = true;
    const percent = Math.min(100, Math.floor(bytesRead / sizeBytes * 100));
    const rate = bytesText(Math.round(bytesRead / (nowMs - this.#startedMs) * 1000));
    writeError(`${ERASE}read ${percent}% of ${bytesText(sizeBytes)}, ${rate}/s`);
  }

  /** Takes the line away, before something else is written. */
  erase(): void {
    if (this.#isShown) writeError(ERASE);
    this.#isShown = false;
  }
}
