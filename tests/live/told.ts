/**
 * What a client program tells the live test that runs it: a line of JSON on standard output for each thing that it did
 * and that packetd must account for.
 */
import assert from "node:assert/strict";
import type { Expected } from "./compare.ts";
import type { Json } from "./lines.ts";

/** A connection of the client's asked something, and was answered; or what was not answered, or not asked for, was seen. */
export interface Told extends Partial<Expected> {
  /** The client's own name for the connection. */
  readonly connection: string;
  /** Requests that nobody answers. */
  readonly oneWay?: number;
  /** Messages that the server sent of itself. */
  readonly pushed?: number;
}

/** One connection of a client program. */
export class Connection {
  constructor(readonly name: string) {}

  /**
   * Tells that a request was answered. Requests of one connection are told in the order of their answers.
   *
   * @param request what packetd must print of the request, and of the response
   * @param answer what the driver gave, which must be what is expected
   */
  told(request: Parts, response: Parts, answer?: unknown, expected?: unknown): void {
    assert.deepEqual(answer, expected, `${this.name}: the answer to ${JSON.stringify(request)}`);
    this.#tell({ connection: this.name, Request: request, Response: response });
  }

  /** Tells that a request wants an answer and has none. */
  unanswered(request: Parts): void {
    this.#tell({ connection: this.name, Request: request, Response: null });
  }

  /** Tells that it sent requests that nobody answers. */
  oneWay(requests = 1): void {
    this.#tell({ connection: this.name, oneWay: requests });
  }

  /** Tells that the server sent messages of itself. */
  pushed(messages: number): void {
    this.#tell({ connection: this.name, pushed: messages });
  }

  #tell(told: Told): void {
    console.log(JSON.stringify(told));
  }
}

/** Members of a part of packetd's line. */
export type Parts = { readonly [name: string]: Json };

/** What a client told, out of all that it printed. */
export function readTold(output: string): Told[] {
  return output.split("\n").filter((line) => line.startsWith("{")).map((line) => JSON.parse(line));
}
