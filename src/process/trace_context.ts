/** W3C Trace Context (https://www.w3.org/TR/trace-context/): the trace and the span that a request belongs to. */
import type { TraceHeaders } from "../core/protocol.ts";

export const SAMPLED = 0x01;
/** The flags that are defined: sampled, and that the trace id is random. */
const DEFINED_FLAGS = 0x03;
/** `00-` trace id `-` parent id `-` flags. */
const TRACE_ID = 3, PARENT_ID = 36, FLAGS = 53, LENGTH = 55;
/** Members of a tracestate (section 3.3.1.1), and its longest text that is handed on: twice what must be. */
const MEMBERS = 32, STATE_LENGTH = 1024;

const KEY = /^(?:[a-z][a-z0-9_\-*/]{0,255}|[a-z0-9][a-z0-9_\-*/]{0,240}@[a-z][a-z0-9_\-*/]{0,13})$/;
const VALUE = /^[ -+\--<>-~]{0,255}[!-+\--<>-~]$/;

/** The value of a lower-case hexadecimal digit; -1 for anything else. */
function digit(text: string, at: number): number {
  const c = text.charCodeAt(at);
  return c >= 0x30 && c <= 0x39 ? c - 0x30 : c >= 0x61 && c <= 0x66 ? c - 0x57 : -1;
}

/** The value of two digits; negative where one is none. */
function byteAt(text: string, at: number): number {
  return (digit(text, at) << 4) | digit(text, at + 1);
}

/** Fills the bytes; false where a digit is none, or all of them are zero. */
function readId(text: string, at: number, id: Uint8Array): boolean {
  let all = 0;
  for (let i = 0; i < id.length; i++) {
    const byte = byteAt(text, at + 2 * i);
    if (byte < 0) return false;
    id[i] = byte;
    all |= byte;
  }
  return all !== 0;
}

/**
 * Reads a traceparent (section 3.2). A later version than 00 may say more behind the flags (section 4.3).
 *
 * @returns the flags that are defined; -1 when it is invalid, and then the ids mean nothing
 */
export function readTraceparent(text: string, traceId: Uint8Array, parentId: Uint8Array): number {
  const version = byteAt(text, 0);
  if (version < 0 || version === 0xff) return -1;
  if (version === 0 ? text.length !== LENGTH : text.length > LENGTH && text[LENGTH] !== "-") return -1;
  if (text[TRACE_ID - 1] !== "-" || text[PARENT_ID - 1] !== "-" || text[FLAGS - 1] !== "-") return -1;
  const flags = byteAt(text, FLAGS);
  if (flags < 0 || !readId(text, TRACE_ID, traceId) || !readId(text, PARENT_ID, parentId)) return -1;
  return flags & DEFINED_FLAGS;
}

/** The tracestate without its empty members; empty when it is invalid or too long, as it is then to be left out. */
export function traceStateOf({ tracestate }: TraceHeaders): string {
  if (tracestate === "" || tracestate.length > STATE_LENGTH) return "";
  const members = tracestate.split(",").map((member) => member.trim()).filter((member) => member !== "");
  const isValid = members.length <= MEMBERS && members.every((member) => {
    const equals = member.indexOf("=");
    return equals > 0 && KEY.test(member.slice(0, equals)) && VALUE.test(member.slice(equals + 1));
  });
  return isValid ? members.join(",") : "";
}
