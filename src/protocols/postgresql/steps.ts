/** The messages of one connection that wait for their answer, in the order in which they were sent. */
import { WAITING_MESSAGES } from "./messages.ts";
import type { Statement } from "./statements.ts";

/** What waits besides messages of a client: a StartupMessage, the two requests for encryption, a Describe that nothing runs. */
export const STARTUP = 1, TLS_REQUEST = 2, GSS_REQUEST = 3, DESCRIBE_ALONE = 4;

/**
 * A ring of message types. A position counts from the start of the connection, so it stays right while earlier
 * messages are answered.
 */
export class Steps {
  #types = new Uint8Array(16);
  #statements: (Statement | undefined)[] = new Array(16).fill(undefined);
  #first = 0;
  /** The position that the next message will have. */
  next = 0;

  get size(): number {
    return this.next - this.#first;
  }

  /** Type of the oldest message; 0 when none waits. */
  get first(): number {
    return this.next === this.#first ? 0 : this.#types[this.#first & (this.#types.length - 1)];
  }

  /** Adds a message, with the statement that it prepares. False when too many wait. */
  push(type: number, statement: Statement | undefined): boolean {
    if (this.size === this.#types.length && !this.#grow()) return false;
    const slot = this.next++ & (this.#types.length - 1);
    this.#types[slot] = type;
    this.#statements[slot] = statement;
    return true;
  }

  /** Takes the oldest message away. */
  shift(): void {
    this.#statements[this.#first++ & (this.#types.length - 1)] = undefined;
  }

  /** Type of the message that is `ahead` behind the oldest. */
  typeAt(ahead: number): number {
    return this.#types[(this.#first + ahead) & (this.#types.length - 1)];
  }

  /** The statement that the message prepares which is `ahead` behind the oldest. */
  statementAt(ahead: number): Statement | undefined {
    return this.#statements[(this.#first + ahead) & (this.#types.length - 1)];
  }

  /** Changes the type of the message at a position. False when it was answered already. */
  change(position: number, type: number): boolean {
    if (position < this.#first || position >= this.next) return false;
    this.#types[position & (this.#types.length - 1)] = type;
    return true;
  }

  /** Takes away the message behind the oldest. */
  dropSecond(): void {
    const type = this.first;
    this.shift();
    this.change(this.#first, type);
  }

  clear(): void {
    while (this.size > 0) this.shift();
  }

  #grow(): boolean {
    const { length } = this.#types;
    if (length >= WAITING_MESSAGES) return false;
    const types = new Uint8Array(length * 2), statements = new Array(length * 2).fill(undefined);
    for (let position = this.#first; position < this.next; position++) {
      types[position & (length * 2 - 1)] = this.#types[position & (length - 1)];
      statements[position & (length * 2 - 1)] = this.#statements[position & (length - 1)];
    }
    this.#types = types;
    this.#statements = statements;
    return true;
  }
}
