/** Whether a connection's first bytes are HTTP/2. */
import { type Direction, FROM_CLIENT } from "../../core/flow.ts";
import { CERTAIN, type Probe, UNSURE } from "../../core/verdict.ts";
import { CertainStart, prefaceBytes } from "./certain_start.ts";

/** `PRI ` begins no request of HTTP/1, where fewer letters may begin a POST. */
const TELLING_BYTES = 4;

/** See `Protocol.probe`. */
export function probe(direction: Direction, bytes: Uint8Array, start: number, end: number): Probe {
  const length = direction === FROM_CLIENT ? prefaceBytes(bytes, start, end) : -1;
  if (length >= 0) return length >= TELLING_BYTES ? CERTAIN : UNSURE;
  return new CertainStart(direction, () => false).judge(bytes, start, end);
}
