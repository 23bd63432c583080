/**
 * Metrics as bytes, rendered when a client asks, but never for much of the time: capture shares this thread, and anybody
 * may ask as often as he likes. A body serves everybody who asks until three times as long has passed as it took to
 * render, so that rendering costs at most a quarter of the thread.
 */

const REST = 3;

export class Rendered {
  readonly #render: () => string | Uint8Array;
  readonly #now: () => number;
  #body: Uint8Array = new Uint8Array(0);
  #freshUntilMs = -Infinity;

  /** @param now milliseconds of a clock that never goes back */
  constructor(render: () => string | Uint8Array, now: () => number = () => performance.now()) {
    this.#render = render;
    this.#now = now;
  }

  body(): Uint8Array {
    const startMs = this.#now();
    if (startMs < this.#freshUntilMs) return this.#body;
    const rendered = this.#render();
    this.#body = typeof rendered === "string" ? Buffer.from(rendered) : rendered;
    const endMs = this.#now();
    this.#freshUntilMs = endMs + REST * (endMs - startMs);
    return this.#body;
  }

  /** What was rendered is true no longer. */
  forget(): void {
    this.#freshUntilMs = -Infinity;
  }
}
