/** Keeps the metrics of the traffic: deletes what is over, and has those of connections up to date. */
import { ConnectionMetrics } from "../process/transport.ts";
import type { MetricStorage } from "../process/storage.ts";
import type { Figures } from "./figures.ts";

export class Upkeep {
  readonly #storage: MetricStorage;
  readonly #connections: ConnectionMetrics;
  readonly #expired = { tcp: 0, udp: 0 };
  #sweptSec = 0;

  constructor(storage: MetricStorage) {
    this.#storage = storage;
    this.#connections = new ConnectionMetrics(storage);
  }

  /** To be called about every second. */
  tend(figures: Figures): void {
    const nowSec = this.#storage.advance(figures.clock.sec);
    this.countFlows(figures);
    if (nowSec - this.#sweptSec < this.#storage.expiredSec / 2) return;
    this.#sweptSec = nowSec;
    this.#storage.sweep(nowSec);
  }

  /** Brings the metrics of connections up to date. */
  countFlows({ openFlows, ledger: { flowsExpired }, clock: { sec } }: Figures): void {
    for (const transport of ["tcp", "udp"] as const) {
      this.#connections.active(transport, openFlows[transport], sec);
      this.#connections.expired(transport, flowsExpired[transport] - this.#expired[transport], sec);
      this.#expired[transport] = flowsExpired[transport];
    }
  }
}
