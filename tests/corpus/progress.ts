/** How far a long run has come, in one line of a terminal; nothing elsewhere. */

const CLEAR_LINE = "\r\x1b[K";

export class Progress {
  readonly #isShown = Deno.stderr.isTerminal();
  #done = 0;

  constructor(readonly total: number) {}

  /** The next one begins. */
  next(name: string): void {
    this.#done++;
    this.#write(`${CLEAR_LINE}${this.#done} of ${this.total}: ${name}`);
  }

  end(): void {
    this.#write(CLEAR_LINE);
  }

  #write(text: string): void {
    if (this.#isShown) Deno.stderr.writeSync(new TextEncoder().encode(text));
  }
}
