/**
 * Which messages of the server answer which message of the client.
 * https://www.postgresql.org/docs/current/protocol-flow.html
 */
import { typeTable } from "./decoder.ts";
import { BIND, CLOSE, DESCRIBE, EXECUTE, FUNCTION_CALL, PARSE, QUERY, SYNC } from "./messages.ts";
import { DESCRIBE_ALONE, STARTUP } from "./steps.ts";

/** What a message is to the answer that it comes in: nothing, a part, one of several results, the last, a stream's first. */
export const STRANGE = 0, PART = 1, RESULT = 2, LAST = 3, STREAM = 4;

const NONE = typeTable();
/** Rows, copy data, and what describes them. */
const DATA = "TDGHdc";

const roles: Int32Array[] = new Array(256).fill(NONE);
roles[STARTUP] = typeTable(["RKv", PART], ["Z", LAST]);
roles[QUERY] = typeTable([DATA, PART], ["CI", RESULT], ["Z", LAST], ["W", STREAM]);
roles[PARSE] = typeTable(["1", LAST]);
roles[BIND] = typeTable(["2", LAST]);
roles[DESCRIBE] = roles[DESCRIBE_ALONE] = typeTable(["t", PART], ["Tn", LAST]);
roles[EXECUTE] = typeTable([DATA, PART], ["CIs", LAST], ["W", STREAM]);
roles[CLOSE] = typeTable(["3", LAST]);
roles[SYNC] = typeTable(["Z", LAST]);
roles[FUNCTION_CALL] = typeTable(["V", PART], ["Z", LAST]);

/** What a server's message of this type is to the answer to a step; errors and what comes at any time apart. */
export function roleOf(type: number, step: number): number {
  return roles[step][type];
}
