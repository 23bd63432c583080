/** Plays many messages of a protocol, copies of its recorded cases, into a lane. */
import type { PacketSink } from "../../src/core/packet.ts";
import { Lane } from "../../src/lane/lane.ts";
import { timed } from "../measure.ts";
import { multiply } from "../multiply.ts";
import { casesOf } from "../recorded.ts";
import { answer } from "../thread.ts";

export interface Task {
  readonly protocol: string;
  /** A request with its response are two messages. */
  readonly roundTrips: number;
}

export interface Decoded {
  /** What playing the packets takes by itself is taken off both. */
  readonly nsPerMessage: number;
  readonly bytesPerSecond: number;
}

const OPEN = 100;

const loaded = new Map<string, ReturnType<typeof casesOf>>();

answer(async ({ protocol, roundTrips: wanted }: Task): Promise<Decoded> => {
  if (!loaded.has(protocol)) loaded.set(protocol, casesOf(protocol));
  const { recordings, rule, roundTrips } = await loaded.get(protocol)!;
  const plan = { open: OPEN, loops: 1, copies: Math.ceil(wanted / roundTrips) * recordings.length };
  let bytes = 0, found = 0;
  const walk: PacketSink = { packet: (_, start, end) => void (bytes += end - start) };
  const walked = timed(() => multiply(recordings, plan, walk));
  const decoded = timed(() => {
    const lane = new Lane([rule], { roundTrip: () => void found++, unanswered: () => {} });
    multiply(recordings, plan, lane);
    lane.close();
  });
  return { nsPerMessage: (decoded - walked) / (2 * found), bytesPerSecond: bytes / (decoded - walked) * 1e9 };
});
