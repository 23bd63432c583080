/**
 * What the names of a connection stand for: prepared statements, and the portals bound to them.
 * https://www.postgresql.org/docs/current/protocol-overview.html#PROTOCOL-QUERY-CONCEPTS
 */
import { REMEMBERED_BYTES } from "./messages.ts";

/** A Parse: the text that it prepared, and when. */
export interface Statement {
  readonly name: string;
  readonly text: string;
  readonly sec: number;
  readonly nsec: number;
  /** Bytes of the Parse. */
  readonly bytes: number;
  /** What the name stood for before; forgotten when the name is given again. */
  replaced: Statement | undefined;
}

/** Statements by name. What was not used for the longest time is forgotten when they take too many bytes. */
export class Statements {
  readonly #limit: number;
  /** In the order of their last use. */
  readonly #named = new Map<string, Statement>();
  #bytes = 0;
  /** What the empty name stands for: it changes with nearly every request. */
  #unnamed: Statement | undefined = undefined;

  /** Whether a name that is not known here is not known to the server either. */
  areAll = true;

  /** @param limit bytes of text and names, as counted by `costOf` */
  constructor(limit: number = REMEMBERED_BYTES) {
    this.#limit = limit;
  }

  get(name: string): Statement | undefined {
    if (name === "") return this.#unnamed;
    const found = this.#named.get(name);
    if (found === undefined) return undefined;
    this.#named.delete(name);
    this.#named.set(name, found);
    return found;
  }

  /** Gives a name to what a Parse prepared. */
  prepare(statement: Statement): void {
    const { name } = statement;
    // The earlier statement without a name ends with the Parse, whatever becomes of that.
    const earlier = name === "" ? undefined : this.#named.get(name);
    if (earlier !== undefined) earlier.replaced = undefined;
    statement.replaced = earlier;
    this.set(name, statement);
  }

  /** Gives a name to a statement: a portal, or what it stood for before. */
  set(name: string, statement: Statement): void {
    if (name === "") {
      this.#unnamed = statement;
      return;
    }
    this.delete(name);
    this.#named.set(name, statement);
    this.#bytes += costOf(name, statement);
    for (const [oldest, forgotten] of this.#named) {
      if (this.#bytes <= this.#limit) return;
      this.#named.delete(oldest);
      this.areAll = false;
      this.#bytes -= costOf(oldest, forgotten);
    }
  }

  delete(name: string): void {
    if (name === "") this.#unnamed = undefined;
    const found = this.#named.get(name);
    if (found === undefined) return;
    this.#named.delete(name);
    this.#bytes -= costOf(name, found);
  }

  /** The server refused a Parse: its name stands for what it did before. */
  undo(statement: Statement): void {
    const { name, replaced } = statement;
    if ((name === "" ? this.#unnamed : this.#named.get(name)) !== statement) return;
    if (replaced === undefined) this.delete(name);
    else this.set(name, replaced);
  }

  /**
   * Nobody saw what became of a Parse: the server refused it if its name was taken. Where every message of the client was
   * seen, that is known.
   */
  doubt(statement: Statement): void {
    const wasFree = this.areAll && statement.replaced === undefined;
    if (!wasFree && this.#named.get(statement.name) === statement) this.delete(statement.name);
  }

  clear(): void {
    this.#named.clear();
    this.#bytes = 0;
    this.#unnamed = undefined;
  }
}

/** Bytes that an entry is taken for: two a character, and something for the objects around them. */
function costOf(name: string, statement: Statement): number {
  return 2 * (name.length + statement.text.length) + 128;
}
