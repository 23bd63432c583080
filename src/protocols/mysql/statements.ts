/** The SQL of the statements prepared on a connection, by the id that the server gave them. */
import type { ProtocolLedger } from "../../core/ledger.ts";
import { type MysqlDetail, PREPARED_BYTES, UNKNOWN } from "./messages.ts";

/** Means "the statement prepared last" in commands that are sent before the server named its id (MariaDB). */
const LAST = 0xffffffff;

export class Statements {
  readonly #ledger: ProtocolLedger;
  /** In the order of their last use. */
  readonly #texts = new Map<number, string>();
  #bytes = 0;
  #last: MysqlDetail | undefined = undefined;

  constructor(ledger: ProtocolLedger) {
    this.#ledger = ledger;
  }

  /** The client asked to prepare a statement, whose id it may not know yet. */
  asked(detail: MysqlDetail): void {
    this.#last = detail;
  }

  /** The server prepared a statement. When all together are too long, those unused the longest are forgotten. */
  prepared(id: number, text: string): void {
    this.closed(id);
    this.#texts.set(id, text);
    this.#bytes += text.length;
    for (const [oldest, { length }] of this.#texts) {
      if (this.#bytes <= PREPARED_BYTES) break;
      this.#texts.delete(oldest);
      this.#bytes -= length;
      this.#ledger.reasons.add("prepared statements forgotten: too many on one connection");
    }
  }

  /** The text of a statement that is executed. */
  text(id: number): string {
    if (id === LAST) return this.#last?.statement ?? UNKNOWN;
    const text = this.#texts.get(id);
    if (text === undefined) return UNKNOWN;
    this.#texts.delete(id);
    this.#texts.set(id, text);
    return text;
  }

  closed(id: number): void {
    const text = this.#texts.get(id);
    if (text === undefined) return;
    this.#texts.delete(id);
    this.#bytes -= text.length;
  }

  /** Commands are missing: another statement may have been prepared last. Ids are given once, so texts stay true. */
  gap(): void {
    this.#last = undefined;
  }

  /** The session begins anew: the server has forgotten all. */
  clear(): void {
    this.#texts.clear();
    this.#bytes = 0;
    this.#last = undefined;
  }
}
