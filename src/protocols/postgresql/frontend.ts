/**
 * What a client's messages ask for: statements are prepared by Parse, bound to portals by Bind and run by Execute, or
 * sent as text in one Query.
 * https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-EXT-QUERY
 */
import type { Arrival, Flow } from "../../core/flow.ts";
import type { Protocol } from "../../core/protocol.ts";
import { RoundTrip } from "../../core/roundtrip.ts";
import { utf8FromLatin1 } from "../../bytes/text.ts";
import { nameAt, statementAt } from "./decoder.ts";
import type { Exchange } from "./exchange.ts";
import {
  BIND,
  CLOSE,
  COPY_DONE,
  COPY_FAIL,
  DESCRIBE,
  EXECUTE,
  FLUSH,
  FUNCTION_CALL,
  HEADER,
  PARSE,
  type PostgresDetail,
  QUERY,
  SYNC,
  UNKNOWN,
} from "./messages.ts";
import { Statements } from "./statements.ts";

/** `P`, of a Describe or Close: a portal is meant. */
const PORTAL = 0x50;

export class Frontend {
  readonly #protocol: Protocol<PostgresDetail>;
  readonly #flow: Flow;
  readonly #statements: Statements;
  readonly #exchange: Exchange;
  readonly #portals = new Statements();
  /** Bytes of Parse and Bind that belong to the next request. */
  #leading = 0;
  /** A Describe that is part of the next Execute, unless something else follows; and its position. */
  #describe: RoundTrip<PostgresDetail> | undefined = undefined;
  #position = 0;

  constructor(protocol: Protocol<PostgresDetail>, flow: Flow, statements: Statements, exchange: Exchange) {
    this.#protocol = protocol;
    this.#flow = flow;
    this.#statements = statements;
    this.#exchange = exchange;
  }

  /**
   * A message is known.
   *
   * @param end of what is read of it, see `clientBytesRead`
   * @param size bytes of the whole message
   */
  message(bytes: Uint8Array, start: number, end: number, size: number, at: Arrival): void {
    const body = start + HEADER;
    switch (bytes[start]) {
      case QUERY:
        return this.#query(statementAt(bytes, body, end), size, at);
      case PARSE:
        return this.#parse(bytes, body, end, size, at);
      case BIND:
        return this.#bind(bytes, body, end, size);
      case DESCRIBE:
        return this.#askForDescription(bytes, body, end, size, at);
      case EXECUTE:
        return this.#execute(nameAt(bytes, body, end), size, at);
      case CLOSE: {
        const name = nameAt(bytes, body + 1, end);
        if (name !== undefined && !this.#exchange.skipping) {
          (bytes[body] === PORTAL ? this.#portals : this.#statements).delete(name);
        }
        this.#exchange.step(CLOSE);
        return;
      }
      case SYNC:
        this.#describeAlone();
        this.#leading = 0;
        this.#exchange.step(SYNC);
        return;
      case FLUSH:
        return this.#describeAlone();
      case FUNCTION_CALL:
        this.#describeAlone();
        this.#exchange.step(FUNCTION_CALL);
        return;
      case COPY_DONE:
      case COPY_FAIL:
        return this.#exchange.copied();
    }
  }

  /** Messages were lost. The text of named statements is kept: drivers seldom give one name to two texts. */
  gap(): void {
    this.#statements.delete("");
    this.#statements.areAll = false;
    this.#portals.clear();
    this.#describe = undefined;
    this.#leading = 0;
  }

  #query(text: string, size: number, at: Arrival): void {
    this.#describeAlone();
    this.#leading = 0;
    this.#statements.delete("");
    this.#portals.delete("");
    this.#exchange.request(QUERY, this.#request(text, "", at, size));
  }

  /** | name | text | count (2) of parameter types | types (4 each) | */
  #parse(bytes: Uint8Array, body: number, end: number, size: number, at: Arrival): void {
    this.#leading += size;
    const name = nameAt(bytes, body, end);
    if (name === undefined || this.#exchange.skipping) {
      this.#exchange.step(PARSE);
      return;
    }
    const text = statementAt(bytes, body + name.length + 1, end);
    const statement = { name, text, sec: at.sec, nsec: at.nsec, bytes: size, replaced: undefined };
    this.#statements.prepare(statement);
    if (this.#exchange.step(PARSE, statement) < 0) this.#statements.doubt(statement);
  }

  /** | portal | statement | formats and values of parameters | formats of results | */
  #bind(bytes: Uint8Array, body: number, end: number, size: number): void {
    this.#leading += size;
    const portal = nameAt(bytes, body, end);
    if (portal !== undefined && !this.#exchange.skipping) {
      const name = nameAt(bytes, body + portal.length + 1, end);
      const statement = name === undefined ? undefined : this.#statements.get(name);
      if (statement === undefined) this.#portals.delete(portal);
      else this.#portals.set(portal, statement);
    }
    this.#exchange.step(BIND);
  }

  /** | portal | most rows wanted (4) | */
  #execute(portal: string | undefined, size: number, at: Arrival): void {
    this.#describe = undefined;
    const statement = portal === undefined ? undefined : this.#portals.get(portal);
    const bytes = this.#leading === 0 ? size : this.#leading;
    this.#leading = 0;
    this.#exchange.request(EXECUTE, this.#request(statement?.text ?? UNKNOWN, "", at, bytes));
  }

  /** | `S` or `P` | name | */
  #askForDescription(bytes: Uint8Array, body: number, end: number, size: number, at: Arrival): void {
    this.#describeAlone();
    const name = nameAt(bytes, body + 1, end);
    const text = name === undefined ? UNKNOWN : utf8FromLatin1(name);
    const kind = bytes[body] === PORTAL ? "P" : "S";
    this.#describe = this.#request(text, kind, at, this.#leading + size);
    this.#position = this.#exchange.step(DESCRIBE);
  }

  /** What was described is not run at once: the description is what the client wanted. */
  #describeAlone(): void {
    if (this.#describe === undefined) return;
    this.#exchange.describe(this.#position, this.#describe);
    this.#describe = undefined;
    this.#leading = 0;
  }

  #request(text: string, described: string, at: Arrival, size: number): RoundTrip<PostgresDetail> {
    const detail: PostgresDetail = { text, described, answer: undefined };
    return new RoundTrip(this.#protocol, this.#flow, detail, at.sec, at.nsec, size);
  }
}
