/** `/metrics` and `/protocol/metrics`. */
import type { Exchange } from "./exchange.ts";
import { CHUNK_BYTES, type Limits } from "./limits.ts";
import { OPENMETRICS_TYPE, prefersOpenMetrics } from "./negotiation.ts";
import { Rendered } from "./rendered.ts";

/** One page of metrics in its two forms. */
export interface MetricsPage {
  readonly textType: string;
  readonly text: Rendered;
  readonly openMetrics: Rendered;
}

export class Metrics {
  readonly #limits: Limits;
  /** Long bodies on their way, the oldest first. */
  readonly #leaving = new Set<Exchange>();

  constructor(limits: Limits) {
    this.#limits = limits;
  }

  async answer(exchange: Exchange, page: MetricsPage): Promise<void> {
    const open = prefersOpenMetrics(exchange.accept);
    const body = (open ? page.openMetrics : page.text).body();
    const headers = { "Content-Type": open ? OPENMETRICS_TYPE : page.textType, "Vary": "Accept" };
    if (body.length <= CHUNK_BYTES) return exchange.bytes(200, body, headers);
    this.#makeRoom();
    this.#leaving.add(exchange);
    exchange.begin(200, { ...headers, "Content-Length": body.length });
    if (await exchange.write(body)) exchange.end();
    this.#leaving.delete(exchange);
  }

  /** Clients that take a body and do not read it must not keep others from theirs. */
  #makeRoom(): void {
    if (this.#leaving.size < this.#limits.scrapes) return;
    for (const oldest of this.#leaving) {
      this.#leaving.delete(oldest);
      return oldest.cut("scrapes given up for newer ones");
    }
  }
}
