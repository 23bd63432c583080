/** Whether bytes begin like Redis. */
import { type Direction, FROM_CLIENT } from "../../core/flow.ts";
import { CERTAIN, NO, type Probe, UNSURE } from "../../core/verdict.ts";
import { isHttpLine, isLineByte } from "./inline.ts";
import { BROKEN, HALF, line, lineEnd, readLength, WHOLE } from "./line.ts";
import { ARRAY, BULK_STRING, INLINE_BYTES, typeName } from "./messages.ts";

const LF = 10;

/** Whether an array of bulk strings may begin here; what is cut off may still be anything. */
export function mayBeginCommand(bytes: Uint8Array, start: number, end: number): boolean {
  return arrayProbe(bytes, start, end) !== NO;
}

/** `*2\r\n$3\r\n` */
function arrayProbe(bytes: Uint8Array, start: number, end: number): Probe {
  if (bytes[start] !== ARRAY) return NO;
  const count = readLength(bytes, start + 1, end);
  if (count !== WHOLE) return count === HALF ? UNSURE : NO;
  if (line.length < 1) return NO;
  const { end: second } = line;
  if (second === end) return UNSURE;
  if (bytes[second] !== BULK_STRING) return NO;
  const length = readLength(bytes, second + 1, end);
  if (length !== WHOLE) return length === HALF ? UNSURE : NO;
  return line.length >= 0 ? CERTAIN : NO;
}

/** Whether a value of the server begins here: a type byte and a line. */
export function mayBeginReply(bytes: Uint8Array, start: number, end: number): boolean {
  return replyProbe(bytes, start, end) !== NO;
}

function replyProbe(bytes: Uint8Array, start: number, end: number): Probe {
  if (typeName(bytes[start]) === "") return NO;
  let at = start + 1;
  while (at < end && isLineByte(bytes[at]) && bytes[at] !== LF && bytes[at] !== 13) at++;
  const found = lineEnd(bytes, at, end);
  if (found === BROKEN) return NO;
  // Other protocols greet with +OK; a length is more of a sign.
  return found === WHOLE && readLength(bytes, start + 1, end) === WHOLE ? CERTAIN : UNSURE;
}

/** Whether a line of words may begin here. */
function lineProbe(bytes: Uint8Array, start: number, end: number): Probe {
  let at = start;
  while (at < end && bytes[at] !== LF && isLineByte(bytes[at])) at++;
  if (at < end && bytes[at] !== LF) return NO;
  return at - start > INLINE_BYTES || isHttpLine(bytes, start, at) ? NO : UNSURE;
}

/** Whether these first bytes of a direction are Redis'. */
export function probe(direction: Direction, bytes: Uint8Array, start: number, end: number): Probe {
  if (direction !== FROM_CLIENT) return replyProbe(bytes, start, end);
  return bytes[start] === ARRAY ? arrayProbe(bytes, start, end) : lineProbe(bytes, start, end);
}
