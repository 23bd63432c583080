/** One loop for all sources: takes packets from each in turn, and lets signals, timers and writes have their turns. */
import type { PacketSink, PacketSource } from "../core/packet.ts";
import type { Stop } from "./stop.ts";

/** Packets taken from one source before the next one has its turn. */
const BATCH_PACKETS = 4096;
/** How long an idle round waits for packets, and how long when the end is near. */
const WAIT_MS = 100;
const LINGER_WAIT_MS = 20;
/** Stands for sources that are still to come. */
const NONE = { wait: (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms)) };

/**
 * Runs until the sources have ended or the end is asked for.
 *
 * @param sources may change between two rounds
 * @param lingerMs how long a person's wish for the end leaves for packets that were sent before it
 * @param turn is called after each round with the number of packets that it brought
 * @param isFollowed whether sources may come when there are none: then only the wish for the end ends the loop
 */
export async function captureAll(
  sources: readonly PacketSource[],
  sink: PacketSink,
  stop: Stop,
  lingerMs: number,
  turn: (packets: number) => void | Promise<void>,
  isFollowed = false,
): Promise<void> {
  while (!stop.requested || stop.sinceInterruptMs < lingerMs) {
    let packets = 0;
    let open: PacketSource | undefined;
    for (const source of sources) {
      packets += source.drain(sink, BATCH_PACKETS);
      if (!source.ended) open ??= source;
    }
    await turn(packets);
    if (open === undefined && !isFollowed) return;
    if (packets === 0) { // live sources share one poll, so one wait stands for all
      const waiting = (open ?? NONE).wait(stop.interrupted ? LINGER_WAIT_MS : WAIT_MS);
      if (waiting !== undefined) await (stop.interrupted ? waiting : stop.or(waiting));
    }
    await eventLoop();
  }
}

/** One round of the event loop, 1.4 µs: a promise alone would let no signal in. */
function eventLoop(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
