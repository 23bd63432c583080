/** `/metrics` and `/protocol/metrics`. */
import type { Exchange } from "./exchange.ts";
import type { Limits } from "./limits.ts";
import { OPENMETRICS_TYPE, prefersOpenMetrics } from "./negotiation.ts";
import { Pace } from "./pace.ts";

/** One page of metrics in its two forms, each rendered piece by piece. */
export interface MetricsPage {
  readonly textType: string;
  text(): Iterable<string | Uint8Array>;
  openMetrics(): Iterable<string | Uint8Array>;
}

export class Metrics {
  readonly #limits: Limits;
  readonly #pace = new Pace();
  /** Long bodies on their way, the oldest first. */
  readonly #leaving = new Set<Exchange>();

  constructor(limits: Limits) {
    this.#limits = limits;
  }

  /** A page of one piece is sent at once; a longer one piece by piece, as the client takes them. */
  async answer(exchange: Exchange, page: MetricsPage): Promise<void> {
    const open = prefersOpenMetrics(exchange.accept);
    const headers = { "Content-Type": open ? OPENMETRICS_TYPE : page.textType, "Vary": "Accept" };
    const pieces = (open ? page.openMetrics() : page.text())[Symbol.iterator]();
    const next = () => this.#pace.turn(() => pieces.next());
    const first = await next();
    let piece = first.done ? first : await next();
    if (piece.done) return exchange.bytes(200, bytesOf(first.value ?? ""), headers);
    this.#makeRoom();
    this.#leaving.add(exchange);
    exchange.begin(200, headers);
    let goesOn = await exchange.write(bytesOf(first.value));
    for (; goesOn && !piece.done; piece = await next()) goesOn = await exchange.write(bytesOf(piece.value));
    if (goesOn) exchange.end();
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

function bytesOf(piece: string | Uint8Array): Uint8Array {
  return typeof piece === "string" ? Buffer.from(piece) : piece;
}
