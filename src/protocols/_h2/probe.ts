/** Whether a connection's first bytes are HTTP/2. */
import { type Direction, FROM_CLIENT } from "../../core/flow.ts";
import { CERTAIN, NO, type Probe, UNSURE } from "../../core/verdict.ts";
import { CertainStart, prefaceBytes } from "./certain_start.ts";
import { judgeUpgrade } from "./upgrade.ts";

/** `PRI ` begins no request of HTTP/1, where fewer letters may begin a POST. */
const TELLING_BYTES = 4;

/** See `Protocol.probe`. */
export function probe(direction: Direction, bytes: Uint8Array, start: number, end: number): Probe {
  const length = direction === FROM_CLIENT ? prefaceBytes(bytes, start, end) : -1;
  if (length >= 0) return length >= TELLING_BYTES ? CERTAIN : UNSURE;
  // A request of HTTP/1.1 that asks to go on as HTTP/2, or may yet.
  if (direction === FROM_CLIENT && isCapital(bytes[start])) return judgeUpgrade(bytes, start, end) === NO ? NO : UNSURE;
  return new CertainStart(direction, () => false).judge(bytes, start, end);
}

function isCapital(byte: number): boolean {
  return byte >= 0x41 && byte <= 0x5a;
}
