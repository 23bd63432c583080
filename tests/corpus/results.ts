/** Runs packetd over the captures and compares. */
import { type Packet, packetsOf } from "../tools/replay.ts";
import { Amendments } from "./amendments.ts";
import { compare, differing } from "./compare.ts";
import type { Capture, Folder } from "./folder.ts";
import { type Frame, framesOf, readFrames } from "./frames.ts";
import { printedBy } from "./packetd.ts";
import { type Reading, readings } from "./protocols.ts";
import type { Score } from "./score.ts";
import { compareTimes } from "./times.ts";
import { readTruth } from "./truth.ts";

export interface Result {
  readonly capture: string;
  readonly protocol: string;
  readonly score: Score;
  /** What differs, a line each. */
  readonly differing: readonly string[];
}

/** The results of a capture in each protocol that the truth has of it. Throws when the capture cannot be read. */
export async function resultsOf(folder: Folder, capture: Capture): Promise<Result[]> {
  const truths: [Reading, string][] = [];
  for (const reading of readings) {
    const text = await folder.known(capture, `${reading.truth}.json`);
    if (text !== undefined) truths.push([reading, text]);
  }
  if (truths.length === 0) return [];
  const packets = await packetsOf(capture.path);
  const own = framesOf(packets);
  const known = await folder.known(capture, "frames.tsv");
  const frames = known === undefined ? own : readFrames(known);
  const otherTimes = frames.filter(({ timeNs }, i) => timeNs !== own[i]?.timeNs).length;
  if (otherTimes > 0) throw new Error(`${capture.name}: ${otherTimes} packets have another time than in the truth`);
  return truths.map(([reading, text]) => resultOf(capture.name, reading, text, packets, frames));
}

function resultOf(
  capture: string,
  reading: Reading,
  text: string,
  packets: readonly Packet[],
  frames: readonly Frame[],
): Result {
  const truth = readTruth(text, reading, new Amendments(capture, reading.name));
  const printed = printedBy(packets, reading, truth.serverPorts);
  const { pairs, missing, extra } = compare(truth.transactions, printed, (frame) => frames[frame - 1]?.source ?? 0);
  const times = compareTimes(pairs, truth, frames);
  const others = pairs.map((pair) => ({ pair, faults: differing(pair) })).filter(({ faults }) => faults.length > 0);
  return {
    capture,
    protocol: reading.name,
    score: {
      truth: pairs.length + missing.length,
      printed: pairs.length + extra.length,
      matched: pairs.length,
      details: pairs.length - others.length,
      judged: times.judged,
      equal: times.equal,
    },
    differing: [
      ...missing.map(({ key, requestFrame }) => `missing: ${key.join(" ")} (frame ${requestFrame})`),
      ...extra.map(({ key, port }) => `too much: ${key.join(" ")} (from port ${port})`),
      ...others.map(({ pair, faults }) => `${pair.known.key.join(" ")}: ${faults.join(", ")}`),
      ...times.wrong,
    ],
  };
}
