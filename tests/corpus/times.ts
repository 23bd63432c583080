/**
 * Times: a message that lies whole in one packet has that packet's time, to the nanosecond.
 *
 * The truth says in which frame a request was complete and in which its response began or was complete. A message
 * certainly lies whole in its frame where, since the message before it, no other packet brought bytes that way; others
 * are not judged.
 */
import type { Pair } from "./compare.ts";
import type { Frame } from "./frames.ts";
import type { Truth } from "./truth.ts";

export interface Times {
  readonly judged: number;
  readonly equal: number;
  /** In words. */
  readonly wrong: readonly string[];
}

export function compareTimes(pairs: readonly Pair[], truth: Truth, frames: readonly Frame[]): Times {
  const wrong: string[] = [];
  let judged = 0;
  const judge = (what: string, frame: number, isWhole: boolean, timeNs: bigint) => {
    if (!isWhole) return;
    judged++;
    const expected = frames[frame - 1].timeNs;
    if (timeNs !== expected) wrong.push(`${what} is ${timeNs - expected} ns after frame ${frame}`);
  };
  for (const { known, printed } of pairs) {
    const { key, stream, requestFrame, responseFrame } = known;
    const messages = truth.messageFrames.get(stream) ?? [];
    const before = messages.findLast((frame) => frame < requestFrame) ?? 0;
    const after = messages.find((frame) => frame > responseFrame) ?? frames.length + 1;
    const name = key.join(" ");
    const request = carrying(frames, before + 1, requestFrame, requestFrame);
    judge(`the request's time of ${name}`, requestFrame, request === 1, printed.requestNs);
    const response = carrying(frames, requestFrame + 1, after - 1, responseFrame);
    judge(`the response's time of ${name}`, responseFrame, response === 1, printed.responseNs);
  }
  return { judged, equal: judged - wrong.length, wrong };
}

/** How many frames of a range carry bytes the same way as this one. */
function carrying(frames: readonly Frame[], from: number, to: number, like: number): number {
  const one = frames[like - 1];
  if (one === undefined || one.bytes === 0) return 0;
  let count = 0;
  for (let number = from; number <= Math.min(to, frames.length); number++) {
    const { source, destination, bytes } = frames[number - 1];
    if (bytes > 0 && source === one.source && destination === one.destination) count++;
  }
  return count;
}
