/** `/-/...`: what changes the agent or tells how it is, and the two probes. */
import { printable, shortened } from "../export/printable.ts";
import type { Exchange } from "./exchange.ts";
import type { Observed } from "./observed.ts";

const LEVELS = ["debug", "info", "warn", "error"];
/** The contract's answer, to the byte. */
const SUCCESS = '{"status": "success"}';

export class Control {
  readonly #observed: Observed;
  #isReloading = false;

  constructor(observed: Observed) {
    this.#observed = observed;
  }

  setLevel(exchange: Exchange): void {
    const text = exchange.parameter("level") ?? "";
    const level = text.trim().toLowerCase();
    if (LEVELS.includes(level) && this.#observed.setLevel(level)) return exchange.text(200, SUCCESS);
    const wrong = level === "" ? "level is missing" : `there is no level (${shortened(printable(text), 40)})`;
    exchange.text(400, `${wrong}; levels are ${LEVELS.join(", ")}, such as in: curl -d level=info .../-/logger\n`);
  }

  async reload(exchange: Exchange): Promise<void> {
    if (this.#isReloading) return exchange.text(409, "a reload is under way already\n");
    this.#isReloading = true;
    try {
      const { ok, lines } = await this.#observed.reload();
      exchange.text(ok ? 200 : 409, linesText(lines));
    } finally {
      this.#isReloading = false;
    }
  }

  reset(exchange: Exchange): void {
    this.#observed.resetMetrics();
    exchange.text(200, SUCCESS);
  }

  status(exchange: Exchange): void {
    const body = JSON.stringify(this.#observed.status(), null, 2) + "\n";
    exchange.text(200, body, { "Content-Type": "application/json" });
  }

  /** Whether the program answers at all. */
  health(exchange: Exchange): void {
    exchange.text(200, "ok\n");
  }

  /** Whether it does its work; what is not as it should be follows, one line each. */
  readiness(exchange: Exchange): void {
    const { ready, lines } = this.#observed.readiness();
    exchange.text(ready ? 200 : 503, (ready ? "ready\n" : "not ready\n") + linesText(lines));
  }
}

function linesText(lines: readonly string[]): string {
  return lines.map((line) => printable(line) + "\n").join("");
}
