/** Round trips as one client of `/watch` wants them: those that it asked for, each as a line. */
import { JsonWriter } from "../core/json.ts";
import type { RoundTrip } from "../core/roundtrip.ts";
import { JsonLines } from "./json_lines.ts";
import type { LineFormat } from "./line_sink.ts";
import { TextLines } from "./text_lines.ts";

/** What the client asked for, as plain data: it may be another thread that makes the lines. */
export interface Wish {
  /** An expression that a round trip must fulfil; empty for all. */
  readonly where: string;
  readonly format: "json" | "text";
}

/** Compiles an expression over round trips. @throws Error that says what is wrong, and where */
export type CompileWhere = (text: string) => (roundTrip: RoundTrip) => boolean;

const RENDERING = { showSecrets: false };
/** First size of the buffer of a line. */
const FIRST_BYTES = 4096;

export class WatchedLines {
  readonly #where: (roundTrip: RoundTrip) => boolean;
  readonly #format: LineFormat;
  readonly #take: (line: Uint8Array) => void;
  readonly #line = new JsonWriter(FIRST_BYTES);

  /** @param take is given each line with its line feed, borrowed until it returns */
  constructor({ where, format }: Wish, compileWhere: CompileWhere, take: (line: Uint8Array) => void) {
    this.#where = where.trim() === "" ? () => true : compileWhere(where);
    this.#format = format === "text" ? new TextLines(RENDERING, false) : new JsonLines(RENDERING);
    this.#take = take;
  }

  roundTrip(roundTrip: RoundTrip): void {
    if (!this.#where(roundTrip)) return;
    this.#line.clear();
    this.#format.write(roundTrip, this.#line);
    this.#take(this.#line.view());
  }
}
